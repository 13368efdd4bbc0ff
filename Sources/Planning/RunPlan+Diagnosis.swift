import Settings
import Tuning

extension ResolvedSettings {
  /// The regularizers that may be suggested, each with its present and its next value.
  ///
  /// Weight decay by 3, half a decade: Smith (2018) searches it so, and not again where it is so large already. Shifts by
  /// two pixels. Of a linear probe none: it does not gain by weight decay, and what augments an image would have the
  /// network before the head run in each update.
  public var regularization: [Regularizer] {
    if self.model.cachedFeatures { return [] }
    let decay = self.optimizer.weightDecay
    let isAdamW = self.optimizer.name == .adamw
    var regularizers: [Regularizer] =
      decay > (isAdamW ? 0.3 : 5e-4)
      ? [] : [.weightDecay(from: decay, to: decay > 0 ? roundedRate(3 * decay) : isAdamW ? 0.01 : 1e-4)]
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
    var diagnosis = Diagnosis(
      of: curve, cycles: cycles(after: curve.count), baselineLoss: baselineLoss,
      regularizers: higherPeak + regularization,
      highestRate: highestRate.map(roundedRate), momentum: momentum,
      evaluationCount: evaluationImages, wasLowered: plan.rollbackCount > 0,
      schedule: settings.schedule.kind?.name)
    diagnosis.findings = diagnosis.findings.map(plausible).filter { !isFollowed($0) }
    return diagnosis
  }

  /// Whether the bounds were changed after a finding showed, so that what it suggests for them is of before.
  private func isFollowed(_ finding: CurveFinding) -> Bool {
    switch finding.change {
    case .lowerUpperBound, .raiseUpperBound:
      plan.changes.contains { $0.kind.changesBounds && $0.step >= finding.update }
    default: false
    }
  }

  /// The regularizers that may be suggested; not a larger weight decay where it was changed during the run.
  private var regularization: [Regularizer] {
    let isDecayChanged = plan.changes.contains { if case .weightDecay = $0.kind { true } else { false } }
    return settings.regularization.filter { regularizer in
      if case .weightDecay = regularizer { !isDecayChanged } else { true }
    }
  }

  /// Returns a finding with a plausible bound in place of the one that it suggests.
  func plausible(_ finding: CurveFinding) -> CurveFinding {
    if finding.kind == .learnedNothing { return withRate(finding) }
    guard case .lowerUpperBound(let bound) = finding.change else { return finding }
    var finding = finding
    finding.change = .lowerUpperBound(to: plausible(bound))
    return finding
  }

  /// Returns what is to be done where nothing was learned: another peak, if one was typed that is far from the prior's.
  private func withRate(_ finding: CurveFinding) -> CurveFinding {
    guard advice == nil || rangeTest?.isPeakGiven == true, let peak = settings.schedule.maxLR else {
      return finding
    }
    let prior = roundedRate(priorPeak)
    var finding = finding
    if peak > 3 * prior { finding.change = .lowerUpperBound(to: prior) }
    if peak < prior / 3 { finding.change = .raiseUpperBound(from: peak, to: prior) }
    return finding
  }

  /// Returns a bound that is suggested; what is far above the prior's peak is replaced by that.
  ///
  /// A curve that is lost at once says only that the rate was too high, and not by how much.
  public func plausible(_ bound: Double) -> Double {
    bound > 10 * priorPeak ? roundedRate(priorPeak) : bound
  }

  /// The peak of the prior for such runs, as a rate at the momentum of this run's peak; in older runs the default of
  /// optimizer and task.
  private var priorPeak: Double {
    let isSGD = settings.optimizer.name == .sgd
    if let priorStep { return isSGD ? priorStep * (1 - settings.momentumAtPeak) : priorStep }
    let peak = settings.defaultPeak.rate
    return isSGD ? Step(rate: peak, momentum: settings.momentumOfRangeTest).rate(at: settings.momentumAtPeak) : peak
  }

  /// SGD's momentum at the peak, with which a rate is a step.
  var momentum: Double? { settings.optimizer.name == .sgd ? settings.momentumAtPeak : nil }

  /// A peak three times as high, as far as the range test lets it: with SGD a run over few images generalizes
  /// better by it (`Guides/comparison.md`).
  private var higherPeak: [Regularizer] {
    guard momentum != nil, !plan.changes.contains(where: \.kind.changesBounds), let peak = settings.schedule.maxLR,
      let highestRate
    else { return [] }
    let higher = roundedRate(min(3 * peak, highestRate))
    return higher > 1.2 * peak ? [.upperBound(from: peak, to: higher)] : []
  }
}
