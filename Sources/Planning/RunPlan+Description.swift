import Formatting
import Foundation
import Numbers
import Schedules
import Settings
import Tuning

extension RunPlan {
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
    settings.recipeLines + course + warmUpLine + boundLine + stepLine + weightDecayLine + originLines
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

  /// Why repeated cycles rise above the peak that was advised, which is a single one's.
  private var boundLine: [String] {
    guard let range, plan.changes.isEmpty, rangeTest?.isPeakGiven != true,
      let kind = settings.schedule.kind, kind.rises, kind.repeatsCycles,
      let upper = settings.schedule.maxLR, upper > 1.01 * range.oneCycleMax
    else { return [] }
    return ["upper bound \(upper): repeated cycles may rise to up to twice the peak of a single one"]
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
      WeightDecayScale(of: decay, in: plan, budget)?.description(in: budget, hasEnd: !isOpenEnded)
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
}
