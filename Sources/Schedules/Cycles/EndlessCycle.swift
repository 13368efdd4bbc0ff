/// A cycle between two bounds, repeated without end.
public protocol EndlessCycle: CyclicSchedule {
  /// The bound at which a cycle begins and ends.
  var from: Double { get }
  /// The bound in the middle of the first cycle.
  var to: Double { get }
  /// Updates from `from` to the middle, in the first cycle.
  var stepSize: Int { get }
  /// Updates from the middle back to `from`, in the first cycle.
  var stepSizeDown: Int { get }
  /// By what each cycle is longer than the one before it.
  var lengthMultiplier: Double { get }
}

extension EndlessCycle {
  /// All cycles are equally long, unless it is said.
  public var lengthMultiplier: Double { 1 }
  /// Nil, since the cycles never end.
  public var length: Int? { nil }
  /// The bound between cycles.
  public var trough: Double { from }
  /// The bound in the middle of the first cycle.
  public var peak: Double { to }
  /// Updates from trough to peak in the first cycle.
  public var stepsUp: Int { stepSize }
  /// Updates in the first cycle.
  public var stepsPerCycle: Int { clock.period }
  /// Where the lower bound is met again.
  public func troughs(upTo totalSteps: Int) -> [Int] {
    clock.troughs(upTo: totalSteps, from: from, to: to)
  }

  var clock: CycleClock {
    CycleClock(up: stepSize, down: stepSizeDown, multiplier: lengthMultiplier)
  }
}
