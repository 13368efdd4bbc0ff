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
    if needsPace { planned.steps = budget.totalSteps }
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
        stepSize ?? "\(max(1, Int((CyclePlanner.peakShare * Double(budget.totalSteps)).rounded())))"
      planned.anneal = anneal ?? Anneal.linear.rawValue
      planned.finalDivFactor = finalDivFactor ?? 100
    } else if stepSize == nil {
      // Whole cycles: half of the budget's share of each, as the planner cuts it.
      let steps = choice.kind == .oneCycle ? budget.totalSteps / 2 : choice.stepSize
      planned.stepSize = "\(max(1, steps))"
      // Nobody asked for exactly so many updates, and a run that ends in a trough is worth more.
      if self.steps == nil { planned.steps = max(1, budget.totalSteps / (2 * steps)) * 2 * steps }
    }
    if let base = planned.baseLR, let max = planned.maxLR, base >= max {
      throw SettingsError.boundsCrossed(base: base, max: max)
    }
    return planned
  }

  /// The cycles that the planner chooses; nil where the schedule or its half-cycle was typed.
  func choice(in budget: Budget) -> CycleChoice? {
    schedule == nil && stepSize == nil ? cycles(in: budget) : nil
  }

  /// The cycles that suit the budget: several where something is made of their ends.
  private func cycles(in budget: Budget) -> CycleChoice {
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
    // A rate that comes once and then falls may be as high as a single cycle's peak.
    let fallsOnce = [.oneCycle, .stepDecay, .cosine].contains(scheduleName)
    let peak = fallsOnce ? range.oneCycleMax : range.max
    let base = min(range.base, peak / 4)
    let (typedBase, typedMax) = (baseLR, maxLR)
    maxLR = typedMax ?? roundedRate(typedBase.map { max(peak, 4 * $0) } ?? peak)
    guard scheduleName?.hasCycles ?? true else { return }
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
    guard name.hasCycles else {
      return Plan(
        learningRate: name.fall(from: peak, over: budget.totalSteps),
        momentum: maxMomentum.map { AnySchedule(Constant($0)) })
    }
    guard let base = baseLR else {
      throw SettingsError.missing(key: "base-lr", because: "no range test was made")
    }
    let half = try halfCycle(in: budget)
    let shape = CycleShape(
      name: name, half: half, total: budget.totalSteps,
      gamma: gamma ?? 0.9999,
      anneal: anneal.flatMap(Anneal.init(rawValue:)) ?? .linear)
    let momentum = momentumBounds.map { bounds in
      shape.schedule(from: bounds.high, to: bounds.low, ending: bounds.high)
    }
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
private struct CycleShape {
  let name: ScheduleName
  let half: Int
  let total: Int
  let gamma: Double
  let anneal: Anneal

  func schedule(from: Double, to: Double, ending: Double) -> AnySchedule {
    switch name {
    case .constant, .stepDecay, .cosine: name.fall(from: to, over: total)
    case .triangular:
      AnySchedule(Triangular(from: from, to: to, stepSize: half))
    case .triangular2:
      AnySchedule(Triangular2(from: from, to: to, stepSize: half))
    case .exponentialRange:
      AnySchedule(
        ExponentialRange(
          from: from, to: to, stepSize: half, gamma: gamma))
    case .oneCycle:
      AnySchedule(
        OneCycle(
          from: from, to: to, ending: ending, stepsUp: half, totalSteps: total, anneal: anneal))
    }
  }
}

extension ScheduleName {
  /// The rate that begins at its highest: as it stays, or as it falls over so many updates.
  ///
  /// - Source: of the steps, He et al., *Deep Residual Learning for Image Recognition* (2016), section
  ///   4.2: divided by ten at 32,000 and 48,000 of 64,000 updates.
  fileprivate func fall(from peak: Double, over steps: Int) -> AnySchedule {
    switch self {
    case .stepDecay:
      AnySchedule(
        MultiStepDecay(initial: peak, factor: 0.1, milestones: [steps / 2, steps - steps / 4]))
    case .cosine: AnySchedule(CosineDecay(from: peak, steps: steps))
    default: AnySchedule(Constant(peak))
    }
  }
}
