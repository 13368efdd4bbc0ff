import Planning
import Tuning

/// The range test's result as programs read it; what is not known is null rather than missing.
struct RangeTestOutput: Encodable {
  /// The range, rounded as it is printed.
  let range: LearningRateRange?
  /// Why there is no range; nil where there is one.
  let reason: String?
  private let maxInterval: ClosedRange<Double>?
  private let stepSize: Int?
  /// The same steps with the momentum of schedules that hold it; nil where the momentum does not matter.
  private let steady: LearningRateRange?
  private let suggestions: [String: Double?]

  private enum CodingKeys: String, CodingKey {
    case verdict, reason, suggestions
    case baseLR = "base_lr"
    case maxLR = "max_lr"
    case maxLow = "max_lr_low"
    case maxHigh = "max_lr_high"
    case oneCycleMax = "one_cycle_max_lr"
    case stepSize = "step_size"
    case momentum, step
    case steadyMomentum = "constant_momentum"
    case steadyMax = "constant_momentum_max_lr"
  }

  /// - Parameter steadyMomentum: SGD's momentum in schedules that begin at their peak.
  init(_ test: RepeatedRangeTest, stepSize: Int?, steadyMomentum: Double?) {
    switch test.verdict {
    case .found(let found):
      range = LearningRateRange(
        base: roundedRate(found.base), max: roundedRate(found.max),
        oneCycleMax: roundedRate(found.oneCycleMax), curveWeight: found.curveWeight,
        momentum: found.momentum, fallback: found.fallback)
      steady = found.momentum == nil ? nil : steadyMomentum.map { found.rates(at: $0) }
      reason = nil
    case .none(let why):
      range = nil
      steady = nil
      reason = why.description
    }
    maxInterval = test.maxInterval
    self.stepSize = stepSize
    suggestions = Dictionary(
      uniqueKeysWithValues: Suggestion.allCases.map { suggestion in
        (suggestion.rawValue, test.curves.first.flatMap(suggestion.rate).map(roundedRate))
      })
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(range == nil ? "none" : "found", forKey: .verdict)
    try container.encode(reason, forKey: .reason)
    try container.encode(range?.base, forKey: .baseLR)
    try container.encode(range?.max, forKey: .maxLR)
    try container.encode(maxInterval.map { roundedRate($0.lowerBound) }, forKey: .maxLow)
    try container.encode(maxInterval.map { roundedRate($0.upperBound) }, forKey: .maxHigh)
    try container.encode(range?.oneCycleMax, forKey: .oneCycleMax)
    try container.encode(stepSize, forKey: .stepSize)
    try container.encode(range?.momentum, forKey: .momentum)
    try container.encode(range?.step.map { roundedRate($0.size) }, forKey: .step)
    try container.encode(steady?.momentum, forKey: .steadyMomentum)
    try container.encode(steady.map { roundedRate($0.oneCycleMax) }, forKey: .steadyMax)
    try container.encode(suggestions, forKey: .suggestions)
  }

  private static func text(_ steady: LearningRateRange) -> String {
    "\n--schedule cosine --max-lr \(roundedRate(steady.oneCycleMax))"
      + "   # the same step at a constant momentum of \(steady.momentum ?? 0)"
  }

  /// Flags that can be pasted: for repeated cycles, and for a single one; nil where there is no range.
  var text: String? {
    guard let range else { return nil }
    let interval =
      maxInterval.map {
        "   # the upper bound from \(roundedRate($0.lowerBound)) to "
          + "\(roundedRate($0.upperBound)) over the repeats"
      } ?? ""
    return "--base-lr \(range.base) --max-lr \(range.max)" + interval
      + "\n--schedule one-cycle --max-lr \(range.oneCycleMax)   # a single cycle"
      + (range.step.map { ", \($0)" } ?? "") + (steady.map(Self.text) ?? "")
  }
}
