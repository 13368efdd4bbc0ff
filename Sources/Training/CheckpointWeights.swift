import Foundation
import Metrics
import Planning
import Runs
import Settings
import Torch

/// Which of its weights a checkpoint is used by: for an export, an evaluation, a prediction.
public enum CheckpointWeights: Sendable, Hashable {
  /// The weights that training continues from.
  case own
  /// The moving average that `--ema` keeps.
  case movingAverage(decay: Double)
  /// The mean of the weights at the ends of cycles that `--average swa` makes.
  case meanOfCycles

  /// Reads from a checkpoint of a run which they are.
  ///
  /// - Throws: `SafetensorsError`.
  public init(of checkpoint: URL, in settings: ResolvedSettings) throws {
    if try !Checkpoint.holdsAverage(checkpoint) {
      self = .own
    } else if let decay = settings.averageDecay {
      self = .movingAverage(decay: decay)
    } else {
      self = .meanOfCycles
    }
  }
}

extension CheckpointWeights: CustomStringConvertible {
  /// Which weights they are, for display.
  public var description: String {
    switch self {
    case .own: "the model's own weights"
    case .movingAverage(let decay): "the moving average of the weights (--ema \(decay))"
    case .meanOfCycles: "the mean of the weights at the cycles' ends (--average swa)"
    }
  }
}

extension RunFolder {
  /// The checkpoint whose weights, as they are used, had the best metric.
  ///
  /// - Throws: `RunError` for a table that cannot be read or that has no such metric; `TrainingError` where
  ///   no checkpoint that is left was evaluated by it.
  public func bestCheckpoint(by metric: String) throws -> RankedCheckpoint {
    guard
      let best = try bestCheckpoint(
        by: metric, smallerIsBetter: MetricDescription.isSmallerBetter,
        holdsAverage: { try Checkpoint.holdsAverage($0) })
    else {
      throw TrainingError.cannotResume(
        folder: url.relativePath,
        because: "none of its checkpoints has an evaluation with '\(metric)'; choose one with "
          + "--checkpoint")
    }
    return best
  }
}

extension RankedCheckpoint {
  /// By what it was chosen, and a warning where that was by the test images.
  public func description(metric: String) -> String {
    let images = part == .validation ? "validation" : "test"
    let lost =
      better.map {
        " (it had \(String(format: "%.4f", $0.value)) after update \($0.update), of which there is no checkpoint; "
          + "--checkpoint-every keeps more)"
      } ?? ""
    return "best by \(metric): \(String(format: "%.4f", value))\(lost) on the \(images) images"
      + (part == .validation
        ? ""
        : ", which makes their metrics too good; train with --validation 0.1 to "
          + "choose on others")
  }
}
