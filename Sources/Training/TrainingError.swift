import Formatting
import Foundation
import Planning
import Settings
import Torch
import Tuning

/// What can stop a run whose settings are valid.
public enum TrainingError: Error, Equatable {
  /// The loss was not a number, or infinite, at this update; the rate of the update before, whose doing it is, and
  /// a bound that may be low enough.
  case nonFiniteLoss(
    update: Int, learningRate: Double, loss: Double, upperBound: Double, lastCheckpoint: String?)
  /// The loss was not a number, or infinite, at this update, and that was not its rate's doing.
  case brokenLoss(update: Int, loss: Double, fault: NonFiniteLossCause, lastCheckpoint: String?)
  /// The weights with which a run was to begin are no finite numbers; the file that they are from, if any.
  case weightsNotFinite(file: String?)
  /// The batch source ended before the run did.
  case ranOutOfBatches(update: Int)
  /// A checkpoint that does not belong to this model: what it has and lacks.
  case checkpointMismatch(file: String, missing: [String], extra: [String], misshapen: [String])
  /// A file of weights, such as an exported model, in a checkpoint's place.
  case weightsAlone(file: String)
  /// A checkpoint of another model than its run's settings name.
  case otherModel(file: String, model: String, settings: String)
  /// A checkpoint that lacks what a run needs to continue.
  case checkpointIncomplete(file: String, lacks: String)
  /// A checkpoint that is damaged, beside others of its run: the newest of them that is whole, if any.
  case brokenCheckpoint(file: String, reason: String, whole: String?, isNewest: Bool)
  /// The range test did not say at which rates the model trains.
  case noReliableRange(String)
  /// Every rehearsal diverged; the lowest of their peaks, as a rate.
  case everyRehearsalLost(lowest: Double)
  /// There is nothing from which the run could continue.
  case cannotResume(folder: String, because: String)
  /// The gradients overflowed in float16, however little the loss was scaled.
  case gradientsOverflow(update: Int)
  /// The parameters were not finite when a checkpoint was due, though the loss still was; the highest rate since they
  /// were, and a bound that may be low enough.
  case nonFiniteParameters(
    update: Int, learningRate: Double, upperBound: Double, lastCheckpoint: String?)
  /// The last evaluation's loss was not finite, though the parameters were; the highest rate since the last checkpoint,
  /// and a bound that may be low enough.
  case nonFinitePredictions(
    update: Int, learningRate: Double, upperBound: Double, lastCheckpoint: String?)
  /// The run was left as an observer wished, after this update, whose checkpoint is there.
  case paused(update: Int)
  /// The run diverged although it had been rolled back so often.
  case divergedAgain(update: Int, rollbacks: Int, upperBound: Double)
  /// The run diverged and cannot be rolled back.
  case cannotRollBack(update: Int, upperBound: Double, because: String)
}

extension TrainingError {
  /// Stops one process that is asked to pause where there is nothing to be saved; several wait for one another.
  public static func throwIfPaused() throws {
    if ProcessGroup.current == nil, ProcessGroup.hasPauseRequest { throw paused(update: 0) }
  }
}

extension TrainingError {
  /// Returns the error with another bound in place of the one that may be low enough.
  func bounded(_ change: (Double) -> Double) -> TrainingError {
    switch self {
    case .nonFiniteLoss(let update, let rate, let loss, let bound, let last):
      .nonFiniteLoss(
        update: update, learningRate: rate, loss: loss, upperBound: change(bound), lastCheckpoint: last)
    case .nonFiniteParameters(let update, let rate, let bound, let last):
      .nonFiniteParameters(
        update: update, learningRate: rate, upperBound: change(bound), lastCheckpoint: last)
    case .nonFinitePredictions(let update, let rate, let bound, let last):
      .nonFinitePredictions(
        update: update, learningRate: rate, upperBound: change(bound), lastCheckpoint: last)
    default: self
    }
  }
}

