import Numbers
import Schedules
import Settings
import Tuning

extension RunSettings {
  /// Returns these settings with everything filled in that a plan needs: typed values stay, the
  /// range test and the planner give the rest.
  ///
  /// - Parameter range: what the range test found, if it was asked.
  func planned(range: LearningRateRange?, budget: Budget) throws -> RunSettings {
    if self.budget.openEnded == true, self.schedule.kind == nil {
      var named = self
      named.schedule.kind = ScheduleEntry.catalog[WarmupStableDecay.name]
      return try named.planned(range: range, budget: budget)
    }
    var planned = self
    let own = self.schedule
    let warmUp = try warmUp(in: budget)
    var cycleBudget = budget
    cycleBudget.totalSteps -= warmUp
    let choice = resolved.cycles(in: cycleBudget)
    // What the minutes hold was measured once; that is the budget from now on.
    if resolved.budget.openEnded {
      planned.schedule.cooldown = resolved.schedule.cooldown
    } else if resolved.needsPace {
      planned.setLength(budget.totalSteps)
    }
    // A part of the run is a number of updates from now on, also where the run is made longer or has no end.
    if warmUp > 0 || resolved.budget.openEnded { planned.schedule.warmup = .steps(max(1, warmUp)) }
    if own.kind == nil {
      let repeated = self.evaluation.average == nil ? Triangular2.name : Triangular.name
      planned.schedule.kind =
        ScheduleEntry.catalog[own.stepSize == nil && choice.isSingle ? OneCycle.name : repeated]
    }
    if let range {
      planned.fillRates(from: range)
      if own.maxLR == nil, let peak = planned.schedule.maxLR { try planned.checkBase(below: peak) }
    }
    if let base = planned.schedule.baseLR, let max = planned.schedule.maxLR, base >= max,
      planned.schedule.kind?.usesLowerBound ?? true
    {
      throw SettingsError.boundsCrossed(base: base, max: max)
    }
    guard let entry = planned.schedule.kind, entry.hasCycles else { return planned }
    if entry.isSingleCycle {
      planned.schedule.stepSize =
        own.stepSize
        ?? .steps(
          max(1, Int(clamping: (CyclePlanner.peakShare * Double(budget.totalSteps)).rounded())))
      planned.schedule.anneal = resolved.schedule.anneal
      planned.schedule.finalDivFactor = resolved.schedule.finalDivFactor
    } else if own.stepSize == nil {
      // Whole cycles: half of the budget's share of each, as the planner cuts it.
      let half = choice.isSingle ? cycleBudget.totalSteps / 2 : choice.stepSize
      planned.schedule.stepSize = .steps(max(1, planned.growingHalfCycle(in: cycleBudget) ?? half))
      // A run that ends in a trough is worth more, where nobody asked for exactly so many updates; and without its last
      // trough an average or patience would have nothing of the run's end.
      if self.budget.steps == nil || resolved.usesTroughs {
        let ends = try planned.resolved.plan(in: budget).troughs(upTo: budget.totalSteps)
        planned.setLength(ends.last ?? budget.totalSteps)
      }
    }
    return planned
  }

  /// Says the length in updates, in place of whatever said it before.
  mutating func setLength(_ steps: Int) {
    (self.budget.epochs, self.budget.minutes, self.budget.maxMinutes) = (nil, nil, nil)
    self.budget.steps = steps
  }

  /// Half of the first of three restarted cycles, each longer than the last, which fill the budget; nil
  /// where cycles do not grow.
  private func growingHalfCycle(in budget: Budget) -> Int? {
    let tMult = resolved.schedule.tMult
    guard self.schedule.kind?.name == CosineRestarts.name, tMult > 1 else { return nil }
    return Int(clamping: Double(budget.totalSteps) / (2 * (1 + tMult + tMult * tMult)))
  }

  /// Returns these settings with the rates that were not typed taken from a range test's result.
  public func rated(from range: LearningRateRange) -> RunSettings {
    var rated = self
    rated.fillRates(from: range)
    return rated
  }

  /// Checks that the lower bound that was typed is below a peak that was found.
  ///
  /// - Throws: `SettingsError.notAllowed`.
  public func checkBase(below peak: Double) throws {
    guard let base = self.schedule.baseLR, base >= peak, namedSchedule?.usesLowerBound ?? true else { return }
    throw SettingsError.notAllowed(
      key: "base-lr", value: "\(base)",
      allowed: "below the peak that was found (\(peak)): lower it, or give --max-lr")
  }

