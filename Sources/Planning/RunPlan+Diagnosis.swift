import Metrics
import Runs
import Settings
import Tuning

extension LossCurve {
  /// Creates the curve that a run's table holds, as far as its updates follow one another from 1.
  public init(_ table: MetricsTable) {
    self.init()
    // A term of the loss may be called as a metric is; only evaluations have metrics.
    let evaluated = table.columns.enumerated().filter { index, _ in
      table.rows.contains { $0.split.isEvaluation && $0.values[index] != nil }
    }
    let score = Self.scoreName(among: evaluated.map(\.element))
      .flatMap { table.columns.firstIndex(of: $0) }
    for row in table.rows {
      switch row.split {
      case .train:
        guard row.update == count + 1, let loss = row.loss, let rate = row.learningRate else {
          return
        }
        append(loss: loss, learningRate: rate)
      case .validation, .test:
        append(
          Evaluation(update: row.update, loss: row.loss, score: score.flatMap { row.values[$0] }))
      case .trainingImages:
        if let loss = row.loss {
          append(
            TrainingReading(loss: loss, score: score.flatMap { row.values[$0] }), at: row.update)
        }
      case .average: break
      }
    }
  }

  /// Which of a task's metrics is a share from 0 to 1 of which more is better.
  public static func scoreName(among names: [String]) -> String? {
    MetricDescription.all.filter { $0.better == .larger }.map(\.name).first(where: names.contains)
  }
}

extension ResolvedSettings {
  /// What the run has that would hold its model back more, one step further than it is.
  ///
  /// Weight decay by 3, half a decade: Smith (2018) searches it so. Shifts by two pixels.
  public var regularization: [Regularizer] {
    let decay = self.optimizer.weightDecay
    let first = self.optimizer.name == .adamw ? 0.01 : 1e-4
    var regularizers: [Regularizer] = [
      .weightDecay(from: decay, to: decay > 0 ? roundedRate(3 * decay) : first)
    ]
    if let padding = open.augmentation.cropPadding, padding <= 62 {
      regularizers.append(.cropPadding(from: padding, to: padding + 2))
    }
    if open.augmentation.flip == false { regularizers.append(.flip) }
    return regularizers
  }
}

extension RunPlan {
  /// The cycles of the run.
  public var cycles: [RunCycle] { cycles(after: 0) }

  /// The cycles of the run when so many updates of it are made.
  ///
  /// A run without an end is one cycle that is not over; its length, by which levels are measured and
  /// divergences waited for, is that of a run of 5,000 updates until it is longer.
  public func cycles(after updates: Int) -> [RunCycle] {
    guard isOpenEnded else { return RunCycle.cycles(of: plan, upTo: budget.totalSteps) }
    let peak = landingStep(after: 0)
    return [
      RunCycle(
        start: 0, peak: peak, end: max(5_000, peak, updates) + 1,
        baseRate: plan.learningRate.value(at: 0), peakRate: plan.learningRate.value(at: peak),
        isWhole: false)
    ]
  }

  /// Returns what a loss curve of this run says.
  public func diagnosis(of curve: LossCurve) -> Diagnosis {
    Diagnosis(
      of: curve, cycles: cycles(after: curve.count), baselineLoss: baselineLoss,
      regularizers: higherPeak + settings.regularization,
      highestRate: highestRate.map(roundedRate), momentum: momentum, wasLowered: plan.returns > 0)
  }

  /// SGD's momentum at the peak, with which a rate is a step.
  var momentum: Double? { settings.optimizer.name == .sgd ? settings.momentumAtPeak : nil }

  /// A peak three times as high, as far as the range test lets it: with SGD a run over few images generalizes
  /// better by it (`Guides/comparison.md`).
  private var higherPeak: [Regularizer] {
    guard momentum != nil, plan.returns == 0, let peak = settings.schedule.maxLR, let highestRate
    else {
      return []
    }
    let higher = roundedRate(min(3 * peak, highestRate))
    return higher > 1.2 * peak ? [.upperBound(from: peak, to: higher)] : []
  }
}
