import Formatting
import Foundation
import Numbers
import Runs
import Schedules
import Settings
import Tuning

/// A run's plan as it was made before the first update: what was typed, found and chosen, together.
public struct RunPlan: Sendable, Hashable, Codable {
  /// The settings with nothing left open.
  public private(set) var settings: ResolvedSettings
  /// What the range test found, if it was asked.
  public let range: LearningRateRange?
  /// How much training there is.
  public private(set) var budget: Budget
  /// Learning rate and momentum at every update.
  public private(set) var plan: Plan
  /// By what the budget was shortened, if this machine was too slow for it.
  public let cut: ShortenedBudget?
  /// The loss of the best constant prediction, where the task knows it.
  public private(set) var baselineLoss: Double?
  /// The key of older files for `baselineLoss`; nil once a plan is read.
  private var constantLoss: Double?
  /// SGD's step at the upper bound; nil for Adam, and in the plans of older runs.
  public let peakStep: Step?
  /// How long its range test was, or why it has none; nil where the rates were typed, and in older runs.
  public let rangeTest: RangeTestLength?
  /// How fast the run trained before its first update, if it is open-ended and lands after some minutes.
  public let pace: MeasuredSpeed?
  /// The step at the peak by the prior for such runs, with Adam the rate; nil in older runs.
  public let priorStep: Double?
  /// From what the peak follows, a line each; nil where it was given.
  public let advice: [String]?
  /// The images on which the model is evaluated while it is trained, where the score is a share of them; nil in older
  /// runs.
  public let evaluationImages: Int?
  /// The images that the model is trained on; nil in older runs.
  public let trainingImages: Int?
  /// Why one cycle or several were chosen, if nobody typed it.
  public let reason: String?
  /// Why the run does not use all of its minutes; nil where it does.
  public let lengthReason: String?

  /// Makes the plan of a run.
  ///
  /// - Throws: `SettingsError` for what does not fit together.
  public init(
    settings: ResolvedSettings, range: LearningRateRange?, budget: Budget,
    cut: ShortenedBudget? = nil,
    baselineLoss: Double? = nil, rangeTest: RangeTestLength? = nil, advice: [String]? = nil,
    pace: MeasuredSpeed? = nil, evaluationImages: Int? = nil, trainingImages: Int? = nil,
    situation: PeakSituation? = nil
  ) throws {
    self.settings = try settings.open.planned(range: range, budget: budget).resolved
    self.cut = cut
    self.advice = advice
    self.evaluationImages = evaluationImages
    self.trainingImages = trainingImages
    priorStep = situation.map { PeakPrior(for: $0).belief.step }
    self.rangeTest = rangeTest
    if let steps = rangeTest?.steps, steps > 0 { self.settings.open.rangeTest.steps = steps }
    self.baselineLoss = baselineLoss
    let isOpenEnded = settings.budget.openEnded
    self.pace = isOpenEnded && settings.budget.minutes != nil ? pace : nil
    reason = settings.choice(in: budget)?.reason
    lengthReason =
      settings.budget.minutes != nil && budget.totalSteps == settings.longestProbe(of: budget)
      ? "a linear probe has learned by then what it will, in less than its minutes; --steps trains longer"
      : Self.reason(forLength: self.settings, in: budget)
    self.range = range
    var budget = budget
    budget.totalSteps =
      isOpenEnded ? Budget.maximumSteps : self.settings.budget.steps ?? budget.totalSteps
    self.budget = budget
    // A part of the run is a number of updates from now on, also where the run is made longer.
    if let freezing = self.settings.freezing {
      try freezing.checkEnd(in: budget, of: self.settings)
      self.settings.open.model.freeze = freezing.rule
      self.settings.open.model.unfreezeAt = freezing.end.map { .steps($0.steps(in: budget)) }
      self.settings.open.model.headFirst = nil
    }
    var plan = try self.settings.plan(in: budget)
    plan.groups = self.settings.groupFactors.mapValues { AnySchedule(Constant($0)) }
    if self.settings.optimizer.name == .adamw {
      if self.settings.open.optimizer.weightDecay == nil {
        self.settings.open.optimizer.weightDecay =
          WeightDecayScale(for: plan, budget, isFineTuning: self.settings.model.weights != nil)?
          .decay
      }
      plan.weightDecay = AnySchedule(Constant(self.settings.optimizer.weightDecay))
    }
    self.plan = plan
    peakStep = self.settings.peakStep
  }

