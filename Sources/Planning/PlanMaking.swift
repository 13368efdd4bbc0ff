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
    var planned = self
    let own = self.schedule
    let choice = resolved.cycles(in: budget)
    // What the minutes hold was measured once; that is the budget from now on.
    if resolved.needsPace {
      planned.budget.steps = budget.totalSteps
      planned.budget.maxMinutes = nil
    }
    if own.kind == nil {
      let repeated = self.evaluation.average == nil ? ScheduleName.triangular2 : .triangular
      planned.schedule.kind =
        own.stepSize == nil && choice.kind == .oneCycle ? .oneCycle : repeated
    }
    if let range { planned.fillRates(from: range) }
    guard planned.schedule.kind?.hasCycles ?? true else { return planned }
    if planned.schedule.kind == .oneCycle {
      planned.schedule.stepSize =
        own.stepSize
        ?? .steps(
          max(1, Int(clamping: (CyclePlanner.peakShare * Double(budget.totalSteps)).rounded())))
      planned.schedule.anneal = own.anneal ?? ScheduleSettings.defaults.anneal
      planned.schedule.finalDivFactor =
        own.finalDivFactor ?? ScheduleSettings.defaults.finalDivFactor
    } else if own.stepSize == nil {
      // Whole cycles: half of the budget's share of each, as the planner cuts it.
      let half = choice.kind == .oneCycle ? budget.totalSteps / 2 : choice.stepSize
      planned.schedule.stepSize = .steps(max(1, planned.growingHalfCycle(in: budget) ?? half))
      // Nobody asked for exactly so many updates, and a run that ends in a trough is worth more.
      if self.budget.steps == nil {
        let ends = try planned.plan(in: budget).troughs(upTo: budget.totalSteps)
        planned.budget.steps = ends.last ?? budget.totalSteps
      }
    }
    if let base = planned.schedule.baseLR, let max = planned.schedule.maxLR, base >= max {
      throw SettingsError.boundsCrossed(base: base, max: max)
    }
    return planned
  }

  /// Half of the first of three restarted cycles, each longer than the last, which fill the budget; nil
  /// where cycles do not grow.
  private func growingHalfCycle(in budget: Budget) -> Int? {
    guard self.schedule.kind == .cosineRestarts, let tMult = self.schedule.tMult, tMult > 1 else {
      return nil
    }
    return Int(clamping: Double(budget.totalSteps) / (2 * (1 + tMult + tMult * tMult)))
  }

  /// Returns these settings with the rates that were not typed taken from a range test's answer.
  func rated(from range: LearningRateRange) -> RunSettings {
    var rated = self
    rated.fillRates(from: range)
    return rated
  }

  /// Takes the rates that were not typed from the range test; a typed bound moves the other one so
  /// that the range stays one.
  private mutating func fillRates(from range: LearningRateRange) {
    // A rate that falls to nothing from it may be as high as a single cycle's peak.
    let own = self.schedule
    let falls = [.oneCycle, .stepDecay, .cosine, .cosineRestarts].contains(own.kind)
    let peak = falls ? range.oneCycleMax : range.max
    let base = min(range.base, peak / 4)
    let (typedBase, typedMax) = (own.baseLR, own.maxLR)
    self.schedule.maxLR = typedMax ?? roundedRate(typedBase.map { max(peak, 4 * $0) } ?? peak)
    guard own.kind?.rises ?? true else { return }
    self.schedule.baseLR = typedBase ?? roundedRate(typedMax.map { $0 * base / peak } ?? base)
  }

  /// Returns the plan that fully planned settings describe.
  ///
  /// - Throws: `SettingsError` for what is missing or cannot be read.
  public func plan(in budget: Budget) throws -> Plan {
    let own = self.schedule
    guard let name = own.kind else {
      throw SettingsError.missing(key: "schedule", because: "no schedule was chosen")
    }
    guard let peak = own.maxLR else {
      throw SettingsError.missing(key: "max-lr", because: "no range test was made")
    }
    if name.rises, own.baseLR == nil {
      throw SettingsError.missing(key: "base-lr", because: "no range test was made")
    }
    let base = own.baseLR ?? 0
    let shape = ScheduleShape(
      name: name, half: name.hasCycles ? try halfCycle(in: budget) : 0, total: budget.totalSteps,
      growth: own.tMult ?? ScheduleSettings.defaults.cycleGrowth,
      gamma: own.gamma ?? ScheduleSettings.defaults.gamma,
      anneal: own.anneal ?? ScheduleSettings.defaults.anneal)
    let momentum =
      name.rises
      ? momentumBounds.map { shape.schedule(from: $0.high, to: $0.low, ending: $0.high) }
      : own.maxMomentum.map { AnySchedule(Constant($0)) }
    return Plan(
      learningRate: shape.schedule(
        from: base, to: peak,
        ending: base / (own.finalDivFactor ?? ScheduleSettings.defaults.finalDivFactor)),
      momentum: momentum)
  }

  private var momentumBounds: (low: Double, high: Double)? {
    let own = self.schedule
    guard let high = own.maxMomentum ?? own.baseMomentum else { return nil }
    return (own.baseMomentum ?? high, high)
  }

  private func halfCycle(in budget: Budget) throws -> Int {
    guard let time = self.schedule.stepSize else {
      throw SettingsError.missing(key: "step-size", because: "no cycle was planned")
    }
    guard time.steps(in: budget) > 0 else {
      throw SettingsError.outOfRange(key: "step-size", value: "\(time)", allowed: Time.expected)
    }
    return time.steps(in: budget)
  }
}

extension ResolvedSettings {
  /// The cycles that the planner chooses; nil where the schedule or its half-cycle was typed.
  func choice(in budget: Budget) -> CycleChoice? {
    self.schedule.kind == nil && self.schedule.stepSize == nil ? cycles(in: budget) : nil
  }

  /// The cycles that suit a budget; several in any case where something is made of their ends.
  public func cycles(in budget: Budget) -> CycleChoice {
    CyclePlanner().choose(
      totalSteps: budget.totalSteps, stepsPerEpoch: budget.stepsPerEpoch,
      mustRepeat: needsCycles)
  }
}

/// A named schedule's form, for whatever number goes through it.
private struct ScheduleShape {
  let name: ScheduleName
  let half: Int
  let total: Int
  let growth: Double
  let gamma: Double
  let anneal: Anneal

  /// Returns the schedule between a lower and an upper number.
  ///
  /// - Source: of step decay, He et al., *Deep Residual Learning for Image Recognition* (2016), section
  ///   4.2: divided by ten at 32,000 and 48,000 of 64,000 updates.
  func schedule(from: Double, to: Double, ending: Double) -> AnySchedule {
    switch name {
    case .constant: AnySchedule(Constant(to))
    case .stepDecay:
      AnySchedule(
        MultiStepDecay(initial: to, factor: 0.1, milestones: [total / 2, total - total / 4]))
    case .cosine: AnySchedule(CosineDecay(from: to, steps: total))
    case .cosineRestarts:
      AnySchedule(
        CosineRestarts(
          to: to, floor: from, firstCycle: 2 * min(half, .max / 2), lengthMultiplier: growth))
    case .triangular: AnySchedule(Triangular(from: from, to: to, stepSize: half))
    case .triangular2: AnySchedule(Triangular2(from: from, to: to, stepSize: half))
    case .exponentialRange:
      AnySchedule(ExponentialRange(from: from, to: to, stepSize: half, gamma: gamma))
    case .oneCycle:
      AnySchedule(
        OneCycle(
          from: from, to: to, ending: ending, stepsUp: half, totalSteps: total, anneal: anneal))
    }
  }
}
