extension Plan {
  /// Returns the plan with other peaks from a trough on.
  ///
  /// Cycles that can have other bounds go from their lower one to the new peak. Others, such as restarts,
  /// keep their form and are multiplied.
  ///
  /// - Parameters:
  ///   - peak: the highest rate of the next cycle as it is planned.
  ///   - high: the highest rate that it is to have.
  ///   - step: the trough: a number of applied updates.
  /// - Returns: nil if the plan has no cycles, or a rate is not above 0.
  public func withPeak(_ high: Double, insteadOf peak: Double, at step: Int, reason: String) -> Plan? {
    guard peak > 0, high > 0, (high / peak).isFinite, let bounds else { return nil }
    if let plan = withBounds(from: min(bounds.low, high / 4), to: high, at: step, reason: reason) {
      return plan
    }
    var plan = self
    plan.learningRate = learningRate.multiplied(
      by: Constant(1).followed(by: Constant(high / peak), after: step))
    plan.record(PlanChange(step: step, kind: .peaks(from: peak, to: high), reason: reason))
    return plan
  }

  /// Returns the plan with another weight decay from an update on; the same without one.
  public func withWeightDecay(_ decay: Double, at step: Int, reason: String) -> Plan {
    guard let old = weightDecay else { return self }
    var plan = self
    plan.weightDecay = old.followed(by: Constant(decay), after: step)
    plan.record(
      PlanChange(
        step: step, kind: .weightDecay(from: old.value(at: step), to: decay), reason: reason))
    return plan
  }

  /// What the peaks of cycles that keep their form have been multiplied by.
  var peakFactor: Double {
    changes.reduce(1) { factor, change in
      if case .peaks(let old, let new) = change.kind { factor * new / old } else { factor }
    }
  }
}
