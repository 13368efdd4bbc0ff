/// The first updates of a schedule, the last of them first.
///
///     let rate = ExponentialDecay(initial: 1, gamma: 0.1).reversed(over: 3)
///     rate.value(at: 0)   // 0.01
///     rate.value(at: 2)   // 1.0, and so for ever
public struct Reversed: Schedule {
  /// The name in files: `reversed`.
  public static let name = "reversed"

  /// The schedule that is reversed.
  public let schedule: AnySchedule
  /// Its updates that are reversed.
  public let steps: Int

  init(_ schedule: AnySchedule, over steps: Int) {
    self.schedule = schedule
    self.steps = max(1, steps)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Reversed { Reversed(schedule, over: steps) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    schedule.value(at: max(0, steps - 1 - max(0, step)))
  }

  /// The updates that are reversed.
  public var length: Int? { steps }
}

extension Reversed {
  /// The schedule's formula from the last update back.
  public func pythonFormula(_ t: String) -> String? {
    PythonFormula.inner(schedule, "maximum(\(steps - 1) - \(t), 0)")
  }
}

extension Schedule {
  /// Returns the first `steps` updates of this schedule, the last of them first.
  public func reversed(over steps: Int) -> AnySchedule {
    AnySchedule(Reversed(AnySchedule(self), over: steps))
  }
}
