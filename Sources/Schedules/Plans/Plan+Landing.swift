/// Plans of runs whose end is not known: a constant rate, until a cool-down is asked for.
extension Plan {
  /// Whether the rate is a `WarmupStableDecay` without an end.
  public var isOpenEnded: Bool { learningRate.stable?.isOpenEnded ?? false }

  /// The update after which the cool-down begins, and its length; nil for a run that has not landed.
  public var landing: (step: Int, coolDown: Int)? {
    for change in changes.reversed() {
      switch change.kind {
      case .landed(let coolDown): return (change.step, coolDown)
      case .reopened: return nil
      default: break
      }
    }
    return nil
  }

  /// Returns the plan with a cool-down of so many updates from an update on, or from the warm-up's end.
  ///
  /// - Returns: the plan, and the updates at which the run ends; nil unless the plan is open-ended.
  public func landed(
    at step: Int, coolDown: Int, reason: String
  ) -> (plan: Plan, totalSteps: Int)? {
    guard isOpenEnded,
      let rate = learningRate.mapStable({ $0.landed(at: step, coolDown: coolDown) }),
      let landed = rate.stable
    else { return nil }
    var plan = self
    plan.learningRate = rate
    plan.record(
      PlanChange(
        step: landed.steps - landed.coolDown, kind: .landed(coolDown: landed.coolDown),
        reason: reason))
    return (plan, landed.steps)
  }

  /// Returns the plan without its landing; nil unless the run has landed.
  public func reopened(reason: String) -> Plan? {
    guard let landing, let rate = learningRate.mapStable({ $0.reopened }) else { return nil }
    var plan = self
    plan.learningRate = rate
    plan.record(PlanChange(step: landing.step, kind: .reopened, reason: reason))
    return plan
  }
}

extension AnySchedule {
  /// The warm-up, constant rate and cool-down of which this is a multiple, if it is one.
  fileprivate var stable: WarmupStableDecay? {
    leaves.count == 1 ? leaves[0].schedule.schedule as? WarmupStableDecay : nil
  }

  /// The same multiple of another such schedule: a run that was rolled back keeps its factor.
  fileprivate func mapStable(
    _ change: (WarmupStableDecay) -> WarmupStableDecay
  ) -> AnySchedule? {
    switch schedule {
    case let stable as WarmupStableDecay: AnySchedule(change(stable))
    case let product as Multiplied:
      product.first.mapStable(change)?.multiplied(by: product.second)
    case let scaled as Scaled: scaled.schedule.mapStable(change)?.scaled(by: scaled.factor)
    default: nil
    }
  }
}
