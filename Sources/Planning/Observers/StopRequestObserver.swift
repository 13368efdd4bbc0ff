import Runs

/// Has a run stop at its next trough, saved, when another process asks for it.
public final class StopRequestObserver: TrainingObserver {
  private let folder: RunFolder
  /// Whether the run was stopped on request.
  public private(set) var hasStopped = false

  /// Creates the watch of a run, and forgets a request that was made of an earlier session of it.
  ///
  /// - Throws: `RunError.cannotWrite`.
  public init(_ folder: RunFolder) throws {
    self.folder = folder
    try folder.stopRequest.remove()
  }

  /// Has a run stop that was asked to, and goes on from the trough by another plan.
  public func willTrain(after update: Int) -> TrainingDecision {
    hasStopped ? .pause : .proceed
  }

  /// Looks for a request at the end of a cycle.
  public func didEvaluate(_ record: EvaluationRecord) throws -> TrainingDecision {
    guard record.endsCycle, !record.endsRun, folder.stopRequest.exists else { return .proceed }
    try folder.stopRequest.remove()
    hasStopped = true
    return .pause
  }
}