  /// Takes the rates that were not typed from the range test; a typed upper bound moves the lower one with it.
  ///
  /// With SGD the test finds steps: the rates are those that make them at the momentum of the schedule's
  /// peak.
  private mutating func fillRates(from found: LearningRateRange) {
    let range = found.rates(at: resolved.momentumAtPeak)
    let own = self.schedule
    // Cycles that rise again and again may rise above a single one's peak.
    let repeats = own.kind.map { $0.rises && $0.repeatsCycles } ?? true
    let peak = repeats ? range.max : range.oneCycleMax
    let base = min(range.base, peak / 4)
    let (typedBase, typedMax) = (own.baseLR, own.maxLR)
    self.schedule.maxLR = typedMax ?? roundedRate(peak)
    guard own.kind?.rises ?? true else { return }
    self.schedule.baseLR = typedBase ?? roundedRate(typedMax.map { $0 * base / peak } ?? base)
  }

  fileprivate func halfCycle(in budget: Budget) throws -> Int {
    guard let time = self.schedule.stepSize else {
      throw SettingsError.missing(key: "step-size", because: "no cycle was planned")
    }
    guard time.steps(in: budget) > 0 else {
      throw SettingsError.notAllowed(
        key: "step-size", value: "\(time)",
        allowed: "at least one update, and of this run's \(budget.totalSteps) it is none")
    }
    return time.steps(in: budget)
  }

  /// The updates of the warm-up: those that were typed, or the schedule's own share of the run.
  fileprivate func warmUp(in budget: Budget) throws -> Int {
    guard let time = self.schedule.warmup else {
      // Of a run without an end there is no share: an epoch, if that is neither very short nor very long.
      if self.budget.openEnded == true, self.budget.minutes == nil {
        return min(max(100, budget.stepsPerEpoch), 1_000)
      }
      let share = Time.fraction(self.schedule.kind?.warmUpShare ?? 0).steps(in: budget)
      return self.budget.openEnded == true ? max(1, share) : share
    }
    let steps = time.steps(in: budget)
    guard steps < budget.totalSteps else {
      throw SettingsError.notAllowed(
        key: "warmup", value: "\(time)",
        allowed: "shorter than the run of \(budget.totalSteps) updates")
    }
    return steps
  }
}

extension ResolvedSettings {
  /// Returns the plan that fully planned settings describe.
  ///
  /// - Throws: `SettingsError` for what is missing or cannot be read.
  public func plan(in budget: Budget) throws -> Plan {
    let own = self.schedule
    guard let entry = own.kind else {
      throw SettingsError.missing(key: "schedule", because: "no schedule was chosen")
    }
    guard let peak = own.maxLR else {
      throw SettingsError.missing(key: "max-lr", because: "no range test was made")
    }
    if entry.rises, own.baseLR == nil {
      throw SettingsError.missing(key: "base-lr", because: "no range test was made")
    }
    let base = own.baseLR ?? 0
    let isOpenEnded = self.budget.openEnded
    let coolDown = WarmupStableDecay.coolDown(share: own.cooldown, of: budget.totalSteps)
    let shape = ScheduleShape(
      low: base, high: peak,
      ending: base / own.finalDivFactor,
      total: isOpenEnded ? .max : budget.totalSteps,
      halfCycle: entry.hasCycles ? try open.halfCycle(in: budget) : 0,
      warmUp: try open.warmUp(in: budget), coolDown: isOpenEnded ? 0 : coolDown,
      growth: own.tMult,
      gamma: own.gamma,
      anneal: own.anneal)
    let momentum =
      entry.rises
      ? entry.schedule(shape.mirrored(low: own.baseMomentum, high: own.maxMomentum))
      : AnySchedule(Constant(own.maxMomentum))
    return Plan(learningRate: entry.schedule(shape), momentum: momentum)
  }

  /// The cycles that the planner chooses; nil where the schedule or its half-cycle was typed.
  func choice(in budget: Budget) -> CycleChoice? {
    let isOpen = self.schedule.kind == nil && self.schedule.stepSize == nil
    return isOpen && !self.budget.openEnded ? cycles(in: budget) : nil
  }

  /// The cycles for a budget: one, or several where something is made of their ends.
  public func cycles(in budget: Budget) -> CycleChoice {
    needsCycles
      ? CyclePlanner().several(
        totalSteps: budget.totalSteps, stepsPerEpoch: budget.stepsPerEpoch)
      : CyclePlanner().single(totalSteps: budget.totalSteps)
  }
}
