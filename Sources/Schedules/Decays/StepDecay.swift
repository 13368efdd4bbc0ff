/// A number that is multiplied by a factor every so many updates.
///
///     rate(t) = initial * factor^floor(t / every)
///
///     let rate = StepDecay(initial: 0.1, factor: 0.1, every: 30)
///     rate.value(at: 29)   // 0.1
///     rate.value(at: 30)   // 0.01
///
/// - Source: PyTorch's `StepLR`.
public struct StepDecay: Schedule {
  /// The name in files: `step`.
  public static let name = "step"

  /// The value at the first update.
  public let initial: Double
  /// The factor of each step, from 0 to 1.
  public let factor: Double
  /// Updates between multiplications.
  public let every: Int

  /// Creates the schedule; a number of updates below 1 counts as 1.
  public init(initial: Double, factor: Double, every: Int) {
    self.initial = nonNegative(initial)
    self.factor = min(1, nonNegative(factor))
    self.every = max(1, every)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> StepDecay {
    StepDecay(initial: initial, factor: factor, every: every)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double { initial * power(factor, max(0, step) / every) }

  /// Nil, since the value never stops changing; 0 for a factor of 1.
  public var length: Int? { factor == 1 ? 0 : nil }
}

extension StepDecay {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "step", elsewhere: ["StepLR"], "the upper bound, divided by ten after each third of the run", .fallsToZero
    ) { MultiStepDecay(initial: $0.high, factor: 0.1, milestones: thirds(of: $0.total)) }
  ]

  /// The updates after which one and two thirds of a run are over, rounded; never 0, and never the same.
  private static func thirds(of total: Int) -> [Int] {
    let third = total / 3 + (total % 3 == 2 ? 1 : 0)
    let first = max(1, third)
    return [first, max(first + 1, total - third)]
  }

  /// The power of the factor.
  public func pythonFormula(_ t: String) -> String? {
    "\(PythonFormula.number(initial)) * \(PythonFormula.number(factor)) ** (\(t) // \(every))"
  }
}
