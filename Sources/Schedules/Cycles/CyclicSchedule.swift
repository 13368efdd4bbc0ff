/// A schedule that goes up and down between two values.
public protocol CyclicSchedule: Schedule {
  /// The value between cycles.
  var trough: Double { get }
  /// The highest value (of the first cycle) that the schedule aims at.
  var peak: Double { get }
  /// Updates from a trough to the next peak (of the first cycle).
  var stepsUp: Int { get }
  /// Updates from a trough to the next trough (of the first cycle).
  var stepsPerCycle: Int { get }
}
