import Datasets
import Foundation
import Masks
import Metrics
import Numbers
import Planning
import Runs
import Settings
import Torch
import Training
import Vision

/// Segmentation: the class or the instance of each pixel.
///
/// Instances are trained as three classes: background, inside and border; see `BorderTarget`.
public final class SegmentationTask: TrainingTask {
  /// Training crops, or a whole image for evaluation.
  public struct Batch {
    /// Normalized crops, [N, 3, S, S], float32, channels last; of a whole image nothing.
    let images: Tensor
    /// Classes, [N, S, S], int64; 255 is ignored.
    let targets: Tensor
    /// Weights, [N, S, S], if there are.
    let weights: Tensor?
    /// Whether a pixel of the crops counts.
    let hasTarget: Bool
    /// The evaluated image, and its number.
    let whole: (index: Int, image: MaskedImage)?
  }

  /// The options of the task.
  public struct Options {
    /// The size, target and augmentation of crops.
    public var crops: CropOptions
    /// Crops of each image in an epoch.
    public var cropsPerImage: Int
    /// The loss.
    public var loss: SegmentationLoss
    /// A factor for each class, if they do not count alike.
    public var classWeights: [Double]?
    /// Whether a prediction is the mean of those for an image and its mirror image.
    public var testFlip: Bool
    /// By what images are normalized; nil for the training images' own.
    public var statistics: ChannelStatistics?
  }

  let network: any Layer
  let data: SegmentationData
  let options: Options
  let device: Device
  let normalization: Normalization
  /// Threads that prepare batches.
  var workers: Int
  private let stride: Int
  private let segmenter: Segmenter
  private let classWeights: Tensor?

  /// Creates the task of learning these masks with this network, both on this device.
  ///
  /// - Parameter stride: what divides the sides of the images that the network sees.
  public init(
    network: any Layer, stride: Int, data: SegmentationData, options: Options, device: Device
  ) {
    self.network = network
    self.stride = stride
    self.data = data
    self.options = options
    self.device = device
    workers = loaderThreads(beside: device)
    normalization = Normalization(
      mean: options.statistics?.mean ?? data.train.mean,
      deviation: options.statistics?.deviation ?? data.train.deviation, on: device)
    segmenter = Segmenter(
      network: network, outputs: Self.outputs(of: data), normalization: normalization,
      tiling: Tiling(stride: stride), flips: options.testFlip, device: device)
    classWeights = options.classWeights.map {
      Tensor($0.map(Float.init), shape: [$0.count]).to(device)
    }
  }

  /// The network, as the loop sees it.
  public var model: any Module { network }
  /// The number of crops in an epoch.
  public var trainingCount: Int { data.train.count * options.cropsPerImage }
  /// The number of images, of each of which an epoch has several crops.
  public var distinctTrainingCount: Int { data.train.count }
  /// The number of classes that the network predicts.
  public var classCount: Int { Self.outputs(of: data) }

  /// Returns the task with a part of its training images held out for evaluation.
  public func rehearsal(holdingOut share: Double, seed: UInt64) throws -> SegmentationTask? {
    let task = SegmentationTask(
      network: network, stride: stride, data: try data.holdingOut(share, seed: seed),
      options: options, device: device)
    task.workers = workers
    return task
  }

  /// The parts of the loss, where it has several.
  public var lossTerms: [String] {
    let names =
      options.loss.terms.map(\.column) + (network is any AuxiliaryHead ? ["auxiliary"] : [])
    return names.count > 1 ? names : []
  }
  /// Empty: only the loss is measured on training batches.
  public var measures: [String] { [] }
  /// What is measured on whole images.
  public var evaluationMetrics: [String] { SegmentationScore.names(isInstance: data.isInstance) }
  /// The classes that the network predicts.
  static func outputs(of data: SegmentationData) -> Int {
    data.isInstance ? BorderTarget.classes : data.classNames.count
  }

  // MARK: Learning

  /// Returns the loss of a batch of crops.
  public func trainingLoss(of batch: Batch) -> StepOutput { output(on: batch, of: nil) }

  /// Returns what a batch of crops adds to the loss of an update.
  public func trainingLoss(of batch: Batch, in update: UpdateBatches) -> StepOutput {
    output(on: batch, of: update)
  }

  /// True: the loss is divided by the weights of the pixels that count, and Dice is of all pixels together.
  public var dependsOnWholeUpdate: Bool { true }

  /// Returns the sums of the loss, and of that of the auxiliary outputs after them.
  public func lossSums(of batch: Batch) -> [Tensor] {
    func sums(_ logits: @autoclosure () -> Tensor) -> [Tensor] {
      options.loss.sums(
        logits(), batch.targets, classWeights: classWeights, isWeighted: batch.weights != nil)
    }
    guard let network = network as? any AuxiliaryHead else { return sums(network(batch.images)) }
    guard options.loss.needsOutputs else {
      let same = sums(batch.images)
      return same + same
    }
    let (logits, auxiliary) = network.allLogits(batch.images)
    return sums(logits) + sums(auxiliary)
  }

