import Datasets
import Foundation
import Metrics
import Planning
import Runs
import Settings
import Torch
import Training
import Vision

/// A run's network as a checkpoint has it, and all that it needs to predict: its classes, and how an
/// image becomes what it sees.
///
/// It predicts as the run is evaluated: by averaged weights, by an ensemble, over mirror images too. The batch
/// norms of a single network are folded with the first batch that it predicts.
public final class TrainedClassifier {
  /// The run and its checkpoint.
  public let run: TrainedRun
  /// How an image becomes what the network sees.
  public let preprocessing: Preprocessing

  let network: any Layer
  let normalization: Normalization
  private let ensemble: Ensemble?
  private let folding = FoldingOnce()

  /// Makes the network of a run's checkpoint.
  ///
  /// - Throws: `TrainingError` where the checkpoint is another model's, or lacks what the run knew;
  ///   `SafetensorsError` where it is damaged.
  public init(_ run: TrainedRun) throws {
    self.run = run
    guard let preprocessing = Preprocessing(metadata: run.metadata) else {
      throw TrainingError.checkpointIncomplete(
        file: run.checkpoint.path,
        lacks:
          "the size and the normalization of its images, of at most 2048x2048 pixels (its size is "
          + "'\(run.metadata["size"] ?? "")')")
    }
    self.preprocessing = preprocessing
    network = try Models.classifiers.entry(named: run.settings.model.name)
      .make(channels: preprocessing.channels, classes: run.classNames.count)
    try run.load(into: network)
    let members = try run.snapshots()
    ensemble = members.isEmpty ? nil : try Ensemble(of: network, members: members)
    normalization = Normalization(
      mean: preprocessing.mean, deviation: preprocessing.deviation, on: run.device)
  }

  /// Returns what the network says of each image of a batch.
  ///
  /// - Throws: `TorchError`; `EvaluationError.notFinite` where the network's predictions are NaN.
  public func predictions(_ batch: ImageBatch) throws -> [ClassPrediction] {
    let shape = [preprocessing.height, preprocessing.width, preprocessing.channels]
    let logits = try checked {
      try withoutGradient {
        let images = normalization.images(batch, shape: shape, on: run.device)
        let flips = run.settings.evaluation.testFlip
        if let ensemble {
          return try network.prediction(to: images, flipping: flips, by: ensemble).readFloats()
        }
        return try folding { network.prediction(to: images, flipping: flips) }.readFloats()
      }
    }
    let classes = run.classNames.count
    return try (0..<batch.count).map { image in
      let prediction = ClassPrediction(logits: logits[(image * classes)..<((image + 1) * classes)])
      guard prediction.isFinite else {
        throw EvaluationError.notFinite(checkpoint: run.checkpoint.path)
      }
      return prediction
    }
  }

  /// Images in a batch, so that the memory stays about the same whatever their size.
  var batchSize: Int {
    evaluationBatchSize(
      height: preprocessing.height, width: preprocessing.width, on: run.device)
  }

  /// Threads that read image files: a network on the same cores leaves room for one.
  var workers: Int { loaderThreads(beside: run.device) }
}