  /// Why a run has fewer updates than were typed; nil where it has as many.
  private static func reason(forLength planned: ResolvedSettings, in budget: Budget) -> String? {
    guard let steps = planned.budget.steps, planned.usesTroughs, steps < budget.totalSteps else { return nil }
    let user = planned.evaluation.average == nil ? "--patience" : "--average"
    return "\(steps) of \(budget.totalSteps) updates, which are whole cycles, since \(user) needs the run to end with "
      + "one"
  }

  /// The troughs from which on peaks or weight decay were lowered, because the run did worse there.
  public private(set) var loweredAt: [Int]?

  /// Returns the same plan, which was lowered at a trough.
  func lowered(at step: Int) -> RunPlan {
    var changed = self
    changed.loweredAt = (loweredAt ?? []) + [step]
    return changed
  }

  /// Returns the same run with another plan, and perhaps another length or other settings.
  func replaced(
    by plan: Plan, totalSteps: Int? = nil, settings: ResolvedSettings? = nil
  ) -> RunPlan {
    var changed = self
    changed.settings = settings ?? self.settings
    changed.plan = plan
    changed.budget.totalSteps = totalSteps ?? budget.totalSteps
    return changed
  }

  /// Returns the plan with which a run that diverged continues from a trough, its upper bound lowered; nil
  /// where no rate was above the new bound.
  public func rolledBack(
    to step: Int, after update: Int, max: Double, reason: String
  ) -> RunPlan? {
    plan.rolledBack(to: step, after: update, max: roundedRate(max), reason: reason)
      .map { replaced(by: $0) }
  }

  /// What is worth knowing before the first update.
  public var findings: [PlanFinding] {
    let findings = shortenedRise + changedCoolDown + plan.findings(in: budget) + idlePatience
    // Cycles that Rondo chose are explained by their reason.
    return reason == nil ? findings : findings.filter { !$0.isAboutLengths }
  }

  /// Whether one cycle rises for less than was asked for, since the run is too short.
  private var shortenedRise: [PlanFinding] {
    guard settings.schedule.kind?.isSingleCycle == true, let cycle = plan.learningRate.cyclic,
      let asked = settings.schedule.stepSize?.steps(in: budget), asked > cycle.stepsUp
    else { return [] }
    return [.riseShortened(asked: asked, rise: cycle.stepsUp, totalSteps: budget.totalSteps)]
  }

  /// Whether the rate falls at the end for another number of updates than was asked for.
  private var changedCoolDown: [PlanFinding] {
    guard let schedule = plan.learningRate.schedule as? WarmupStableDecay, !schedule.isOpenEnded, plan.changes.isEmpty
    else { return [] }
    let asked = settings.schedule.cooldown * Double(budget.totalSteps)
    guard abs(Double(schedule.coolDown) - asked) >= 1 else { return [] }
    return [.coolDownChanged(asked: asked, takes: schedule.coolDown, totalSteps: budget.totalSteps)]
  }

  /// Whether the run has too few cycles for its patience to stop it.
  private var idlePatience: [PlanFinding] {
    guard let patience = settings.evaluation.patience, !settings.budget.openEnded else { return [] }
    let cycles = plan.troughs(upTo: budget.totalSteps).count
    return cycles > patience + 1 ? [] : [.patienceNeverOver(patience: patience, cycles: cycles)]
  }

  /// The plan's cycle, unless the rate is constant.
  public var cycle: (any CyclicSchedule)? { plan.learningRate.cyclic }

