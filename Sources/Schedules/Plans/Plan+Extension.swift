extension Plan {
  /// Returns the plan of a run that is made longer by whole cycles.
  ///
  /// Cycles that the plan holds behind the run's end come first: those of a schedule that cycles for
  /// ever, which continues as it would have gone on, and those of a run that was stopped before its end. A
  /// run that ends within a cycle completes it, which counts as one. Where the plan holds no more cycles,
  /// as after one-cycle and after a floor, the next one is added at the run's end: it is as long as the
  /// run's own, or as the next one that was due, between the bounds that the last change gave.
  ///
  /// - Parameters:
  ///   - cycles: how many are added; at least 1.
  ///   - totalSteps: the updates at which the run ends so far.
  /// - Returns: the plan, and the updates at which the run ends now; nil if the plan has no cycles, or
  ///   would be too long.
  public func extended(
    byCycles cycles: Int, totalSteps: Int, reason: String
  ) -> (plan: Plan, totalSteps: Int)? {
    guard cycles > 0 else { return nil }
    let planned = troughs(after: troughs(upTo: totalSteps).last ?? 0, atMost: cycles)
    guard planned.count == cycles || learningRate.length != nil else { return nil }
    var plan = self
    var end = planned.last ?? totalSteps
    for _ in planned.count..<cycles {
      let (next, overflow) = end.addingReportingOverflow(plan.addCycle(at: end) ?? 0)
      guard !overflow, next > end, next <= Budget.maximumSteps else { return nil }
      end = next
    }
    plan.record(PlanChange(step: totalSteps, kind: .extended(cycles: cycles), reason: reason))
    return (plan, end)
  }

  /// The first troughs after an update; fewer than asked for where the plan holds no more, or where they
  /// lie beyond all counting.
  private func troughs(after step: Int, atMost count: Int) -> [Int] {
    let farthest = max(step, min(learningRate.length ?? .max, Budget.maximumSteps))
    var horizon = min(step.addingOrMax(1 << 10), farthest)
    while true {
      let later = troughs(upTo: horizon).filter { $0 > step }
      if later.count >= count || horizon >= farthest { return Array(later.prefix(count)) }
      horizon = min(horizon.multipliedOrMax(by: 4), farthest)
    }
  }

  /// Adds the next cycle at the run's end; returns its length, or nil where there is none.
  private mutating func addCycle(at end: Int) -> Int? {
    guard let cycle = learningRate.nextCycle(at: end, bounds: bounds) else { return nil }
    // What is added comes from the cycle itself, without what it is multiplied by.
    let next = peakFactor == 1 ? cycle.schedule : cycle.schedule.scaled(by: peakFactor)
    learningRate = learningRate.followed(by: next, after: end)
    // What does not cycle itself begins anew with the cycle.
    func again(_ schedule: AnySchedule) -> AnySchedule {
      let next = schedule.nextCycle(at: end, bounds: nil)?.schedule
      return schedule.followed(by: next ?? schedule.leaves[0].schedule, after: end)
    }
    momentum = momentum.map(again)
    weightDecay = weightDecay.map { $0.isPiecewiseConstant ? $0 : again($0) }
    return cycle.length
  }
}

extension AnySchedule {
  /// The schedules of which this one consists, one after another, without the numbers by which they are
  /// multiplied; never empty.
  var leaves: [Joined.Part] {
    switch schedule {
    case let joined as Joined:
      joined.parts.flatMap { part in
        part.schedule.leaves.map {
          Joined.Part(start: part.start.addingOrMax($0.start), schedule: $0.schedule)
        }
      }
    case let scaled as Scaled: scaled.schedule.leaves
    case let product as Multiplied where product.second.isPiecewiseConstant: product.first.leaves
    default: [Joined.Part(start: 0, schedule: self)]
    }
  }

  fileprivate var isPiecewiseConstant: Bool {
    switch schedule {
    case is Constant: true
    case let joined as Joined: joined.parts.allSatisfy { $0.schedule.isPiecewiseConstant }
    default: false
    }
  }

