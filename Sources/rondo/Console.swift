import Files
import Foundation

/// Where words go: people read standard error, programs read standard output.
enum Console {
  /// Prints a line; work continues where nobody reads it any more.
  static func say(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }

  /// Prints a line for programs.
  static func give(_ line: String) { give(Data((line + "\n").utf8)) }

  /// Prints bytes for programs; the program ends with status 1 where they cannot be taken.
  ///
  /// That a reader has gone (`rondo predict ... | head`) is said in the words and by the status of programs
  /// that live on without a pipe's signal: coreutils under `trap '' PIPE` write "write error: Broken pipe" and
  /// leave with 1. Dying of the signal is not for a program whose main work may be a training.
  static func give(_ bytes: Data) {
    do { try FileWriter.standardOutput.write(bytes) } catch {
      say("rondo: \(error)")
      exit(ExitStatus.of(error).rawValue)
    }
  }

  /// Whether standard error is a terminal, on which a line can be drawn again.
  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Draws a line over the last one, on a terminal, whose end is cut off where the terminal is narrow:
  /// two lines could not be drawn over.
  static func redraw(_ line: String) {
    try? FileHandle.standardError.write(
      contentsOf: Data(("\r\u{1B}[K\u{1B}[?7l" + line + "\u{1B}[?7h").utf8))
  }
}
