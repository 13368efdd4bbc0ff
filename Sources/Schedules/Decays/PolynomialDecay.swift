/// A fall as a power of what is left of the way.
///
///     rate(t) = to + (from - to) * (1 - min(t, steps) / steps)^exponent
///
///     let rate = PolynomialDecay(from: 0.1, to: 0, exponent: 2, steps: 100)
///     rate.value(at: 50)   // 0.025
///
/// Over no updates it begins at its end.
///
/// - Source: PyTorch's `PolynomialLR` (with `to` 0); the "poly" rate of DeepLab has exponent 0.9.
public struct PolynomialDecay: Schedule {
  /// The name in files: `polynomial`.
  public static let name = "polynomial"

  /// The value at the first update.
  public let from: Double
  /// The value from update `steps` on.
  public let to: Double
  /// The power; 1 is a straight line.
  public let exponent: Double
  /// Updates on the way.
  public let steps: Int

  /// Creates the schedule; an exponent that is not above 0 counts as 1.
  public init(from: Double, to: Double = 0, exponent: Double, steps: Int) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.exponent = exponent.isFinite && exponent > 0 ? exponent : 1
    self.steps = max(0, steps)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> PolynomialDecay {
    PolynomialDecay(from: from, to: to, exponent: exponent, steps: steps)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    guard step < steps else { return to }
    let left = 1 - Double(step) / Double(steps)
    return to + (from - to) * power(left, exponent)
  }

  /// The end of the fall.
  public var length: Int? { steps }
}

extension PolynomialDecay {
  /// The name for a run.
  ///
  /// - Source: Chen et al., *DeepLab* (2017), section 4.1: a power of 0.9.
  public static let entries = [
    ScheduleEntry(
      "polynomial", aliases: ["poly"], elsewhere: ["PolynomialLR", "PolynomialDecay", "PolyLRScheduler"],
      "the power 0.9 of what is left of the way to the lower bound, or to 0",
      [.fallsToZero, .fallsToLowerBound]
    ) { PolynomialDecay(from: $0.high, to: $0.low, exponent: 0.9, steps: $0.total) }
  ]

  /// The power of what is left.
  public func pythonFormula(_ t: String) -> String? {
    steps == 0
      ? PythonFormula.number(to)
      : "\(PythonFormula.number(to)) + \(PythonFormula.number(from - to)) "
        + "* maximum(1 - minimum(\(t), \(steps)) / \(steps), 0.0) "
        + "** \(PythonFormula.number(exponent))"
  }
}
