import Formatting

/// An argument without a character, as a shell gives for a variable that is not set: `--resume "$RUN"`.
///
/// As a path it would stand for the folder that the program was started in.
struct EmptyArgument: DescribedError {
  /// What it is: the flag that it belongs to, or its place on the command line.
  let what: String

  /// One sentence: what, why, what to do.
  var description: String {
    "\(what) is empty, perhaps because a shell variable is not set; give it a value, or leave it out."
  }

  /// Looks for an empty argument.
  ///
  /// - Parameter arguments: the command line, the program's name first.
  /// - Throws: `EmptyArgument` for the first one.
  static func check(_ arguments: [String]) throws {
    for (index, argument) in arguments.enumerated().dropFirst() {
      if argument.isEmpty {
        let flag = arguments[index - 1]
        throw EmptyArgument(what: flag.hasPrefix("--") ? flag : "argument \(index)")
      }
      if argument.hasPrefix("--"), argument.firstIndex(of: "=") == argument.indices.last {
        throw EmptyArgument(what: String(argument.dropLast()))
      }
    }
  }
}
