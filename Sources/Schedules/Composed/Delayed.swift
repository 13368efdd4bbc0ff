import Numbers

/// A schedule that begins later; until then its first value holds.
///
///     let rate = CosineDecay(from: 0.1, steps: 100).delayed(by: 300)   // fastai's flat, then cosine
///     rate.value(at: 300)   // 0.1
///     rate.value(at: 400)   // 0.0
public struct Delayed: Schedule {
  /// The name in files: `delayed`.
  public static let name = "delayed"

  /// The schedule that is delayed.
  public let schedule: AnySchedule
  /// The updates before the schedule begins.
  public let steps: Int

  init(_ schedule: AnySchedule, by steps: Int) {
    self.schedule = schedule
    self.steps = max(0, steps)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Delayed { Delayed(schedule, by: steps) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double { schedule.value(at: max(0, max(0, step) - steps)) }

  /// The schedule's end, later.
  public var length: Int? { schedule.length.map { $0 == 0 ? 0 : $0.addingOrMax(steps) } }

  /// The ends of the schedule's cycles, later.
  public func troughs(upTo totalSteps: Int) -> [Int] {
    totalSteps > steps ? schedule.troughs(upTo: totalSteps - steps).map { $0 + steps } : []
  }
}

extension Delayed {
  /// The schedule's formula, later.
  public func pythonFormula(_ t: String) -> String? {
    PythonFormula.inner(schedule, "maximum(\(t) - \(steps), 0)")
  }
}

extension Schedule {
  /// Returns this schedule after so many updates at its first value.
  public func delayed(by steps: Int) -> AnySchedule {
    AnySchedule(Delayed(AnySchedule(self), by: steps))
  }
}
