/// A straight line from one value to another, which then holds.
///
///     rate(t) = from + (to - from) * min(t, steps) / steps
///
///     let rate = LinearRamp(from: 0.007, to: 0.001, steps: 4_000)
///     rate.value(at: 2_000)   // 0.004
///     rate.value(at: 9_000)   // 0.001
///
/// A warm-up, a linear decay, and Smith's `decay` policy, by which he showed that a cycle is more than
/// its fall. Over no updates it begins at its end.
///
/// - Source: PyTorch's `LinearLR`, in values where that has factors.
public struct LinearRamp: Schedule {
  /// The name in files: `linear`.
  public static let name = "linear"

  /// The value at the first update.
  public let from: Double
  /// The value from update `steps` on.
  public let to: Double
  /// Updates on the way.
  public let steps: Int

  /// Creates the schedule.
  public init(from: Double, to: Double, steps: Int) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.steps = max(0, steps)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> LinearRamp { LinearRamp(from: from, to: to, steps: steps) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    guard step < steps else { return to }
    return from + (to - from) * (Double(step) / Double(steps))
  }

  /// The end of the line.
  public var length: Int? { steps }
}

extension LinearRamp {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "linear", elsewhere: ["LinearLR", "linear_decay", "get_linear_schedule_with_warmup"],
      "a straight line from the upper bound to the lower one, or to 0",
      [.fallsToZero, .fallsToLowerBound]
    ) { LinearRamp(from: $0.high, to: $0.low, steps: $0.total) }
  ]

  /// The formula in Python.
  public func pythonFormula(_ t: String) -> String? {
    steps == 0
      ? PythonFormula.number(to)
      : "\(PythonFormula.number(from)) + \(PythonFormula.number(to - from)) "
        + "* (minimum(\(t), \(steps)) / \(steps))"
  }
}
