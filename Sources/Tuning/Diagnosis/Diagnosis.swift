/// What a run's loss curve says, with numbers and what to change; empty where all is as it should be.
///
/// Levels are medians, noise is measured by the jumps between neighbors, and heights are compared with
/// what the run has gained, so the loss may be negative, or bounded, or of any scale. A cycle's phases
/// are compared with the like phases of the cycles beside it, so that the rate's own swing is not taken
/// for a change of the model. `Guides/diagnosis.md` has every rule in a table.
public struct Diagnosis: Sendable, Hashable {
  /// What was found, the gravest first.
  public var findings: [CurveFinding]
  /// The run at the end of each whole cycle.
  public let troughs: [Trough]

  /// Evaluates a curve.
  ///
  /// - Parameters:
  ///   - cycles: the cycles of the run's plan, also those still to come.
  ///   - baselineLoss: the loss of the best constant prediction, if it is known.
  ///   - regularizers: what the run has that regularizes more.
  ///   - highestRate: the highest rate that is suggested, if a range test bounds it.
  ///   - momentum: SGD's momentum at the peak, with which rates are steps.
  ///   - evaluationCount: the evaluation images, where that is known and the score is a share of them.
  ///   - wasLowered: whether the upper bound has been lowered on the way, because the run diverged; then
  ///     no higher one is suggested.
  ///   - schedule: the name of the run's schedule, for comparisons that are suggested.
  public init(
    of curve: LossCurve, cycles: [RunCycle], baselineLoss: Double? = nil,
    regularizers: [Regularizer] = [], highestRate: Double? = nil, momentum: Double? = nil,
    evaluationCount: Int? = nil, wasLowered: Bool = false, schedule: String? = nil
  ) {
    let curve = DiagnosedCurve(curve, cycles, baselineLoss: baselineLoss)
    troughs = curve.troughs
    var found: [CurveFinding] = []
    // Of these each excludes the next: a peak that is too high is not too low as well, and a model that
    // is lost on the way has nothing to say of the run's length or of its data.
    if let finding = curve.divergence ?? curve.swingTooWide {
      found.append(finding)
    } else if let finding = curve.learnedNothing(beyond: baselineLoss) {
      found.append(finding)
    } else {
      // A model that is right on all it is trained on need not learn it faster.
      let overfits = curve.overfits(regularizers, evaluatedOn: evaluationCount)
      let mayRise = !wasLowered && overfits == nil
      if let finding = curve.spikesNearPeak
        ?? (mayRise ? curve.noRiseAtPeak(below: highestRate) : nil)
      {
        found.append(finding)
      }
      // Of a few images an evaluation's loss is what chance makes of it.
      let isEvaluatedOnEnough = evaluationCount.map { $0 >= 10 } ?? true
      if let finding = overfits ?? (isEvaluatedOnEnough ? curve.validationRises(regularizers) : nil)
        ?? curve.troughsStoppedImproving
      {
        found.append(finding)
      }
    }
    findings = found.map { finding in
      var finding = finding
      (finding.momentum, finding.schedule) = (momentum, schedule)
      return finding
    }
  }
}

/// A run at the end of a cycle.
public struct Trough: Sendable, Hashable {
  /// The cycle, from 1.
  public let cycle: Int
  /// Updates applied.
  public let update: Int
  /// The highest rate in the cycle.
  public let peakRate: Double
  /// The level of the training loss over the cycle's last twentieth.
  public let trainingLoss: Double
  /// The loss of the evaluation at the trough, if there was one.
  public let evaluationLoss: Double?
  /// The score of that evaluation, if it has one.
  public let score: Double?
  /// The model on training images, as they are without augmentation, if it was evaluated on them.
  public let training: LossCurve.TrainingReading?
}

/// A curve with what all rules need of it.
struct DiagnosedCurve {
  let curve: LossCurve
  let cycles: [RunCycle]
  /// The cycles that have begun and are long enough to be evaluated, as levels.
  let levels: [(number: Int, levels: CycleLevels)]
  let troughs: [Trough]
  /// The level at which the run began.
  let start: Double

  init(_ whole: LossCurve, _ cycles: [RunCycle], baselineLoss: Double?) {
    // What follows a NaN loss is dropped too.
    let end = whole.firstNonFinite ?? whole.count
    var curve = whole
    curve.cut(to: end)
    self.curve = curve
    self.cycles = cycles
    levels = cycles.enumerated().compactMap { index, cycle in
      guard cycle.start < end, let levels = CycleLevels(of: curve, cycle) else { return nil }
      return (index + 1, levels)
    }
    let window = RunCycle.window(ofLength: cycles.first?.length ?? 0)
    start = curve.level(0..<min(window, end))
    let evaluations = Dictionary(
      curve.evaluations.map { ($0.update, $0) }, uniquingKeysWith: { $1 })
    troughs = cycles.enumerated().compactMap { index, cycle in
      guard cycle.isWhole, cycle.end <= end else { return nil }
      let window = min(cycle.length, RunCycle.window(ofLength: cycle.length))
      return Trough(
        cycle: index + 1, update: cycle.end, peakRate: cycle.peakRate,
        trainingLoss: curve.level((cycle.end - window)..<cycle.end),
        evaluationLoss: evaluations[cycle.end]?.loss, score: evaluations[cycle.end]?.score,
        training: evaluations[cycle.end]?.training)
    }
    var watch = RunWatch(cycles: cycles, baselineLoss: baselineLoss)
    var diverged: Divergence?
    for update in whole.updates where diverged == nil {
      diverged = watch.divergence(after: update.loss, learningRate: update.learningRate)
    }
    self.diverged = diverged
  }

  private let diverged: Divergence?

  var divergence: CurveFinding? {
    diverged.map { CurveFinding($0, in: curve, cycles) }
  }

  /// The cycles that have ended in a trough.
  var whole: [(number: Int, levels: CycleLevels)] {
    levels.filter { $0.levels.cycle.isWhole && $0.levels.cycle.end <= curve.count }
  }

  /// What has been gained since the start, by the end of a cycle.
  func gained(through number: Int) -> Double {
    let lowest = levels.filter { $0.number <= number }.map(\.levels.lowest).min() ?? start
    return start - min(start, lowest)
  }

  /// What has been gained in all.
  var gained: Double { gained(through: .max) }

  /// Whether the loss has fallen: of plain noise the lowest level is 3 errors below the first.
  var hasImproved: Bool {
    guard let error = levels.map(\.levels.binError).max() else { return false }
    return gained > 5 * error
  }
}
