/// Negative numbers behind a flag: `--batch-size -4`, which the parser takes for another flag.
///
/// Joined to their flag (`--batch-size=-4`) they are values, and refused by what the flag allows.
enum NegativeArgument {
  /// Returns the arguments with each negative number joined to the flag before it.
  static func joined(_ arguments: [String]) -> [String] {
    arguments.reduce(into: []) { joined, argument in
      if argument.hasPrefix("-"), Double(argument) != nil, let flag = joined.last, flag.hasPrefix("--"),
        !flag.contains("="), flag != "--"
      {
        joined[joined.count - 1] = flag + "=" + argument
      } else {
        joined.append(argument)
      }
    }
  }
}
