import Numbers
import Planning
import Schedules
import Settings
import Tuning

/// The range test's result as programs read it; what is not known is null rather than missing.
struct RangeTestOutput: Encodable {
  /// The range, rounded as it is printed.
  let range: LearningRateRange?
  /// Why there is no range; nil where there is one.
  let reason: String?
  private let maxInterval: ClosedRange<Double>?
  private let stepSize: Int?
  /// The range as rates of the same steps at the momentum of schedules that hold it; nil where the momentum does not matter.
  private let steady: LearningRateRange?
  private let suggestions: [String: Double?]
  /// The settings of a run whose schedule is known, with the rates that the test gives it; nil without one.
  private let rated: ResolvedSettings?
  /// The lower bound that was typed where the upper one is open.
  private let typedBase: RunSettings?

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

  /// - Parameters:
  ///   - steadyMomentum: SGD's momentum in schedules that begin at their peak.
  ///   - settings: the run's, if the test is of its whole model.
  init(_ test: RepeatedRangeTest, stepSize: Int?, steadyMomentum: Double?, settings: ResolvedSettings? = nil) {
    var found: LearningRateRange?
    if case .found(let range) = test.verdict { found = range }
    var open = settings?.open
    typedBase = open?.schedule.maxLR == nil && open?.schedule.baseLR != nil ? open : nil
    open?.schedule.maxLR = nil
    rated = open?.namedSchedule == nil ? nil : found.flatMap { open?.rated(from: $0).resolved }
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

  /// Checks that a lower bound that was typed is below what was found.
  ///
  /// - Throws: `SettingsError`.
  func check() throws {
    guard let range, let typedBase else { return }
    // Without a name the budget decides between cycles and a single one.
    try typedBase.checkBase(below: rated?.schedule.maxLR ?? max(range.max, range.oneCycleMax))
  }

  /// The upper bound that the test gives the schedule that was named; nil where that is one-cycle, or none was.
  var scheduleBound: Double? {
    rated?.schedule.kind?.isSingleCycle == true ? nil : rated?.schedule.maxLR
  }

  /// The flags of the schedule that was named, with its rates.
  private func text(_ rated: ResolvedSettings) -> String {
    var shown = rated.open
    if !(shown.namedSchedule?.usesLowerBound ?? true) { shown.schedule.baseLR = nil }
    let step =
      range?.momentum == nil
      ? nil : rated.schedule.maxLR.map { Step(rate: $0, momentum: rated.momentumAtPeak) }
    let keys = shown.budget.openEnded == true ? ["open-ended"] : ["schedule"]
    return shown.flags(keys + ["base-lr", "max-lr"]).joined(separator: " ") + (step.map { "   # \($0)" } ?? "")
  }

  /// Flags that can be pasted: for the schedule that was named, or else for repeated cycles, and for a single one; nil where there is no range.
  var text: String? {
    guard let range else { return nil }
    func interval(by factor: Double) -> String {
      maxInterval.map {
        "   # the upper bound from \(roundedRate(factor * $0.lowerBound)) to "
          + "\(roundedRate(factor * $0.upperBound)) over the repeats"
      } ?? ""
    }
    if let rated { return text(rated) + interval(by: (rated.schedule.maxLR ?? range.max) / range.max) }
    return "--base-lr \(range.base) --max-lr \(range.max)" + interval(by: 1)
      + "\n--schedule one-cycle --max-lr \(range.oneCycleMax)   # a single cycle"
      + (range.step.map { ", \($0)" } ?? "") + (steady.map(Self.text) ?? "")
  }
}
