/// A number that is multiplied by a factor at every update.
///
///     rate(t) = initial * gamma^t
///
///     ExponentialDecay(initial: 0.1, gamma: 0.999).value(at: 1_000)   // 0.0368
///
/// - Source: PyTorch's `ExponentialLR`; Smith (2017), whose control policy it is.
public struct ExponentialDecay: Schedule {
  /// The name in files: `exponential`.
  public static let name = "exponential"

  /// The value at the first update.
  public let initial: Double
  /// The factor of each update, from 0 to 1.
  public let gamma: Double

  /// Creates the schedule.
  public init(initial: Double, gamma: Double) {
    self.initial = nonNegative(initial)
    self.gamma = min(1, nonNegative(gamma))
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> ExponentialDecay { ExponentialDecay(initial: initial, gamma: gamma) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double { initial * power(gamma, max(0, step)) }

  /// Nil, since the value never stops changing; 0 for a gamma of 1.
  public var length: Int? { gamma == 1 ? 0 : nil }
}

extension ExponentialDecay {
  /// The name for a run.
  ///
  /// Without a lower bound it ends at a hundredth of the upper one.
  public static let entries = [
    ScheduleEntry(
      "exponential", elsewhere: ["ExponentialLR", "ExponentialDecay"],
      "multiplied at every update, from the upper bound to the lower one, or to a hundredth",
      [.fallsToZero, .fallsToLowerBound]
    ) { shape in
      let share = shape.low > 0 ? shape.low / shape.high : 0.01
      return ExponentialDecay(
        initial: shape.high, gamma: power(share, 1 / Double(max(1, shape.total))))
    }
  ]

  /// The power of the factor.
  public func pythonFormula(_ t: String) -> String? {
    "\(PythonFormula.number(initial)) * \(PythonFormula.number(gamma)) ** \(t)"
  }
}
