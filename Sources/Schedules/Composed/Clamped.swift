/// A schedule that is kept within bounds.
///
///     ExponentialDecay(initial: 1, gamma: 0.5).clamped(from: 0.1, to: 0.4).value(at: 0)   // 0.4
public struct Clamped: Schedule {
  /// The name in files: `clamped`.
  public static let name = "clamped"

  /// The schedule that is kept within the bounds.
  public let schedule: AnySchedule
  /// The lowest value.
  public let low: Double
  /// The highest value.
  public let high: Double

  init(_ schedule: AnySchedule, from low: Double, to high: Double) {
    self.schedule = schedule
    self.low = nonNegative(low)
    self.high = max(
      nonNegative(low), high == .infinity ? .greatestFiniteMagnitude : nonNegative(high))
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Clamped { Clamped(schedule, from: low, to: high) }

  /// Returns the schedule's value, or the bound that it passes.
  public func value(at step: Int) -> Double { min(max(schedule.value(at: step), low), high) }

  /// The schedule's end.
  public var length: Int? { schedule.length }
  /// The ends of the schedule's cycles.
  public func troughs(upTo totalSteps: Int) -> [Int] { schedule.troughs(upTo: totalSteps) }
}

extension Clamped {
  /// The schedule's formula within the bounds.
  public func pythonFormula(_ t: String) -> String? {
    PythonFormula.inner(schedule, t).map {
      "minimum(maximum(\($0), \(PythonFormula.number(low))), \(PythonFormula.number(high)))"
    }
  }
}

extension Schedule {
  /// Returns this schedule within bounds; an upper bound below the lower one counts as equal to it.
  public func clamped(from low: Double = 0, to high: Double = .infinity) -> AnySchedule {
    AnySchedule(Clamped(AnySchedule(self), from: low, to: high))
  }
}
