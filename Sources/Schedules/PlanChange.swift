/// A change that was made to a plan while its run went on.
public struct PlanChange: Sendable, Hashable, Codable {
  /// What was changed.
  public enum Kind: Sendable, Hashable, Codable {
    /// The run was made longer by so many cycles.
    case extended(cycles: Int)
    /// The rate stays at a floor from then on.
    case continuedAtFloor(floor: Double)
    /// The cycles have other bounds from then on.
    case rebound(from: Double, to: Double)
    /// A parameter group joined, with a factor for its rate.
    case groupAdded(name: String, factor: Double)
  }

  /// The number of applied updates at which it was made.
  public let step: Int
  /// What was changed.
  public let kind: Kind
  /// Why, in its maker's words.
  public let reason: String
}

extension Plan {
  /// Returns the length of the run with whole cycles added behind the last one.
  ///
  /// A schedule that cycles for ever needs no other plan: only the budget grows. One-cycle, whose
  /// cycle is the whole run, is followed by itself once more for each cycle.
  ///
  /// - Parameter totalSteps: the run's length so far.
  /// - Returns: the plan, and the new length; nil if the plan does not cycle.
  public func extended(
    byCycles cycles: Int, totalSteps: Int, reason: String
  ) -> (plan: Plan, totalSteps: Int)? {
    guard cycles > 0, let cycle = learningRate.cyclic else { return nil }
    var plan = self
    let lastTrough = troughs(upTo: totalSteps).last ?? 0
    var end = lastTrough
    for _ in 0..<cycles {
      if let length = cycle.length {
        plan.continueAsFromStart(at: end)
        end = end.addingOrMax(length)
      } else {
        let next = learningRate.troughs(
          upTo: end.addingOrMax(cycle.stepsPerCycle.multipliedOrMax(by: 1 << 10)))
        end = next.first { $0 > end } ?? end.addingOrMax(cycle.stepsPerCycle)
      }
    }
    plan.record(PlanChange(step: totalSteps, kind: .extended(cycles: cycles), reason: reason))
    return (plan, end)
  }

  /// Follows each schedule by itself, from its own start.
  private mutating func continueAsFromStart(at step: Int) {
    func again(_ schedule: AnySchedule) -> AnySchedule {
      let first = (schedule.schedule as? Joined)?.parts.first?.schedule ?? schedule
      return schedule.followed(by: first, after: step)
    }
    learningRate = again(learningRate)
    momentum = momentum.map(again)
    weightDecay = weightDecay.map(again)
  }

  /// Returns the plan with the rate held at a floor from an update on; momentum keeps its value there.
  public func continuedAtFloor(
    _ floor: Double? = nil, from step: Int, reason: String
  ) -> Plan {
    var plan = self
    let floor = floor ?? learningRate.cyclic?.trough ?? learningRate.value(at: step)
    plan.learningRate = learningRate.followed(by: Constant(floor), after: step)
    plan.momentum = momentum.map { $0.followed(by: Constant($0.value(at: step)), after: step) }
    plan.record(PlanChange(step: step, kind: .continuedAtFloor(floor: floor), reason: reason))
    return plan
  }

  /// Returns the plan with other bounds from an update on, without a jump.
  ///
  /// The half-cycle that is under way goes on from the value it has, in a straight line, and ends at
  /// its turning point in the new bound; from the next trough on the cycle is as it was, between the
  /// new bounds. Cycles that become lower begin to do so anew.
  ///
  /// - Returns: nil if the plan is not a single schedule that cycles up and down for ever.
  public func rebound(
    from low: Double, to high: Double, at step: Int, reason: String
  ) -> Plan? {
    guard let cycle = learningRate.cyclic, cycle.length == nil,
      let next = (cycle as? any ReboundableSchedule)?.rebound(from: low, to: high)
    else { return nil }
    let step = max(0, step)
    let now = learningRate.value(at: step)
    let trough = troughs(upTo: step.addingOrMax(cycle.stepsPerCycle)).first { $0 > step } ?? step
    let peak = trough - (cycle.stepsPerCycle - cycle.stepsUp)
    var bridge: AnySchedule
    if step < peak {
      bridge = LinearRamp(from: now, to: high, steps: peak - step)
        .followed(by: LinearRamp(from: high, to: low, steps: trough - peak), after: peak - step)
    } else {
      bridge = AnySchedule(LinearRamp(from: now, to: low, steps: trough - step))
    }
    bridge = bridge.followed(by: next, after: trough - step)
    var plan = self
    plan.learningRate = learningRate.followed(by: bridge, after: step)
    plan.record(PlanChange(step: step, kind: .rebound(from: low, to: high), reason: reason))
    return plan
  }

  /// Returns the plan with a parameter group that joins at an update, as layers do that are unfrozen.
  ///
  /// The group follows the common rate from its first update on, times a factor: it does not begin
  /// the schedule anew, and it cannot be forgotten by it.
  public func addingGroup(
    _ name: String, factor: Double, at step: Int, reason: String
  ) -> Plan {
    var plan = self
    plan.groups[name] = AnySchedule(Constant(factor))
    plan.record(
      PlanChange(step: step, kind: .groupAdded(name: name, factor: factor), reason: reason))
    return plan
  }
}

/// A cycle that can be had between other bounds.
protocol ReboundableSchedule: CyclicSchedule {
  func rebound(from: Double, to: Double) -> AnySchedule
}

extension Triangular: ReboundableSchedule {
  func rebound(from: Double, to: Double) -> AnySchedule {
    AnySchedule(Triangular(from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown))
  }
}

extension Triangular2: ReboundableSchedule {
  func rebound(from: Double, to: Double) -> AnySchedule {
    AnySchedule(Triangular2(from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown))
  }
}

extension ExponentialRange: ReboundableSchedule {
  func rebound(from: Double, to: Double) -> AnySchedule {
    AnySchedule(
      ExponentialRange(
        from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown, gamma: gamma,
        dialect: dialect))
  }
}
