/// A number that falls with the square root of the updates.
///
///     rate(t) = peak * sqrt(timescale / (timescale + t))
///
///     let rate = InverseSquareRoot(peak: 0.1, timescale: 100)
///     rate.value(at: 0)     // 0.1
///     rate.value(at: 300)   // 0.05
///
/// Preceded by a warm-up of `timescale` updates it is the rate of Vaswani et al.
///
/// - Source: Vaswani et al., *Attention is all you need* (2017), section 5.3; timm's and
///   Hugging Face's `inverse_sqrt` shifted to begin at its peak.
public struct InverseSquareRoot: Schedule {
  /// The name in files: `inverse-sqrt`.
  public static let name = "inverse-sqrt"

  /// The value at the first update.
  public let peak: Double
  /// Three times so many updates halve the value.
  public let timescale: Int

  /// Creates the schedule; a timescale below 1 counts as 1.
  public init(peak: Double, timescale: Int) {
    self.peak = nonNegative(peak)
    self.timescale = max(1, timescale)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> InverseSquareRoot {
    InverseSquareRoot(peak: peak, timescale: timescale)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    peak * (Double(timescale) / (Double(timescale) + Double(max(0, step)))).squareRoot()
  }

  /// Nil, since the value never stops falling.
  public var length: Int? { nil }
}

extension InverseSquareRoot {
  /// The name for a run: the rate of Vaswani et al., whose timescale is its warm-up.
  public static let entries = [
    ScheduleEntry(
      "inverse-sqrt", elsewhere: ["InverseTimeDecay", "noam", "get_inverse_sqrt_schedule"],
      "a warm-up, and a fall with the square root of the updates",
      [.isOpenEnded, .warmsUp], warmUpShare: 0.1
    ) {
      InverseSquareRoot(peak: $0.high, timescale: $0.warmUp).warmedUp(over: $0.warmUp)
    }
  ]

  /// The formula in Python.
  public func pythonFormula(_ t: String) -> String? {
    "\(PythonFormula.number(peak)) "
      + "* sqrt(\(PythonFormula.number(Double(timescale))) / (\(timescale) + \(t)))"
  }
}
