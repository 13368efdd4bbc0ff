import Numbers

extension Plan {
  /// Returns the plan with other bounds from an update on, without a jump.
  ///
  /// The half-cycle that is under way continues from the value it has, in a straight line, and ends at
  /// its turning point in the new bound; from the next trough on the cycle is as it was, between the
  /// new bounds. Cycles that become lower begin to do so anew, those of the momentum too. One-cycle has one turning point, its
  /// peak, and ends as far below the lower bound as before.
  ///
  /// - Returns: nil if what is left of the plan is anything but one-cycle or a cycle for ever, in cycles
  ///   of one length.
  public func withBounds(
    from low: Double, to high: Double, at step: Int, reason: String
  ) -> Plan? {
    let step = max(0, step)
    guard
      let rate = learningRate.withBounds(
        from: low, to: high, at: step, mayJump: false, endShare: bounds?.endShare ?? 1)
    else { return nil }
    var plan = self
    plan.learningRate = rate
    plan.momentum = momentum?.beginningAnew(after: step)
    plan.record(
      PlanChange(
        step: step, kind: .bounds(from: low, to: high, oldFrom: bounds?.low, oldTo: bounds?.high), reason: reason))
    return plan
  }

  /// Returns the plan of a run that diverged, from the trough to which it is rolled back: with a lower
  /// upper bound, for the updates that remain.
  ///
  /// The lower bound stays, unless it is above a quarter of the new upper one; then it becomes that. A
  /// rate of which `withBounds` knows no other bounds, as one that falls, keeps its form: from that trough on
  /// it is multiplied, so that the highest rate from there on is the new bound, also where the run diverged in its
  /// warm-up.
  ///
  /// - Parameters:
  ///   - step: the updates that are kept.
  ///   - update: the update at which the run had diverged.
  /// - Returns: nil where no rate was above the new bound.
  public func rolledBack(to step: Int, after update: Int, max high: Double, reason: String) -> Plan? {
    let step = max(0, step)
    var plan = self
    let bounds = bounds
    var low = min(bounds?.low ?? high, high / 4)
    if let rate = learningRate.withBounds(
      from: low, to: high, at: step, mayJump: step == 0, endShare: bounds?.endShare ?? 1)
    {
      plan.learningRate = rate
      plan.momentum = momentum?.beginningAnew(after: step)
    } else {
      let passed = (step..<max(step, update)).map(learningRate.value).max() ?? 0
      guard passed > high else { return nil }
      low = high
      let factor = Constant(high / max(passed, learningRate.highest(from: step, to: update)))
      plan.learningRate =
        step == 0
        ? learningRate.scaled(by: factor.value)
        : learningRate.multiplied(by: Constant(1).followed(by: factor, after: step))
    }
    plan.record(
      PlanChange(
        step: step, kind: .rolledBack(after: update, from: low, to: high), reason: reason))
    return plan
  }

  /// How often a run of this plan has been rolled back.
  public var rollbackCount: Int {
    changes.count { if case .rolledBack = $0.kind { true } else { false } }
  }
}

extension AnySchedule {
  /// The highest rate from an update on, up to the schedule's end, or for so long that a warm-up is over.
  fileprivate func highest(from step: Int, to update: Int) -> Double {
    let end = max(step, min(max(update, length ?? step.addingOrMax(1_000_000)), 1 << 60))
    var (first, last) = (step, end)
    while true {
      // The peak lies beside the highest of a thousand places: there are a thousand more, until they are neighbors.
      let distance = max(1, (last - first) / 1_000)
      let best = stride(from: first, through: last, by: distance).max { value(at: $0) < value(at: $1) } ?? first
      guard distance > 1 else { return value(at: best) }
      (first, last) = (max(step, best - distance), min(end, best + distance))
    }
  }

  /// The schedules of which this one consists, one after another.
  fileprivate var parts: [Joined.Part] {
    (schedule as? Joined)?.parts ?? [Joined.Part(start: 0, schedule: self)]
  }

  /// This schedule up to an update, and from there on the same between other bounds.
  fileprivate func withBounds(
    from low: Double, to high: Double, at step: Int, mayJump: Bool, endShare: Double
  ) -> AnySchedule? {
    let parts = parts
    guard let index = parts.lastIndex(where: { $0.start <= step }) else { return nil }
    let later = parts.dropFirst(index + 1)
    // A way that leads to a cycle ends where the cycle begins.
    let leadsToCycle = later.first?.schedule.schedule is any EndlessCycle
    // A one-cycle of which nothing is done begins anew, as it would jump to its own start.
    let isNew =
      parts[index].start == step && !leadsToCycle && parts[index].schedule.cyclic is OneCycle
    guard
      var rest = parts[index].withBounds(
        from: low, to: high, at: step, now: mayJump || isNew ? low : value(at: step),
        ending: leadsToCycle ? low : low * endShare)
    else { return nil }
    for part in later {
      guard let cycle = part.schedule.schedule as? any ScheduleWithBounds, cycle.canHaveOtherBounds
      else {
        return nil
      }
      let next = (cycle as? OneCycle).map {
        AnySchedule(
          $0.whole(within: CycleBounds(low: low, high: high, endShare: endShare)))
      }
      rest.append((part.start, next ?? cycle.withBounds(from: low, to: high)))
    }
    return rest.reduce(self) { joined, part in
      // What lies before update 0 is nothing.
      part.0 == 0 ? part.1 : joined.followed(by: part.1, after: part.0)
    }
  }
}

