/// A fall that is slow at first and fast at the end.
///
///     rate(t) = to + (from - to) * (1 - z) / (1/2 + (1 - z) / 2),   z = min(t, steps) / steps
///
///     let rate = REXDecay(from: 0.3, steps: 100)
///     rate.value(at: 50)    // 0.2, where a straight line has 0.15
///     rate.value(at: 100)   // 0.0
///
/// Over no updates it begins at its end.
///
/// - Source: Chen, Wolfe, Kyrillidis, *REX: Revisiting Budgeted Training with an Improved Schedule* (2022):
///   the reflected exponential.
public struct REXDecay: Schedule {
  /// The name in files: `rex`.
  public static let name = "rex"

  /// The value at the first update.
  public let from: Double
  /// The value from update `steps` on.
  public let to: Double
  /// Updates on the way.
  public let steps: Int

  /// Creates the schedule.
  public init(from: Double, to: Double = 0, steps: Int) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.steps = max(0, steps)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> REXDecay { REXDecay(from: from, to: to, steps: steps) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    guard step < steps else { return to }
    let left = 1 - Double(step) / Double(steps)
    return to + (from - to) * (2 * left / (1 + left))
  }

  /// The end of the fall.
  public var length: Int? { steps }
}

extension REXDecay {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "rex", "slow at first and fast at the end, from the upper bound to the lower one, or to 0",
      [.fallsToZero, .fallsToLowerBound]
    ) { REXDecay(from: $0.high, to: $0.low, steps: $0.total) }
  ]

  /// The formula in Python.
  public func pythonFormula(_ t: String) -> String? {
    guard steps > 0 else { return PythonFormula.number(to) }
    let left = "(1 - minimum(\(t), \(steps)) / \(steps))"
    return "\(PythonFormula.number(to)) + \(PythonFormula.number(from - to)) "
      + "* (2 * \(left) / (1 + \(left)))"
  }
}
