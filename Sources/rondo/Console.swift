import Foundation

/// Where words go: people read standard error, programs read standard output.
enum Console {
  /// Prints a line for people.
  static func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }

  /// Prints a line for programs.
  static func give(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  /// Whether standard error is a terminal, on which a line can be drawn again.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Draws a line over the last one, on a terminal, whose end is cut off where the terminal is narrow:
  /// two lines could not be drawn over.
  static func redraw(_ line: String) {
    FileHandle.standardError.write(Data(("\r\u{1B}[K\u{1B}[?7l" + line + "\u{1B}[?7h").utf8))
  }
}
