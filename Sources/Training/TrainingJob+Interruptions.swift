import Planning
import Runs
import Schedules
import Torch

extension TrainingJob {
  /// The plan by which a run continues that has left its trainer, written to its folder.
  ///
  /// - Throws: `TrainingError.paused` where it does not continue.
  func plan(
    after interruption: TrainingInterruption, of plan: RunPlan, _ report: (RunEvent) throws -> Void
  ) throws -> RunPlan {
    let update = interruption.update
    switch interruption.kind {
    case .pause: throw TrainingError.paused(update: update)
    case .landing(let reason):
      guard let landed = plan.landed(after: update, reason: reason) else { throw TrainingError.paused(update: update) }
      // From here on a process that is killed lands when the run is resumed, at the same update.
      try ProcessGroup.onFirst {
        try landed.write(to: folder)
        try folder.landRequest.remove()
      }
      try report(.landing(landed, update: update))
      return landed
    case .revised(let revised):
      try ProcessGroup.onFirst { try revised.write(to: folder) }
      try report(.revised(revised))
      return revised
    case .diverged(let finding):
      let recovered = try ProcessGroup.broadcastFromFirst {
        try DivergenceRecovery.plan(after: finding, of: plan, in: folder)
      }
      try report(.rolledBack(recovered))
      return recovered
    }
  }
}
