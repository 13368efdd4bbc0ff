import Datasets
import Foundation
import Metrics
import Planning
import Runs
import Torch
import Training
import Vision

/// A run's network as a checkpoint has it, and all that it needs to answer: its classes, and how an
/// image becomes what it sees.
///
/// It answers as the run is judged: by averaged weights, by an ensemble, over mirror images too. The batch
/// norms of a single network are folded with the first batch that it answers.
public final class TrainedClassifier {
  /// The run.
  public let folder: RunFolder
  /// The run's settings.
  public let settings: RunSettings
  /// The checkpoint.
  public let checkpoint: URL
  /// The classes' names, in the order of their numbers.
  public let classNames: [String]
  /// How an image becomes what the network sees.
  public let preprocessing: Preprocessing

  private let network: any Layer
  private let normalization: Normalization
  private let device: Device
  private let ensemble: Ensemble?
  private var folding: Folding?

  /// Opens a run's newest checkpoint, or a named one.
  ///
  /// - Parameter device: another device than the run's.
  /// - Throws: `RunError` where there is no run; `TrainingError` where the checkpoint is missing, another
  ///   model's, or lacks what the run knew; `SafetensorsError` where it is damaged.
  public init(run path: String, checkpoint: String? = nil, device: String? = nil) throws {
    folder = try RunFolder.open(path)
    settings = try RunSettings.read(from: folder.configuration.path)
    guard let file = checkpoint.map({ URL(fileURLWithPath: $0) }) ?? folder.newestCheckpoint else {
      throw TrainingError.nothingToResume(folder: path, because: "it has no checkpoint yet")
    }
    self.checkpoint = file
    self.device = try Device(named: device ?? settings.device ?? "cpu")
    Library.start()
    if let threads = settings.threads { Library.threads = threads }

    let metadata = try Safetensors.readMetadata(file)
    guard let classes = metadata["classes"], !classes.isEmpty else {
      throw TrainingError.checkpointIncomplete(file: file.path, lacks: "the names of its classes")
    }
    guard let preprocessing = Preprocessing(metadata: metadata) else {
      throw TrainingError.checkpointIncomplete(
        file: file.path, lacks: "the size and the normalisation of its images")
    }
    classNames = classes.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    self.preprocessing = preprocessing
    network = try ModelName(named: settings.model ?? "")
      .make(channels: preprocessing.channels, classes: classNames.count)
    try Checkpoint.load(into: network, from: file)
    network.useChannelsLast()
    network.move(to: self.device)
    network.setTraining(false)
    let members = checkpoint == nil ? try Self.snapshots(in: folder, settings) : []
    ensemble = members.isEmpty ? nil : try Ensemble(of: network, members: members)
    normalization = Normalization(
      mean: preprocessing.mean, deviation: preprocessing.deviation, on: self.device)
  }

  /// Returns what the network says of each image of a batch.
  ///
  /// - Throws: `TorchError`; `JudgingError.noNumber` where the network's answers are no numbers.
  public func answers(_ batch: ImageBatch) throws -> [ClassAnswer] {
    let shape = [preprocessing.height, preprocessing.width, preprocessing.channels]
    let logits = try checked {
      withoutGradient {
        let images = normalization.images(batch, shape: shape, on: device)
        let flips = settings.testFlip ?? false
        if let ensemble {
          return network.answer(to: images, flipping: flips, by: ensemble).floats()
        }
        guard folding == nil else { return network.answer(to: images, flipping: flips).floats() }
        let (first, folding) = Folding.watching { network.answer(to: images, flipping: flips) }
        self.folding = folding
        return first.floats()
      }
    }
    let classes = classNames.count
    return try (0..<batch.count).map { image in
      let answer = ClassAnswer(logits: logits[(image * classes)..<((image + 1) * classes)])
      guard answer.isFinite else { throw JudgingError.noNumber(checkpoint: checkpoint.path) }
      return answer
    }
  }

  /// The checkpoints that answer together, where the run is judged by an ensemble.
  private static func snapshots(in folder: RunFolder, _ settings: RunSettings) throws -> [URL] {
    guard settings.average == AverageName.snapshots.rawValue,
      let plan = try RunPlan.read(from: folder), let last = folder.listCheckpoints().last
    else { return [] }
    let troughs = plan.plan.troughs(upTo: plan.budget.totalSteps)
    return TroughAverage(.snapshots, troughs: troughs, in: folder).files(after: last.update)
  }

  /// Images in a batch, so that the memory stays about the same whatever their size.
  var batchSize: Int {
    evaluationBatchSize(height: preprocessing.height, width: preprocessing.width)
  }

  /// Threads that read image files: a network on the same cores leaves room for one.
  var workers: Int { device == .cpu ? 1 : ProcessInfo.processInfo.activeProcessorCount }
}
