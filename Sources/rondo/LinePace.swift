import Foundation

/// When a line of progress is due, and how it is shown: a terminal's is drawn anew a few times a second,
/// elsewhere a plain line now and then is enough.
struct LinePace {
  private let onTerminal = Console.isTerminal
  private let pause: Duration
  private var last = ContinuousClock.now
  private var isDrawing = false

  /// - Parameter elsewhere: the time between lines where there is no terminal.
  init(elsewhere: Duration) { pause = onTerminal ? .milliseconds(200) : elsewhere }

  var isDue: Bool { ContinuousClock.now - last > pause }

  /// Begins to wait anew.
  mutating func restart() { last = .now }

  /// Shows a line of progress.
  mutating func draw(_ line: String) {
    restart()
    onTerminal ? Console.redraw(line) : Console.say(line)
    isDrawing = onTerminal
  }

  /// Shows a line that stays, in place of the one that is drawn.
  mutating func say(_ line: String) {
    if isDrawing { Console.redraw("") }
    isDrawing = false
    Console.say(line)
  }

  /// Leaves the line that is drawn where it is.
  mutating func leave() {
    if isDrawing { Console.say("") }
    isDrawing = false
  }
}
