import Formatting
import Foundation

/// When a line of progress is due, and how it is shown: a terminal's is drawn anew a few times a second,
/// elsewhere a plain line now and then is enough.
struct LineThrottle {
  private let onTerminal = Console.isTerminal
  private let pause: Duration
  private var last = ContinuousClock.now
  /// How many lines are drawn.
  private var drawn = 0

  /// - Parameter elsewhere: the time between lines where there is no terminal.
  init(elsewhere: Duration) { pause = onTerminal ? .milliseconds(200) : elsewhere }

  var isDue: Bool { ContinuousClock.now - last > pause }

  /// Begins to wait anew.
  mutating func restart() { last = .now }

  /// Shows a line of progress.
  mutating func draw(_ line: String) { draw([line.printable], elsewhere: line) }

  /// Shows some lines of progress on a terminal, or else a line.
  mutating func draw(
    _ lines: @autoclosure () -> [String], elsewhere line: @autoclosure () -> String
  ) {
    restart()
    guard onTerminal else { return Console.info(line()) }
    let now = lines()
    Console.redraw(now, over: drawn)
    drawn = now.count
  }

  /// Shows a line that stays, in place of those that are drawn.
  mutating func say(_ line: String) {
    if drawn > 0 { Console.redraw([""], over: drawn) }
    drawn = 0
    Console.info(line)
  }

  /// Leaves what is drawn where it is.
  mutating func leave() {
    Console.endDrawing()
    drawn = 0
  }
}
