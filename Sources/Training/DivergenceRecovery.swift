import Planning
import Runs
import Tuning

/// Rolls a run that has diverged back to the end of its last good cycle, and lowers its upper bound.
///
/// The order is such that a kill at any moment loses nothing but time. First the rows of the stretch are
/// kept, then its checkpoints go, the newest first, and last the changed plan takes the old one's
/// place. Until then the folder is that of a run which was killed before it diverged: resumed, it
/// diverges at the same update again, and is rolled back in the same way. From then on it is that of a
/// run which was killed there, and continues by the new plan; the rows after it are cut
/// off when `metrics.csv` is opened.
public enum DivergenceRecovery {
  /// How often a run is rolled back: what three lower bounds do not cure is not cured by a fourth.
  public static let maximumRollbacks = 3

  /// Rolls the run back and returns the plan by which it continues.
  ///
  /// - Throws: `TrainingError` if it has been rolled back too often, or cannot be; then nothing is
  ///   changed.
  static func plan(
    after finding: CurveFinding, of plan: RunPlan, in folder: RunFolder
  ) throws -> RunPlan {
    guard case .diverged(let divergence) = finding.fact,
      case .lowerUpperBound(let suggested) = finding.change
    else { return plan }
    let rollbacks = plan.plan.rollbackCount
    guard rollbacks < maximumRollbacks else {
      throw TrainingError.divergedAgain(
        update: divergence.update, rollbacks: rollbacks, upperBound: suggested)
    }
    guard let trough = trough(before: divergence, of: plan, in: folder) else {
      throw TrainingError.cannotRollBack(
        update: divergence.update, upperBound: suggested,
        because: "it has no checkpoint of a trough, nor of its start, from before that")
    }
    // Whatever the curve suggests, the rate must be another than the one that was too high; and where
    // the curve has been believed already, another by far.
    let highest = (trough..<divergence.update).map { plan.plan.learningRate.value(at: $0) }.max()
    let bound = min(suggested, (rollbacks == 0 ? 0.8 : 0.5) * (highest ?? suggested))
    guard bound > 0,
      let next = plan.rolledBack(
        to: trough, after: divergence.update, max: bound, reason: "\(finding.fact)")
    else {
      throw TrainingError.cannotRollBack(
        update: divergence.update, upperBound: suggested,
        because: "its rate was not above that")
    }
    try folder.keepDivergedRows(after: trough, as: rollbacks + 1)
    try folder.removeCheckpoints(after: trough)
    try next.write(to: folder)
    return next
  }

  /// The last trough with a checkpoint before the loss left its level, or the last checkpoint of a run without
  /// cycles' ends whose rate is constant; or the start, if until then there was no progress to keep.
  private static func trough(
    before divergence: Divergence, of plan: RunPlan, in folder: RunFolder
  ) -> Int? {
    let cycles = divergence.hadImproved ? plan.plan.troughs(upTo: plan.budget.totalSteps) : []
    let troughs = Set([0] + cycles)
    let isAnyGood = plan.settings.budget.openEnded && divergence.hadImproved
    return folder.listCheckpoints().map(\.update)
      .last {
        (isAnyGood || troughs.contains($0)) && $0 <= divergence.onset && $0 < divergence.update
      }
  }
}
