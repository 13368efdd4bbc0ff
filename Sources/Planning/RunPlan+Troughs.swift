import Schedules
import Tuning

extension RunPlan {
  /// The highest rate to which the range test lets a peak be raised, at the momentum of this run's peak; nil
  /// where no test was made.
  ///
  /// It bounds what is raised, and never what the test itself found.
  public var highestRate: Double? {
    guard let range, let edge = range.edge else { return nil }
    let defaultRatio = settings.defaultPeak.edgeRatio
    let ratio = settings.model.weights == nil ? defaultRatio : max(10, defaultRatio)
    let highest = max(range.oneCycleMax, edge / ratio)
    guard settings.optimizer.name == .sgd, let momentum = range.momentum else { return highest }
    return Step(rate: highest, momentum: momentum).rate(at: settings.momentumAtPeak)
  }

  /// Returns the plan with which a run goes on from a trough that says that its next cycles should be others;
  /// nil where it goes on as it is.
  ///
  /// It follows from the curve and the plan alone, so that a run that was killed at the trough decides the
  /// same when it is resumed there.
  ///
  /// - Parameter evaluationCount: how many images are evaluated while it trains.
  public func revised(
    after curve: LossCurve, at step: Int, evaluationCount: Int?
  ) -> RunPlan? {
    let cycles = cycles
    guard step < budget.totalSteps, curve.count == step,
      let index = cycles.firstIndex(where: { $0.end == step && $0.isWhole }),
      (index + 1).isMultiple(of: 1 + (cycles.count - 1) / Self.maximumTroughsRead),
      // Of a cycle that the run's end cuts short there would be the rise alone.
      let next = cycles.first(where: { $0.start == step }), next.isWhole, next.peakRate > 0,
      !plan.changes.contains(where: { $0.step == step })
    else { return nil }
    switch diagnosis(of: curve).reading(of: curve, evaluationCount: evaluationCount) {
    case .gaining, .stoppedGaining: return nil
    case .swingsTooFar(let why): return lowered(next.peakRate, at: step, why)
    case .separated(let gap):
      return raised(next, at: step, "\(CurveFinding.Fact.overfits(gap))")
    }
  }

  /// Each trough that is read costs a look at the whole curve: of 150 cycles every second one is.
  private static var maximumTroughsRead: Int { 100 }

  /// Half the peak; with AdamW the weight decay from before it was raised, if it was.
  private func lowered(_ peak: Double, at step: Int, _ why: String) -> RunPlan? {
    if case .weightDecay(let old, let new)? = plan.changes.last?.kind, new > old {
      return replaced(by: plan.withWeightDecay(old, at: step, reason: why)).lowered(at: step)
    }
    return plan.withPeak(roundedRate(peak / 2), insteadOf: peak, at: step, reason: why)
      .map { replaced(by: $0).lowered(at: step) }
  }

  /// Three times the peak, as far as the range test lets it; with AdamW three times the weight decay.
  ///
  /// Without a range test no peak is raised.
  ///
  /// A run that had to be lowered is not sent there again.
  private func raised(_ cycle: RunCycle, at step: Int, _ why: String) -> RunPlan? {
    guard plan.rollbackCount == 0, loweredAt == nil else { return nil }
    if let decay = plan.weightDecay?.value(at: step) {
      let most = WeightDecayScale.strongest(in: plan, budget)
      let new = roundedRate(min(3 * decay, most))
      guard decay > 0, new > 1.2 * decay else { return nil }
      return replaced(by: plan.withWeightDecay(new, at: step, reason: why))
    }
    guard settings.optimizer.name == .sgd, let highestRate else { return nil }
    let peak = cycle.peakRate
    // The momentum at a cycle's peak may be another than at the run's first one (triangular2's).
    let momentum = plan.values(at: cycle.peak).momentum ?? settings.momentumAtPeak
    let highest = Step(rate: highestRate, momentum: settings.momentumAtPeak).rate(at: momentum)
    let new = roundedRate(min(3 * peak, highest))
    guard new > 1.2 * peak else { return nil }
    return plan.withPeak(new, insteadOf: peak, at: step, reason: why).map { replaced(by: $0) }
  }
}
