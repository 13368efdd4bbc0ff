/// A schedule times a number: for a parameter group with a higher or lower rate than the others.
///
///     Constant(0.1).scaled(by: 64).value(at: 0)   // 6.4
public struct Scaled: Schedule {
  /// The name in files: `scaled`.
  public static let name = "scaled"

  /// The schedule that is multiplied by the factor.
  public let schedule: AnySchedule
  /// The number; not negative.
  public let factor: Double

  init(_ schedule: AnySchedule, by factor: Double) {
    self.schedule = schedule
    self.factor = nonNegative(factor)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Scaled { Scaled(schedule, by: factor) }

  /// Returns the schedule's value times the number; the largest finite number where that is beyond.
  public func value(at step: Int) -> Double {
    min(schedule.value(at: step) * factor, .greatestFiniteMagnitude)
  }

  /// The schedule's end.
  public var length: Int? { schedule.length }
  /// The ends of the schedule's cycles.
  public func troughs(upTo totalSteps: Int) -> [Int] { schedule.troughs(upTo: totalSteps) }
}

extension Scaled {
  /// The schedule's formula times the number.
  public func pythonFormula(_ t: String) -> String? {
    PythonFormula.inner(schedule, t).map { "\($0) * \(PythonFormula.number(factor))" }
  }
}

extension Schedule {
  /// Returns this schedule times a number, which counts as 0 if it is negative or not finite.
  public func scaled(by factor: Double) -> AnySchedule {
    AnySchedule(Scaled(AnySchedule(self), by: factor))
  }
}