  /// The cycle that follows at an update behind all that is planned, and its length.
  ///
  /// - Parameter bounds: the bounds of the cycles still to come; nil for those that they have.
  fileprivate func nextCycle(
    at end: Int, bounds: CycleBounds?
  ) -> (schedule: AnySchedule, length: Int)? {
    let leaves = leaves
    if let index = leaves.lastIndex(where: { $0.schedule.schedule is any AdvancingCycle }),
      let cycle = leaves[index].schedule.schedule as? any AdvancingCycle
    {
      // The bounds were changed and the rate held at a floor before a cycle had begun between them.
      if let bounds, let since = bounds.since, leaves[index].start < since,
        let old = cycle as? any ScheduleWithBounds
      {
        return (old.withBounds(from: bounds.low, to: bounds.high), old.stepsPerCycle)
      }
      let left = index + 1 < leaves.count ? leaves[index + 1].start : end
      let begun = cycle.cyclesBegun(after: left - leaves[index].start)
      guard let next = cycle.advanced(byCycles: begun) else { return nil }
      let schedule = bounds?.ceiling.flatMap(next.lowered) ?? AnySchedule(next)
      return (schedule, next.stepsPerCycle)
    }
    if let once = leaves[0].schedule.schedule as? OneCycle {
      guard let bounds else { return (AnySchedule(once), once.totalSteps) }
      return (AnySchedule(once.whole(within: bounds)), once.totalSteps)
    }
    // A schedule that ends has to be whole cycles to be followed by itself.
    let last = leaves[leaves.count - 1].schedule
    guard let length = last.length, length > 0, last.troughs(upTo: length).last == length else {
      return nil
    }
    return (last, length)
  }
}

// MARK: Cycles that continue for ever

/// A cycle again and again of which the later ones can be had by themselves.
protocol AdvancingCycle: CyclicSchedule {
  /// The number of cycles that have begun before an update.
  func cyclesBegun(after steps: Int) -> Int
  /// Returns the schedule without its first cycles; nil where it is no more such a cycle.
  func advanced(byCycles cycles: Int) -> Self?
  /// Returns the schedule below another upper bound; nil where it is below it already.
  func lowered(to high: Double) -> AnySchedule?
}

extension EndlessCycle {
  func cyclesBegun(after steps: Int) -> Int {
    let ends = clock.ends(upTo: max(0, steps))
    return ends.count + (ends.last ?? 0 < steps ? 1 : 0)
  }
}

extension AdvancingCycle where Self: ScheduleWithBounds {
  func lowered(to high: Double) -> AnySchedule? {
    max(trough, peak) > high ? withBounds(from: min(trough, high / 4), to: high) : nil
  }
}

extension Triangular: AdvancingCycle {
  func advanced(byCycles cycles: Int) -> Triangular? { self }
}

extension Triangular2: AdvancingCycle {
  func advanced(byCycles cycles: Int) -> Triangular2? {
    Triangular2(
      from: from, to: from + (to - from) * halved(cycles), stepSize: stepSize,
      stepSizeDown: stepSizeDown)
  }
}

extension ExponentialRange: AdvancingCycle {
  func advanced(byCycles cycles: Int) -> ExponentialRange? {
    let scale = power(gamma, cycles.multipliedOrMax(by: clock.period))
    let low = dialect == .paper ? from * scale : from
    return ExponentialRange(
      from: low, to: low + (to - from) * scale, stepSize: stepSize, stepSizeDown: stepSizeDown,
      gamma: gamma, dialect: dialect)
  }
}

extension CosineRestarts: AdvancingCycle {
  func cyclesBegun(after steps: Int) -> Int {
    let ends = clock.ends(upTo: max(0, steps))
    return ends.count + (ends.last ?? 0 < steps ? 1 : 0)
  }

  func advanced(byCycles cycles: Int) -> CosineRestarts? {
    let longer = Double(firstCycle) * power(lengthMultiplier, cycles)
    guard cycleLimit == nil, let length = Int(exactly: longer.rounded()) else { return nil }
    return CosineRestarts(
      to: max(floor, to * power(peakDecay, cycles)), floor: floor, firstCycle: length,
      lengthMultiplier: lengthMultiplier, peakDecay: peakDecay)
  }

  func lowered(to high: Double) -> AnySchedule? {
    guard to > high else { return nil }
    return AnySchedule(
      CosineRestarts(
        to: high, floor: min(floor, high / 4), firstCycle: firstCycle,
        lengthMultiplier: lengthMultiplier, peakDecay: peakDecay))
  }
}
