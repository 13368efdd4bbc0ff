import Metrics
import Tuning

/// Follows a run while it is trained: writes it down, shows it, ends it early or rolls it back.
///
/// The loop asks its observers in their order, on its own thread. Each method has a default that does
/// nothing and lets the run proceed, so an observer implements those that it needs:
///
///     final class Target: TrainingObserver {
///       func didEvaluate(_ record: EvaluationRecord) -> TrainingDecision {
///         record["accuracy"] ?? 0 > 0.95 ? .stop(reason: "the accuracy is above 0.95") : .proceed
///       }
///     }
public protocol TrainingObserver: AnyObject {
  /// Whether it gets events in each of several processes; all else is asked of process 0's observers alone.
  var isOfEveryProcess: Bool { get }

  /// Something happened that asks for no decision, from the range test to the last checkpoint.
  func didReport(_ event: RunEvent) throws

  /// Training is about to begin, or to continue after a checkpoint.
  ///
  /// - Parameter update: the updates that were applied before; a row of a later update that an observer
  ///   has written is of updates that will be made again.
  func willTrain(after update: Int) throws -> TrainingDecision

  /// An update was applied and its loss was read back: at once on a CPU, up to 16 updates later on a GPU.
  func didUpdate(_ record: UpdateRecord) throws -> TrainingDecision

  /// The model was evaluated, and what the run averages, if it averages anything.
  func didEvaluate(_ record: EvaluationRecord) throws -> TrainingDecision

  /// A parameter is NaN or infinite though the losses were finite; `.proceed` fails the run.
  func didFindNonFiniteParameters(learningRate: Double) throws -> TrainingDecision

  /// A checkpoint is about to be written: what an observer holds back of earlier updates goes to the disk,
  /// so that a checkpoint never knows more than the files beside it.
  func willCheckpoint(after update: Int) throws

  /// Training ends: by its plan, by a decision, or because a loss or a parameter is not finite.
  func willEnd() throws

  /// The run is over, and its summary is written.
  func didFinish(_ summary: RunSummary) throws
}

extension TrainingObserver {
  /// False by default.
  public var isOfEveryProcess: Bool { false }
  /// Does nothing by default.
  public func didReport(_ event: RunEvent) throws {}
  /// Returns `.proceed` by default.
  public func willTrain(after update: Int) throws -> TrainingDecision { .proceed }
  /// Returns `.proceed` by default.
  public func didUpdate(_ record: UpdateRecord) throws -> TrainingDecision { .proceed }
  /// Returns `.proceed` by default.
  public func didEvaluate(_ record: EvaluationRecord) throws -> TrainingDecision { .proceed }
  /// Leaves the run to fail.
  public func didFindNonFiniteParameters(learningRate: Double) throws -> TrainingDecision {
    .proceed
  }
  /// Does nothing by default.
  public func willCheckpoint(after update: Int) throws {}
  /// Does nothing by default.
  public func willEnd() throws {}
  /// Does nothing by default.
  public func didFinish(_ summary: RunSummary) throws {}
}

/// What an observer returns.
///
/// Of several decisions a roll-back counts first, then what ends the run, then a pause; of several of a kind the first.
public enum TrainingDecision: Sendable, Hashable {
  /// The run continues.
  case proceed
  /// The run continues, and these findings are reported.
  case warn([CurveFinding])
  /// The run continues, and this sentence is reported.
  case note(String)
  /// The run ends after this update: it is evaluated, saved, and counts as complete.
  case stop(reason: String)
  /// An open-ended run cools down from here on, and ends; any other goes on.
  case land(reason: String)
  /// The run is saved as it stands after this update and left: it is to be resumed.
  case pause
  /// The run goes on by another plan, once this trough is saved; and these findings are reported.
  case revise(RunPlan, [CurveFinding])
  /// The run goes back to a checkpoint from before the finding, and on with a lower upper bound.
  case rollBack(CurveFinding)
}
