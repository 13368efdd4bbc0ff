import Files
import Foundation
import Words

/// Where words go: people read standard error, programs read standard output.
enum Console {
  /// Whether nothing is said, since another process speaks for this one.
  nonisolated(unsafe) static var isSilent = false

  /// Prints a line for people, in which whatever names it holds break no line and control no terminal; work
  /// continues where nobody reads it any more.
  static func say(_ line: String) { write(line.printable) }

  /// Prints a text of several lines for people.
  static func show(lines text: String) { write(text.printable(keepingLines: true)) }

  private static func write(_ text: String) {
    guard !isSilent else { return }
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }

  /// Prints a line for programs.
  static func give(_ line: String) { give { try $0.write(line + "\n") } }

  /// Prints a text for people who asked for it: a table, say.
  static func give(text: String) { give(text.printable(keepingLines: true)) }

  /// Prints bytes for programs.
  static func give(_ bytes: Data) { give { try $0.write(bytes) } }

  /// Lets a body write to standard output; the program ends with status 1 where they cannot be taken.
  ///
  /// That a reader has gone (`rondo predict ... | head`) is said in the words and by the status of programs
  /// that live on without a pipe's signal: coreutils under `trap '' PIPE` write "write error: Broken pipe" and
  /// leave with 1. Dying of the signal is not for a program whose main work may be a training.
  private static func give(_ write: (FileWriter) throws -> Void) {
    guard !isSilent else { return }
    do { try write(.standardOutput) } catch {
      say("rondo: \(error)")
      exit(ExitStatus.of(error).rawValue)
    }
  }

  /// Whether standard error is a terminal, on which a line can be drawn again: `TERM=dumb` says that it is
  /// none of those.
  static var isTerminal: Bool {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// Draws a line over the last one, on a terminal, whose end is cut off where the terminal is narrow:
  /// two lines could not be drawn over.
  static func redraw(_ line: String) {
    guard !isSilent else { return }
    try? FileHandle.standardError.write(
      contentsOf: Data(("\r\u{1B}[K\u{1B}[?7l" + line.printable + "\u{1B}[?7h").utf8))
  }
}