  /// What was found and chosen, as flags that can be pasted back.
  public var flags: String {
    let length =
      settings.budget.openEnded
      ? ["open-ended", "minutes"] : [settings.budget.steps == nil ? "epochs" : "steps"]
    let keys =
      [
        "schedule", "warmup", "cooldown", "base-lr", "max-lr", "step-size", "t-mult", "gamma",
        "anneal", "final-div-factor", "base-momentum", "max-momentum", "optimizer",
      ] + length + [
        "batch-size", "precision", "evaluate-every", "accumulate", "validation", "patience",
        "patience-on", "average", "groups",
      ] + (plan.weightDecay == nil ? [] : ["weight-decay"])
      + (settings.model.recipe == .fineTuning ? ResolvedSettings.keysOfFineTuning : [])
    // What has no effect is refused where it is typed.
    let unused = Set(settings.open.unused(of: settings.open).map(\.key))
    return settings.open.flags(keys.filter { !unused.contains($0) }).joined(separator: " ")
  }

  /// The plan in words: bounds, lengths of rise and fall, cycles, budget, groups.
  public var lines: [String] {
    settings.recipeLines + course + warmUpLine + stepLine + weightDecayLine + originLines
      + settings.optimizer.groups.map(\.line) + (evaluationLine.map { [$0] } ?? [])
      + (settings.freezingLine.map { [$0] } ?? [])
      + plan.changes.map(\.description)
  }

  /// From what the plan followed when it was made; of one that was changed these numbers are not the run's any more.
  private var originLines: [String] {
    let lines =
      (advice ?? []) + rangeTestLine + (cut.map { [$0.description] } ?? [])
      + (lengthReason.map { [$0] } ?? [])
      + (reason.map { ["\(settings.schedule.kind?.name ?? ""), since \($0)"] } ?? [])
    return plan.changes.isEmpty ? lines : lines.map { "when it was planned: " + $0 }
  }

  /// The step with which the run was planned, as long as its bounds are those.
  private var stepLine: [String] {
    guard let peakStep, plan.changes.isEmpty else { return [] }
    return ["\(peakStep) at the upper bound (how far an update moves the weights)"]
  }

  /// What AdamW's weight decay comes to.
  private var weightDecayLine: [String] {
    guard let decay = plan.weightDecay?.value(at: 0) else { return [] }
    return [
      WeightDecayScale(of: decay, in: plan, budget)?.description(in: budget)
        ?? "weight decay \(decay)"
    ]
  }

  /// Why there was no range test.
  private var rangeTestLine: [String] {
    rangeTest.flatMap { $0.steps == 0 ? ["\($0)"] : nil } ?? []
  }

  /// The updates of the warm-up, or 0.
  var warmUp: Int { settings.schedule.warmup?.steps(in: budget) ?? 0 }

  private var warmUpLine: [String] {
    guard warmUp > 0 else { return [] }
    return ["after a warm-up from 0 of \(Self.updates(warmUp)) (\(inEpochs(warmUp)))"]
  }

  private func inEpochs(_ updates: Int) -> String { quantity(epochCount(updates), "epoch") }

  private func epochCount(_ updates: Int) -> String {
    String(format: "%.3g", Double(updates) / Double(budget.stepsPerEpoch))
  }

  private var evaluationLine: String? {
    let epochs = settings.evaluation.evaluateEvery
    return epochs > 1 ? "evaluated every \(epochs) epochs, after each cycle and at the end" : nil
  }

  private var course: [String] {
    let epochs = String(format: "%.3g", budget.epochs)
    let length = "\(Self.updates(budget.totalSteps)) \(images) (\(quantity(epochs, "epoch")))"
    if settings.budget.openEnded { return openEndedCourse(images, over: length) }
    guard let cycle = plan.learningRate.afterWarmUp.cyclic else {
      return courseOfSeveral(over: length)
    }
    if let restarts = cycle as? CosineRestarts {
      let ends = plan.troughs(upTo: budget.totalSteps)
      let last = ends.last.map { $0 - (ends.dropLast().last ?? warmUp) } ?? restarts.firstCycle
      let growth = last > restarts.firstCycle ? ", the last \(last) (\(epochCount(last)))" : ""
      return [
        "learning rate from \(cycle.peak) down to \(cycle.trough), repeated",
        "cycle \(restarts.firstCycle) updates (\(inEpochs(restarts.firstCycle)))\(growth), "
          + "\(ends.count) \(ends.count == 1 ? "cycle" : "cycles")",
        "over \(length)",
      ]
    }
    guard cycle.stepsUp > 0 else {
      let last = roundedRate(plan.learningRate.value(at: budget.totalSteps - 1))
      return [
        "learning rate from \(cycle.peak)"
          + (budget.totalSteps > 1 ? " down to \(last), too few updates to rise" : ""),
        "over \(length)",
      ]
    }
    let cycles = Double(budget.totalSteps) / Double(cycle.stepsPerCycle)
    let count =
      cycles == cycles.rounded() ? "\(Int(clamping: cycles))" : String(format: "%.2f", cycles)
    return [
      "learning rate from \(cycle.trough) to \(cycle.peak)",
      "\(halves(of: cycle)), \(count) \(cycles == 1 ? "cycle" : "cycles")",
      "over \(length)",
    ]
  }

