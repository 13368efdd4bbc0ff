/// A schedule that goes up and down between two values.
public protocol CyclicSchedule: Schedule {
  /// The value between cycles.
  var trough: Double { get }
  /// The highest value (of the first cycle) that the schedule aims at.
  var peak: Double { get }
  /// Updates from a trough to the next peak.
  var stepsUp: Int { get }
  /// Updates from a trough to the next trough.
  var stepsPerCycle: Int { get }
}

/// Straight ascents and descents of given lengths, again and again: where an update stands in them.
struct Sawtooth: Sendable, Hashable {
  let up: Int
  let down: Int

  init(up: Int, down: Int) {
    self.up = max(0, up)
    self.down = max(0, down)
  }

  /// Updates in a cycle, at least 1 so that a cycle of no length is all trough.
  var period: Int {
    let (sum, overflow) = up.addingReportingOverflow(down)
    return overflow ? Int.max : max(1, sum)
  }

  /// The number of whole cycles before an update.
  func cycle(at step: Int) -> Int { max(0, step) / period }

  /// How high an update stands, from 0 in the trough to 1 at the peak.
  ///
  /// With no ascent a cycle begins at its peak; with no descent it drops from it.
  func height(at step: Int) -> Double {
    let position = max(0, step) % period
    if position < up { return Double(position) / Double(up) }
    if down == 0 { return 0 }
    return Double(period - position) / Double(down)
  }
}