extension AnySchedule {
  /// A momentum whose cycles become lower, at their whole height again from the next cycle after an update on, as the
  /// rate's are; any other as it is.
  fileprivate func beginningAnew(after step: Int) -> AnySchedule {
    guard let last = parts.last, last.start <= step, !(last.schedule.schedule is Triangular),
      let cycle = last.schedule.schedule as? any ScheduleWithBounds & EndlessCycle, cycle.lengthMultiplier == 1
    else { return self }
    let position = (step - last.start) % cycle.stepsPerCycle
    let start = position == 0 ? step : step.addingOrMax(cycle.stepsPerCycle - position)
    return followed(by: cycle.withBounds(from: cycle.from, to: cycle.to), after: start)
  }
}

extension Joined.Part {
  /// What is left of the part after an update of the run, between other bounds: schedules, and the
  /// updates at which they begin.
  fileprivate func withBounds(
    from low: Double, to high: Double, at step: Int, now: Double, ending: Double
  ) -> [(Int, AnySchedule)]? {
    guard let cycle = schedule.schedule as? any ScheduleWithBounds, cycle.canHaveOtherBounds else {
      return nil
    }
    let done = step - start
    if let one = cycle as? OneCycle {
      guard done < one.totalSteps else { return nil }
      return [(step, one.rest(after: done, now: now, from: low, to: high, ending: ending))]
    }
    let position = done % cycle.stepsPerCycle
    if position == 0, now == low { return [(step, cycle.withBounds(from: low, to: high))] }
    // What is left of the cycle under way: up to the new bound if it still rises, and down.
    let left = cycle.stepsPerCycle - position
    let rises = position < cycle.stepsUp
    let bridge = OneCycle(
      from: now, to: rises ? high : now, ending: low,
      peakAt: Double(rises ? cycle.stepsUp - position : 0), returnAt: nil, endAt: Double(left),
      totalSteps: left, anneal: .linear)
    return [
      (step, AnySchedule(bridge)),
      (step.addingOrMax(left), cycle.withBounds(from: low, to: high)),
    ]
  }
}

/// A cycle that can be had between other bounds.
protocol ScheduleWithBounds: CyclicSchedule {
  /// Returns the cycle from its start, between other bounds.
  func withBounds(from: Double, to: Double) -> AnySchedule
}

extension ScheduleWithBounds {
  /// Whether it rises first, in cycles of one length; a way that leads from a rate above the peak to it
  /// counts as one that rises.
  fileprivate var canHaveOtherBounds: Bool {
    guard let cycle = self as? any EndlessCycle else { return true }
    return cycle.from < cycle.to && cycle.lengthMultiplier == 1
  }
}

extension OneCycle: ScheduleWithBounds {
  func withBounds(from: Double, to: Double) -> AnySchedule {
    let share = self.from > 0 ? ending / self.from : 1
    return AnySchedule(whole(within: CycleBounds(low: from, high: to, endShare: share)))
  }

  /// Returns the cycle from its start to its end, between other bounds.
  func whole(within bounds: CycleBounds) -> OneCycle {
    OneCycle(
      from: bounds.low, to: bounds.high, ending: bounds.low * bounds.endShare, peakAt: peakAt,
      returnAt: returnAt, endAt: endAt, totalSteps: totalSteps, anneal: anneal)
  }

  /// What is left after some of its updates, from the value that it has now.
  ///
  /// With three phases it comes back to the lower bound, or to the value that it has now if it has yet to
  /// rise.
  fileprivate func rest(
    after done: Int, now: Double, from low: Double, to high: Double, ending: Double
  ) -> AnySchedule {
    let rises = Double(done) < peakAt
    let back = returnAt.flatMap { $0 > Double(done) ? $0 - Double(done) : nil }
    let peak = rises ? peakAt - Double(done) : 0
    return AnySchedule(
      OneCycle(
        from: !rises && back != nil ? low : now, to: rises ? high : now, ending: ending,
        peakAt: peak, returnAt: back,
        endAt: max(1, endAt - Double(done)), totalSteps: totalSteps - done, anneal: anneal))
  }
}

extension Triangular: ScheduleWithBounds {
  func withBounds(from: Double, to: Double) -> AnySchedule {
    AnySchedule(Triangular(from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown))
  }
}

extension Triangular2: ScheduleWithBounds {
  func withBounds(from: Double, to: Double) -> AnySchedule {
    AnySchedule(Triangular2(from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown))
  }
}

extension ExponentialRange: ScheduleWithBounds {
  func withBounds(from: Double, to: Double) -> AnySchedule {
    AnySchedule(
      ExponentialRange(
        from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown, gamma: gamma,
        dialect: dialect))
  }
}

extension Cyclical: ScheduleWithBounds {
  func withBounds(from: Double, to: Double) -> AnySchedule {
    AnySchedule(
      Cyclical(
        from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown, window: window,
        decay: decay, lengthMultiplier: lengthMultiplier))
  }
}
