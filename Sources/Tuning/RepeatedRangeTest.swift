/// Several range tests of one model, each with another order of the data, and their joint result.
public struct RepeatedRangeTest: Sendable, Hashable {
  /// The curves, one a test.
  public let curves: [RangeTestCurve]
  /// The result: the median of those that found a range, or why most of them found none.
  public let verdict: RangeTestResult
  /// The lowest and the highest upper bound that was found; nil of fewer than two.
  public let maxInterval: ClosedRange<Double>?

  /// Evaluates each curve, and all of them together.
  ///
  /// - Parameter defaultPeak: the default peak of a single cycle with the optimizer that made them.
  public init(_ curves: [RangeTestCurve], defaultPeak: DefaultPeak? = nil) {
    self.curves = curves
    var found: [LearningRateRange] = []
    var reasons: [NoRangeReason] = []
    for curve in curves {
      switch curve.findRange(defaultPeak: defaultPeak) {
      case .found(let range): found.append(range)
      case .none(let reason): reasons.append(reason)
      }
    }
    let tops = found.map(\.max).sorted()
    if let low = tops.first, let high = tops.last, tops.count > 1 {
      maxInterval = low...high
    } else {
      maxInterval = nil
    }
    if found.count > reasons.count {
      let middle = found.sorted { $0.max < $1.max }[(found.count - 1) / 2]
      verdict = .found(middle)
    } else {
      verdict = .none(reasons.first ?? .tooFewPoints(0))
    }
  }
}
