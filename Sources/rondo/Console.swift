import Datasets
import Files
import Formatting
import Foundation
import Numbers

/// Where words go: people read standard error, programs read standard output.
enum Console {
  /// Whether nothing is said, since another process speaks for this one.
  nonisolated(unsafe) static var isSilent = false
  /// Whether only what went wrong is said.
  nonisolated(unsafe) static var isQuiet = false
  /// Whether a training goes on without the events that nobody takes any more.
  nonisolated(unsafe) private static var hasNoListener = false
  /// Whether the terminal's last line was drawn, and has no end yet.
  nonisolated(unsafe) private static var isDrawing = false

  /// Prints a line for people, in which whatever names it holds break no line and control no terminal; work
  /// continues where nobody reads it any more.
  static func info(_ line: String) { if !isQuiet { write(line.printable) } }

  /// Prints a line for people that says what went wrong.
  static func error(_ line: String) { write(line.printable) }

  /// Prints a text of several lines for people, about wrong usage.
  static func error(lines text: String) { write(text.printable(keepingLines: true)) }

  private static func write(_ text: String) {
    guard !isSilent else { return }
    endDrawing()
    let text = DataSource.shown(text)
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }

  /// Ends the line that was drawn last, so that what is printed next has a line of its own.
  static func endDrawing() {
    guard isDrawing else { return }
    isDrawing = false
    try? FileHandle.standardError.write(contentsOf: Data("\n".utf8))
  }

  /// Prints a line for programs.
  static func output(_ line: String) { output { try $0.write(line + "\n") } }

  /// Prints a text for people who asked for it: a table, say.
  static func output(text: String) { output(text.printable(keepingLines: true)) }

  /// Prints bytes for programs.
  static func output(_ bytes: Data) { output { try $0.write(bytes) } }

  /// Prints an event of a training for programs.
  ///
  /// One that cannot be taken does not end the training: that is said once, and it goes on without any.
  static func output(event line: String) {
    guard !isSilent, !hasNoListener else { return }
    endDrawing()
    do { try FileWriter.standardOutput.write(line + "\n") } catch {
      hasNoListener = true
      Self.error("rondo: \(error) Training continues without it.")
    }
  }

  /// Lets a body write to standard output; the program ends with status 1 where they cannot be taken.
  ///
  /// That a reader has gone (`rondo predict ... | head`) is said in the words and by the status of programs
  /// that live on without a pipe's signal: coreutils under `trap '' PIPE` write "write error: Broken pipe" and
  /// leave with 1. Dying of the signal is not for a program whose main work may be a training.
  private static func output(_ write: (FileWriter) throws -> Void) {
    guard !isSilent else { return }
    endDrawing()
    do { try write(.standardOutput) } catch {
      Self.error("rondo: \(error)")
      ExitStatus.of(error).leave()
    }
  }

  /// Whether standard error is a terminal, on which a line can be drawn again: `TERM=dumb` says that it is
  /// none of those.
  static var isTerminal: Bool {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// How wide the terminal is, in characters; 80 where that is not known.
  static var width: Int {
    var size = winsize()
    if ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) } ?? 80
  }

  /// Whether the terminal may have colors: `NO_COLOR` with any content says that it may not (no-color.org).
  static var isColored: Bool {
    isTerminal && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
  }

  /// Whether the terminal shows more than ASCII, by the locale's encoding.
  static var isUnicode: Bool {
    let environment = ProcessInfo.processInfo.environment
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }
      .first { !$0.isEmpty }
    let name = (locale ?? "").lowercased()
    return name.contains("utf-8") || name.contains("utf8")
  }

  /// Draws lines over those that were drawn last, on a terminal, whose ends are cut off where the terminal is
  /// narrow: a line that goes on below could not be drawn over.
  ///
  /// - Parameters:
  ///   - lines: the lines, of what can be printed, with colors.
  ///   - last: how many lines were drawn last.
  static func redraw(_ lines: [String], over last: Int) {
    guard !isSilent, !isQuiet else { return }
    isDrawing = lines.last?.isEmpty == false
    let up = last > 1 ? "\u{1B}[\(last - 1)A" : ""
    let text = lines.map { "\u{1B}[K" + $0 }.joined(separator: "\r\n")
    try? FileHandle.standardError.write(
      contentsOf: Data(("\r\(up)\u{1B}[J\u{1B}[?7l" + text + "\u{1B}[?7h").utf8))
  }
}