  /// How long the rate rises and falls in a cycle: one number where both take as long in cycles that repeat.
  private func halves(of cycle: any CyclicSchedule) -> String {
    let (up, down) = (cycle.stepsUp, cycle.stepsPerCycle - cycle.stepsUp)
    let rise = "\(Self.updates(up)) (\(inEpochs(up)))"
    if settings.schedule.kind?.isSingleCycle != true, up == down { return "half-cycle " + rise }
    return "rise of \(rise), fall of \(down) (\(epochCount(down)))"
  }

  /// What an update takes, in words.
  private var images: String {
    let batches = settings.budget.accumulate
    let parts = batches > 1 ? " in \(batches) batches" : ""
    let last = budget.lastUpdateSize.map { ", the last of an epoch of \($0)" } ?? ""
    return "of \(quantity(budget.batchSize, "image"))\(parts)\(last)"
  }

  static func updates(_ count: Int) -> String { quantity(count, "update") }

  /// The words for a rate that is constant, or made of several schedules.
  private func courseOfSeveral(over length: String) -> [String] {
    if settings.schedule.kind?.hasCycles == false {
      let begun = plan.learningRate.value(at: warmUp)
      let first = plan.changes.isEmpty ? begun : roundedRate(begun)
      let last = roundedRate(plan.learningRate.value(at: budget.totalSteps - 1))
      return roundedRate(begun) == last
        ? ["constant learning rate \(first) over \(length)"]
        : [
          "learning rate from \(first) down to \(last) by \(settings.schedule.kind?.name ?? "") over \(length)"
        ]
    }
    let step = max(1, budget.totalSteps / 10_000)
    let rates = stride(from: 0, to: budget.totalSteps, by: step).map(plan.learningRate.value)
    let cycles = plan.troughs(upTo: budget.totalSteps).count
    return [
      "learning rate from \(roundedRate(rates.min() ?? 0)) to \(roundedRate(rates.max() ?? 0))",
      "\(cycles) \(cycles == 1 ? "cycle" : "cycles"), changed during the run", "over \(length)",
    ]
  }

  /// What introduces `flags`: those of a changed plan give the plan as it began.
  public var flagsTitle: String {
    plan.changes.isEmpty ? "as flags" : "as flags, before it was changed"
  }

  /// What introduces the command that trains the run again: that of a changed plan trains it as it began.
  public var repeatingTitle: String {
    plan.changes.isEmpty ? "to repeat the run" : "to repeat the run as it began, before it was changed"
  }

  // MARK: On disk

  /// Reads the plan of a run that has made one; nil if it has not got so far.
  public static func read(from folder: RunFolder) throws -> RunPlan? {
    let found: RunPlan? = try RecordFile.read(
      folder.plan,
      remedy: "put back a copy of it (one of another version cannot be read), or begin a new run",
      fault: { $0.fault })
    guard var plan = found else { return nil }
    plan.baselineLoss = plan.baselineLoss ?? plan.constantLoss
    plan.constantLoss = nil
    return plan
  }

  /// Writes the plan, and before it the settings with what was found: of these alone the same plan is made again.
  public func write(to folder: RunFolder) throws {
    var written = settings
    if FileManager.default.fileExists(atPath: folder.configuration.path) {
      // What may change was changed there, and not in the plan.
      let begun = try RunSettings.read(from: folder.configuration.path)
      written.open = begun.changeable.filled(from: settings.open)
    }
    try ConfigurationFile.write(written, to: folder.configuration)
    try RecordFile.write(self, to: folder.plan)
  }
}
