import Settings
import Tuning

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
    // What augments an image would have the network before the head run in each update.
    if self.model.cachedFeatures { return regularizers }
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
      regularizers: higherPeak + settings.regularization,
      highestRate: highestRate.map(roundedRate), momentum: momentum,
      evaluationCount: evaluationImages, wasLowered: plan.returns > 0,
      schedule: settings.schedule.kind?.name)
    diagnosis.findings = diagnosis.findings.map(plausible)
    return diagnosis
  }

  /// Returns a finding with a plausible bound in place of the one that it suggests.
  func plausible(_ finding: CurveFinding) -> CurveFinding {
    if finding.kind == .learnedNothing { return withRate(finding) }
    guard case .lowerUpperBound(let bound) = finding.change else { return finding }
    var finding = finding
    finding.change = .lowerUpperBound(to: plausible(bound))
    return finding
  }

  /// Returns what is to be done where nothing was learned: another peak, if it is far from the default.
  private func withRate(_ finding: CurveFinding) -> CurveFinding {
    guard let peak = settings.schedule.maxLR else { return finding }
    let usual = roundedRate(settings.defaultPeak.rate)
    var finding = finding
    if peak > 3 * usual { finding.change = .lowerUpperBound(to: usual) }
    if peak < usual / 3 { finding.change = .raiseUpperBound(from: peak, to: usual) }
    return finding
  }

  /// Returns a bound that is suggested; what is far above the default peak is replaced by that.
  ///
  /// A curve that is lost at once says only that the rate was too high, and not by how much.
  public func plausible(_ bound: Double) -> Double {
    let peak = settings.defaultPeak.rate
    return bound > 10 * peak ? roundedRate(peak) : bound
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
