import Files

/// Arguments that begin with `~`, or whose values do: `--data=~/photos`, which no shell expands.
enum HomeArgument {
  /// Returns the arguments with home folders in the place of `~` and `~USER`; one rule for all of them.
  static func expanded(_ arguments: [String]) -> [String] {
    arguments.map { argument in
      guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else {
        return withHome(argument)
      }
      return argument[...equals] + withHome(String(argument[argument.index(after: equals)...]))
    }
  }
}
