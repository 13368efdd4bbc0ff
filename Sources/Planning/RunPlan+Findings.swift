import Schedules
import Settings

extension RunPlan {
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
    guard let patience = settings.evaluation.patience, !settings.budget.openEnded, plan.changes.isEmpty else {
      return []
    }
    let cycles = plan.troughs(upTo: budget.totalSteps).count
    return cycles > patience + 1 ? [] : [.patienceNeverOver(patience: patience, cycles: cycles)]
  }
}
