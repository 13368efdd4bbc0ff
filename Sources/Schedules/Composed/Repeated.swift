import Numbers

/// The first updates of a schedule, again and again.
///
///     let rate = CosineDecay(from: 0.1, steps: 40).repeated(every: 40, times: 5)
///     rate.value(at: 39)   // 0.000154
///     rate.value(at: 40)   // 0.1
///
/// After the last time its last update's value holds. Five equal falls and a snapshot at the end of
/// each are a snapshot ensemble (Huang et al., 2017).
public struct Repeated: Schedule {
  /// The name in files: `repeated`.
  public static let name = "repeated"

  /// The schedule that is repeated.
  public let schedule: AnySchedule
  /// Its updates that are repeated.
  public let every: Int
  /// How often, or nil for ever.
  public let times: Int?

  init(_ schedule: AnySchedule, every: Int, times: Int?) {
    self.schedule = schedule
    self.every = max(1, every)
    self.times = times.map { max(1, $0) }
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Repeated { Repeated(schedule, every: every, times: times) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    if let times, step / every >= times { return schedule.value(at: every - 1) }
    return schedule.value(at: step % every)
  }

  /// The end of the last time.
  public var length: Int? { times.map { $0.multipliedOrMax(by: every) } }

  /// The end of each time.
  public func troughs(upTo totalSteps: Int) -> [Int] {
    let end = min(totalSteps, length ?? .max)
    return end < every ? [] : Array(stride(from: every, through: end, by: every))
  }
}

extension Repeated {
  /// The schedule's formula at the remainder.
  public func pythonFormula(_ t: String) -> String? {
    let again = "(\(t) % \(every))"
    guard let times else { return PythonFormula.inner(schedule, again) }
    let end = times.multipliedReportingOverflow(by: every)
    return PythonFormula.inner(
      schedule,
      end.overflow
        ? again : "where(\(t) >= \(end.partialValue), \(every - 1), \(t) % \(every))")
  }
}

extension Schedule {
  /// Returns the first `steps` updates of this schedule again and again, so often or for ever.
  public func repeated(every steps: Int, times: Int? = nil) -> AnySchedule {
    AnySchedule(Repeated(AnySchedule(self), every: steps, times: times))
  }
}
