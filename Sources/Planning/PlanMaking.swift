import Numbers
import Schedules
import Tuning

extension RunSettings {
  /// Returns these settings with everything filled in that a plan needs: typed values stay, the
  /// range test and the planner give the rest.
  ///
  /// - Parameter range: what the range test found, if it was asked.
  func planned(range: LearningRateRange?, budget: Budget) throws -> RunSettings {
    var planned = self
    let choice = cycles(in: budget)
    // What the minutes hold was measured once; that is the budget from now on.
    if needsPace {
      planned.steps = budget.totalSteps
      planned.maxMinutes = nil
    }
    if schedule == nil {
      let repeated = average == nil ? ScheduleName.triangular2 : .triangular
      planned.schedule =
        stepSize == nil && choice.kind == .oneCycle
        ? ScheduleName.oneCycle.rawValue : repeated.rawValue
    }
    if let range { planned.fillRates(from: range) }
    guard planned.scheduleName?.hasCycles ?? true else { return planned }
    if planned.scheduleName == .oneCycle {
      planned.stepSize =
        stepSize
        ?? "\(max(1, Int(clamping: (CyclePlanner.peakShare * Double(budget.totalSteps)).rounded())))"
      planned.anneal = anneal ?? Anneal.linear.rawValue
      planned.finalDivFactor = finalDivFactor ?? 100
    } else if stepSize == nil {
      // Whole cycles: half of the budget's share of each, as the planner cuts it.
      let half = choice.kind == .oneCycle ? budget.totalSteps / 2 : choice.stepSize
      planned.stepSize = "\(max(1, planned.growingHalfCycle(in: budget) ?? half))"
      // Nobody asked for exactly so many updates, and a run that ends in a trough is worth more.
      if self.steps == nil {
        let ends = try planned.plan(in: budget).troughs(upTo: budget.totalSteps)
        planned.steps = ends.last ?? budget.totalSteps
      }
    }
    if let base = planned.baseLR, let max = planned.maxLR, base >= max {
      throw SettingsError.boundsCrossed(base: base, max: max)
    }
    return planned
  }

  /// Half of the first of three restarted cycles, each longer than the last, which fill the budget; nil
  /// where cycles do not grow.
  private func growingHalfCycle(in budget: Budget) -> Int? {
    guard scheduleName == .cosineRestarts, let tMult, tMult > 1 else { return nil }
    return Int(clamping: Double(budget.totalSteps) / (2 * (1 + tMult + tMult * tMult)))
  }

  /// The cycles that the planner chooses; nil where the schedule or its half-cycle was typed.
  func choice(in budget: Budget) -> CycleChoice? {
    schedule == nil && stepSize == nil ? cycles(in: budget) : nil
  }

  /// The cycles that suit a budget; several in any case where something is made of their ends.
  public func cycles(in budget: Budget) -> CycleChoice {
    CyclePlanner().choose(
      totalSteps: budget.totalSteps, stepsPerEpoch: budget.stepsPerEpoch,
      mustRepeat: needsCycles)
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
    let falls = [.oneCycle, .stepDecay, .cosine, .cosineRestarts].contains(scheduleName)
    let peak = falls ? range.oneCycleMax : range.max
    let base = min(range.base, peak / 4)
    let (typedBase, typedMax) = (baseLR, maxLR)
    maxLR = typedMax ?? roundedRate(typedBase.map { max(peak, 4 * $0) } ?? peak)
    guard scheduleName?.rises ?? true else { return }
    baseLR = typedBase ?? roundedRate(typedMax.map { $0 * base / peak } ?? base)
  }

  /// Returns the plan that fully planned settings describe.
  ///
  /// - Throws: `SettingsError` for what is missing or cannot be read.
  public func plan(in budget: Budget) throws -> Plan {
    guard let name = scheduleName else {
      throw SettingsError.missing(key: "schedule", because: "no schedule was chosen")
    }
    guard let peak = maxLR else {
      throw SettingsError.missing(key: "max-lr", because: "no range test was made")
    }
    if name.rises, baseLR == nil {
      throw SettingsError.missing(key: "base-lr", because: "no range test was made")
    }
    let base = baseLR ?? 0
    let shape = ScheduleShape(
      name: name, half: name.hasCycles ? try halfCycle(in: budget) : 0, total: budget.totalSteps,
      growth: tMult ?? 1, gamma: gamma ?? 0.9999,
      anneal: anneal.flatMap(Anneal.init(rawValue:)) ?? .linear)
    let momentum =
      name.rises
      ? momentumBounds.map { shape.schedule(from: $0.high, to: $0.low, ending: $0.high) }
      : maxMomentum.map { AnySchedule(Constant($0)) }
    return Plan(
      learningRate: shape.schedule(from: base, to: peak, ending: base / (finalDivFactor ?? 100)),
      momentum: momentum)
  }

  private var momentumBounds: (low: Double, high: Double)? {
    guard let high = maxMomentum ?? baseMomentum else { return nil }
    return (baseMomentum ?? high, high)
  }

  private func halfCycle(in budget: Budget) throws -> Int {
    guard let text = stepSize else {
      throw SettingsError.missing(key: "step-size", because: "no cycle was planned")
    }
    guard let time = Time(text), time.steps(in: budget) > 0 else {
      throw SettingsError.outOfRange(
        key: "step-size", value: text, allowed: Self.timeForms)
    }
    return time.steps(in: budget)
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