  private func output(on batch: Batch, of update: UpdateBatches?) -> StepOutput {
    func losses(_ logits: Tensor, part: Int = 0) -> [Tensor] {
      let parts = network is any AuxiliaryHead ? 2 : 1
      let mine = update.map { update in
        let size = update.sums.count / parts
        return UpdateBatches(
          updateToBatchRatio: update.updateToBatchRatio, sums: Array(update.sums[part * size..<(part + 1) * size]))
      }
      return options.loss(
        logits, batch.targets, classWeights: classWeights, pixelWeights: batch.weights, of: mine)
    }
    func sum(_ terms: [Tensor]) -> Tensor { terms.dropFirst().reduce(terms[0]) { $0 + $1 } }
    let terms: [Tensor]
    if let network = network as? any AuxiliaryHead {
      let (logits, auxiliary) = network.allLogits(batch.images)
      terms = losses(logits) + [sum(losses(auxiliary, part: 1)) * network.auxiliaryFactor]
    } else {
      terms = losses(network(batch.images))
    }
    return StepOutput(total: sum(terms), terms: terms.count > 1 ? terms : [])
  }

  /// Whether a pixel of the crops counts.
  public func hasTarget(_ batch: Batch) -> Bool { batch.hasTarget }

  /// Returns the crops of a batch.
  public func inputs(of batch: Batch) -> [Tensor] { [batch.images] }

  /// Returns the loss of predicting for each pixel the classes' shares in the batch.
  public func baselineLoss(of batch: Batch) throws -> Double? {
    guard batch.targets.shape.count == 3, batch.hasTarget else { return nil }
    return try checked {
      withoutGradient {
        let one = options.loss.ofShares(
          in: batch.targets, classes: Self.outputs(of: data), classWeights: classWeights,
          pixelWeights: batch.weights
        ).item()
        return one * (1 + ((network as? any AuxiliaryHead)?.auxiliaryFactor ?? 0))
      }
    }
  }

  /// Opens batches of crops from a position on.
  public func trainingBatches(from position: BatchPosition) -> any BatchStream<Batch> {
    let seed = position.orderSeed
    let loader = data.train.crops(
      .training(
        count: trainingCount, batchSize: position.batchSize, seed: seed, epoch: position.epoch,
        batch: position.batch
      ).sharedByProcesses,
      options.crops, seed: seed, workers: workers)
    return CropStream(loader, normalization: normalization, device: device)
  }

  // MARK: Evaluation

  /// The images evaluated during training.
  var evaluationSet: SegmentationDataset { data.evaluationSet }

  /// The name of the split that is evaluated during training: `validation` or `test`.
  public var evaluationSplit: MetricsRow.Split { data.evaluationSplit }

  /// Opens those images, one after another.
  public func evaluationBatches() -> any BatchStream<Batch> { fullImages(of: evaluationSet) }

  /// The final metrics are of the test images.
  public var finalSplit: MetricsRow.Split { .test }

  /// Opens the test images, one after another.
  public func finalBatches() -> any BatchStream<Batch> { fullImages(of: data.test) }

  private func fullImages(of images: SegmentationDataset) -> FullImageStream {
    FullImageStream(
      images.whole(
        .evaluation(count: images.count, batchSize: 1).sharedByProcesses, workers: workers))
  }

  /// The most whole images that stand for all; they take a hundred times as long as those of other tasks.
  private static let maximumPart = 16

  /// Opens some of them, drawn from all.
  public func evaluationPart(
    ofAtMost images: Int
  ) -> (batches: any BatchStream<Batch>, images: Int?) {
    let most = min(images, Self.maximumPart)
    let order = BatchOrder.part(of: evaluationSet.count, atMost: most, batchSize: 1)
      .sharedByProcesses
    return (
      FullImageStream(evaluationSet.whole(order, workers: workers)), min(most, evaluationSet.count)
    )
  }

  /// Opens some of the training images, drawn from all, as they are without augmentation; no more than are evaluated.
  public func trainingPart(ofAtMost images: Int) -> (any BatchStream<Batch>)? {
    let order = BatchOrder.part(
      of: data.train.count, atMost: min(images, Self.maximumPart, evaluationSet.count), batchSize: 1
    ).sharedByProcesses
    return FullImageStream(data.train.whole(order, workers: workers))
  }

  /// Adds the network's prediction for an image to a score.
  public func evaluate(_ batch: Batch, into score: inout SegmentationScore) throws {
    guard let (index, image) = batch.whole else { return }
    let probabilities = segmenter.probabilities(
      of: ColorImage(width: image.width, height: image.height, pixels: image.pixels))
    let loss = loss(of: probabilities, image)
    let prediction = try SegmentationPrediction(probabilities, isInstance: data.isInstance)
    score.add(prediction.caseMetrics(index, image, classes: data.classNames.count), loss: loss)
  }

  /// Returns an empty score.
  public func makeScore() -> SegmentationScore {
    SegmentationScore(classes: data.classNames.count, isInstance: data.isInstance)
  }

  /// The mean cross-entropy of an image's pixels, unweighted; nil where none counts.
  private func loss(of probabilities: Tensor, _ image: MaskedImage) -> Double? {
    let classes: LabelMap
    if case .borders(let borders) = options.crops.target {
      classes = borders.classes(of: image.mask)
    } else {
      classes = data.isInstance ? image.mask.foreground : image.mask
    }
    guard classes.labels.contains(where: { $0 != LabelMap.ignored }) else { return nil }
    let targets = Tensor(
      classes.labels.map { $0 == LabelMap.ignored ? Int64(SegmentationLoss.ignored) : Int64($0) },
      shape: [1, image.height, image.width])
    return crossEntropy(
      probabilities.clamped(from: 1e-12, to: 1).logarithm().unsqueezed(0), targets,
      ignoring: SegmentationLoss.ignored
    ).item()
  }
}
