import Foundation
import Runs

/// Has an open-ended run land when another process asks for it, or when its minutes are used up.
public final class LandingWatch: TrainingObserver {
  private let plan: RunPlan
  private let folder: RunFolder
  private var looked = -Double.infinity

  /// Creates the watch of a run; nil for one that has an end.
  public init?(_ plan: RunPlan, in folder: RunFolder) {
    guard plan.isOpenEnded else { return nil }
    self.plan = plan
    self.folder = folder
  }

  /// Has a run land at once that was asked to while it was not trained.
  public func willTrain(after update: Int) -> TrainingDecision { request }

  /// Looks for a request ten times a second, and at the clock.
  public func didUpdate(_ record: UpdateRecord) -> TrainingDecision {
    if let minutes = plan.settings.budget.minutes, let pace = plan.pace,
      secondsAtEnd(after: record, pace) >= 60 * minutes
    {
      return .land(reason: String(format: "the end of %.3g minutes", minutes))
    }
    guard record.seconds - looked >= 0.1 else { return .proceed }
    looked = record.seconds
    return request
  }

  private var request: TrainingDecision {
    folder.landRequest.exists ? .land(reason: "rondo land") : .proceed
  }

  /// The seconds that the run has taken, range test included, when it has landed; it is asked to after this
  /// update, and is then as fast as it was until now.
  ///
  /// A twentieth of what is to come is kept in hand, as in `MeasuredSpeed.updates`.
  private func secondsAtEnd(after record: UpdateRecord, _ pace: MeasuredSpeed) -> Double {
    let perUpdate = record.seconds / Double(record.update)
    let updates = 1 + plan.updatesToLand(after: record.update)
    let left = Double(updates) * perUpdate + pace.secondsPerEvaluation
    return pace.secondsSpent + record.seconds + left / 0.95
  }
}
