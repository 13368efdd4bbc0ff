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
    let warmUp = try warmUp(in: budget)
    var cycleBudget = budget
    cycleBudget.totalSteps -= warmUp
    let choice = cycles(in: cycleBudget)
    // What the minutes hold was measured once; that is the budget from now on.
    if needsPace {
      planned.steps = budget.totalSteps
      planned.maxMinutes = nil
    }
    // A part of the run is a number of updates from now on, also where the run is made longer.
    if warmUp > 0 { planned.warmup = "\(warmUp)" }
    if schedule == nil {
      let repeated = average == nil ? Triangular2.name : Triangular.name
      planned.schedule = stepSize == nil && choice.isSingle ? OneCycle.name : repeated
    }
    if let range { planned.fillRates(from: range) }
    if let base = planned.baseLR, let max = planned.maxLR, base >= max,
      planned.scheduleEntry?.usesLowerBound ?? true
    {
      throw SettingsError.boundsCrossed(base: base, max: max)
    }
    guard let entry = planned.scheduleEntry, entry.hasCycles else { return planned }
    if entry.isSingleCycle {
      planned.stepSize =
        stepSize
        ?? "\(max(1, Int(clamping: (CyclePlanner.peakShare * Double(budget.totalSteps)).rounded())))"
      planned.anneal = anneal ?? Anneal.linear.rawValue
      planned.finalDivFactor = finalDivFactor ?? 100
    } else if stepSize == nil {
      // Whole cycles: half of the budget's share of each, as the planner cuts it.
      let half = choice.isSingle ? cycleBudget.totalSteps / 2 : choice.stepSize
      planned.stepSize = "\(max(1, planned.growingHalfCycle(in: cycleBudget) ?? half))"
      // Nobody asked for exactly so many updates, and a run that ends in a trough is worth more.
      if self.steps == nil {
        let ends = try planned.plan(in: budget).troughs(upTo: budget.totalSteps)
        planned.steps = ends.last ?? budget.totalSteps
      }
    }
    return planned
  }

  /// Half of the first of three restarted cycles, each longer than the last, which fill the budget; nil
  /// where cycles do not grow.
  private func growingHalfCycle(in budget: Budget) -> Int? {
    guard schedule == CosineRestarts.name, let tMult, tMult > 1 else { return nil }
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
    let falls = scheduleEntry?.traits.contains(.fallsToZero) ?? false
    let peak = falls ? range.oneCycleMax : range.max
    let base = min(range.base, peak / 4)
    let (typedBase, typedMax) = (baseLR, maxLR)
    maxLR = typedMax ?? roundedRate(typedBase.map { max(peak, 4 * $0) } ?? peak)
    guard scheduleEntry?.rises ?? true else { return }
    baseLR = typedBase ?? roundedRate(typedMax.map { $0 * base / peak } ?? base)
  }

  /// Returns the plan that fully planned settings describe.
  ///
  /// - Throws: `SettingsError` for what is missing or cannot be read.
  public func plan(in budget: Budget) throws -> Plan {
    guard let entry = scheduleEntry else {
      throw SettingsError.missing(key: "schedule", because: "no schedule was chosen")
    }
    guard let peak = maxLR else {
      throw SettingsError.missing(key: "max-lr", because: "no range test was made")
    }
    if entry.rises, baseLR == nil {
      throw SettingsError.missing(key: "base-lr", because: "no range test was made")
    }
    let base = baseLR ?? 0
    let shape = ScheduleShape(
      low: base, high: peak, ending: base / (finalDivFactor ?? 100), total: budget.totalSteps,
      halfCycle: entry.hasCycles ? try halfCycle(in: budget) : 0, warmUp: try warmUp(in: budget),
      growth: tMult ?? 1, gamma: gamma ?? 0.9999,
      anneal: anneal.flatMap(Anneal.init(rawValue:)) ?? .linear)
    let momentum =
      entry.rises
      ? momentumBounds.map { entry.schedule(shape.mirrored(low: $0.low, high: $0.high)) }
      : maxMomentum.map { AnySchedule(Constant($0)) }
    return Plan(learningRate: entry.schedule(shape), momentum: momentum)
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

  /// The updates of the warm-up: those that were typed, or the schedule's own share of the run.
  private func warmUp(in budget: Budget) throws -> Int {
    guard let text = warmup else {
      return Time.fraction(scheduleEntry?.warmUpShare ?? 0).steps(in: budget)
    }
    let steps = Time(text)?.steps(in: budget) ?? 0
    guard steps < budget.totalSteps else {
      throw SettingsError.outOfRange(
        key: "warmup", value: text, allowed: "shorter than the run of \(budget.totalSteps) updates")
    }
    return steps
  }

  /// Checks the warm-up, and that the schedule can have one before it.
  func checkWarmup() throws {
    guard let warmup else { return }
    try check(warmup, key: "warmup", allowed: Self.timeForms) {
      Time($0).map { $0.isAboveZero } ?? false
    }
    guard let schedule else {
      throw SettingsError.missing(
        key: "schedule",
        because: "--warmup goes before a schedule that begins at its upper bound, such as cosine")
    }
    guard scheduleEntry?.rises == true else { return }
    throw SettingsError.outOfRange(
      key: "warmup", value: warmup,
      allowed:
        "left out with --schedule \(schedule), which rises by itself (--step-size says how long)"
    )
  }
}