extension TrainingError: DescribedError {
  /// One sentence: what, where, and what to do.
  public var description: String {
    switch self {
    case .nonFiniteLoss(let update, let learningRate, let loss, let bound, let last):
      // The sign of what is NaN says nothing.
      "The loss became \(loss.isNaN ? .nan : loss) at update \(update), "
        + (update > 1 ? "after an update" : "the first,") + " at learning rate \(roundedRate(learningRate)). "
        + Self.advice(bound, last)
    case .brokenLoss(let update, let loss, let fault, let last):
      "The loss became \(loss.isNaN ? .nan : loss) at update \(update), and the learning rate is not the "
        + "cause: \(fault)" + (last.map { "; the last good checkpoint is \($0)." } ?? ".")
    case .weightsNotFinite(let file):
      "The initial weights are NaN or infinite; "
        + (file.map { "\($0) is damaged: use another file (--weights), or leave it out." }
          ?? "report this with the settings.")
    case .nonFiniteParameters(let update, let learningRate, let bound, let last):
      "The parameters became infinite at update \(update), after updates at learning rates up to \(roundedRate(learningRate)). "
        + Self.advice(bound, last)
    case .nonFinitePredictions(let update, let learningRate, let bound, let last):
      "The model predicts NaN or infinite values at the run's end after update \(update), after updates at learning "
        + "rates up to \(roundedRate(learningRate)). " + Self.advice(bound, last)
    case .gradientsOverflow(let update):
      "The gradients of update \(update) overflow float16 at every loss scale. Lower "
        + "the upper bound (--max-lr), or train in bfloat16 (--precision)."
    case .paused(let update):
      "The run was stopped after update \(update), whose checkpoint is kept; --resume continues it."
    case .divergedAgain(let update, let rollbacks, let bound):
      "The run diverged again at update \(update), after it was rolled back \(rollbacks) times and its "
        + "upper bound lowered each time; check the data and the loss, or start again with --max-lr "
        + "\(roundedRate(bound)) or lower."
    case .cannotRollBack(let update, let bound, let because):
      "The run diverged at update \(update) and cannot be rolled back: \(because); start again with "
        + "--max-lr \(roundedRate(bound))."
    case .ranOutOfBatches(let update):
      "The data gave no batch for update \(update); a training stream must not end."
    case .checkpointMismatch(let file, let missing, let extra, let misshapen):
      "\(file) belongs to another model"
        + Self.list("; it lacks ", missing) + Self.list("; it has the additional ", extra)
        + Self.list("; these have other shapes: ", misshapen)
        + ". Use the model that wrote it, or another checkpoint."
    case .weightsAlone(let file):
      "\(file) is no checkpoint: it has weights alone, as an exported model has. Name a file in the run's checkpoints "
        + "folder; to begin another run with these weights, give them to rondo train --weights."
    case .otherModel(let file, let model, let settings):
      "\(file) is of the model \(model), but its run's config.yaml names \(settings); put the run's own "
        + "config.yaml back, or name another checkpoint."
    case .checkpointIncomplete(let file, let lacks):
      "\(file) is not a complete checkpoint: it lacks \(lacks). Use one written by rondo train."
    case .brokenCheckpoint(let file, let reason, let whole, let isNewest):
      "\(file) cannot be used: \(reason). "
        + Self.remedy(file, whole: whole, isNewest: isNewest)
    case .noReliableRange(let reason):
      "The range test found no reliable range: \(reason). Test other rates (--range-test-min-lr, "
        + "--range-test-max-lr, --range-test-steps), or give --base-lr and --max-lr to train anyway."
    case .everyRehearsalLost(let lowest):
      "Every rehearsal diverged, the lowest at a peak of \(roundedRate(lowest)). Give a lower --max-lr, "
        + "\(roundedRate(lowest / 10)) for instance, or look at the data."
    case .cannotResume(let folder, let because):
      "\(folder) cannot be used: \(because)."
    }
  }

  private static func advice(_ bound: Double, _ lastCheckpoint: String?) -> String {
    "Lower the upper bound, to \(roundedRate(bound)) for instance (--max-lr), or have --watch act do it"
      + (lastCheckpoint.map { "; the last good checkpoint is \($0)." }
        ?? "; no checkpoint was written yet.")
  }

  private static func remedy(_ file: String, whole: String?, isNewest: Bool) -> String {
    guard let whole else {
      return "No other checkpoint of the run is complete; use another copy, or train again."
    }
    return isNewest
      ? "\(whole) is complete: continue from there by removing the broken file (rm '\(file)'), or use it as it is by "
        + "--checkpoint \(whole)."
      : "\(whole) is complete: name it instead."
  }

  private static func list(_ opening: String, _ names: [String]) -> String {
    guard !names.isEmpty else { return "" }
    let shown = names.prefix(4).joined(separator: ", ")
    return opening + shown + (names.count > 4 ? " and \(names.count - 4) more" : "")
  }
}
