import Datasets
import Runs
import Torch
import Training
import Vision

/// Finding objects: the detector's own loss terms, evaluated by COCO's metrics.
public final class DetectionTask: TrainingTask {
  /// Images and what is to be found on them, on the device.
  public struct Batch {
    /// Normalized images, [N, 3, H, W], float32, channels last.
    public let images: Tensor
    /// What the detector is to say of them.
    public let targets: DetectionTargets
    /// The set that they are of.
    let set: DetectionDataset
    /// Their numbers in their set.
    let samples: [Int]
    /// Where each lies in its frame; none in training.
    let placements: [ImagePlacement]
  }

  /// The network.
  public let detector: any Detector
  /// The training and the evaluation images.
  public let data: DetectionSplitData
  let augmentation: BoxAugmentation
  let device: Device
  let frame: DetectionFrame
  /// Threads that prepare batches.
  var workers: Int
  /// The most images in a batch of an evaluation.
  private(set) var maximumEvaluated = Int.max

  /// Creates the task of finding these objects with this network, both on this device.
  public init(
    detector: any Detector, data: DetectionSplitData, augmentation: BoxAugmentation, device: Device
  ) {
    self.detector = detector
    self.data = data
    self.augmentation = augmentation
    self.device = device
    workers = loaderThreads(beside: device)
    frame = DetectionFrame(data.train.frame, for: detector, on: device)
  }

  /// The network, as the loop sees it.
  public var model: any Module { detector }
  /// The images evaluated during training.
  var evaluationSet: DetectionDataset { data.evaluationSet }
  /// The split of the images evaluated during training: `validation` or `test`.
  public var evaluationSplit: MetricsRow.Split { data.evaluationSplit }
  /// The number of images in an epoch.
  public var trainingCount: Int { data.train.count }
  /// The number of classes that the detector predicts.
  public var classCount: Int { detector.classes }

  /// Returns the task with a part of its training images held out for evaluation.
  ///
  /// They come in some twenty batches, so that it shows by how much the loss differs among images.
  public func rehearsal(holdingOut share: Double, seed: UInt64) throws -> DetectionTask? {
    let task = DetectionTask(
      detector: detector, data: try data.holdingOut(share, seed: seed),
      augmentation: augmentation, device: device)
    task.workers = workers
    task.maximumEvaluated = max(1, task.evaluationSet.count / 20)
    return task
  }

  /// The detector's loss terms.
  public var lossTerms: [String] { detector.lossTerms }
  /// Empty: detecting objects on each training batch would take longer than training on it.
  public var measures: [String] { [] }
  /// The twelve COCO metrics.
  public var evaluationMetrics: [String] { DetectionScore.metricNames }

  /// Returns the terms of the loss and their sum.
  public func trainingLoss(of batch: Batch) -> StepOutput {
    let terms = detector.losses(detector(batch.images), for: batch.targets)
    return StepOutput(total: terms.dropFirst().reduce(terms[0], +), terms: terms)
  }

  /// The terms are divided by the number of places that are to find something, unless that is done image by
  /// image.
  public var dependsOnWholeUpdate: Bool { !detector.averagesImages }

  /// Returns the number of anchors that are matched with an object.
  public func lossSums(of batch: Batch) -> [Tensor] {
    [Tensor([Float(batch.targets.count)], shape: []).to(device)]
  }

  /// Returns what a batch adds to the terms of the loss of an update, and their sum.
  public func trainingLoss(of batch: Batch, in update: UpdateBatches) -> StepOutput {
    let one = trainingLoss(of: batch)
    guard let all = update.sums.first else { return one.scaled(by: 1 / update.updateToBatchRatio) }
    let found = all.clamped(from: 1, to: .infinity)
    let share = found.power(-1) * Double(max(1, batch.targets.count))
    return StepOutput(total: one.total * share, terms: one.terms.map { $0 * share })
  }

  /// Whether there is an object that a place is to find.
  public func hasTarget(_ batch: Batch) -> Bool { batch.targets.count > 0 }

  /// Returns the images of a batch.
  public func inputs(of batch: Batch) -> [Tensor] { [batch.images] }

  /// Returns the loss of the best constant prediction.
  public func baselineLoss(of batch: Batch) throws -> Double? {
    try checked { detector.baselineLoss(for: batch.targets) }
  }

  /// Adds what the network finds on a batch to a score.
  public func evaluate(_ batch: Batch, into score: inout DetectionScore) throws {
    let output = detector(batch.images)
    let terms = detector.losses(output, for: batch.targets)
    let loss = terms.dropFirst().reduce(terms[0], +).item()
    let found = try frame.detections(output, placements: batch.placements)
    score.add(
      zip(batch.samples, found).map { batch.set.evaluatedImage($0, detections: $1) }, loss: loss)
  }

  /// Returns an empty score.
  public func makeScore() -> DetectionScore { DetectionScore(classes: detector.classes) }
}
