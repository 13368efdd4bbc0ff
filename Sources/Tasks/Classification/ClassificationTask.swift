import Datasets
import Foundation
import Numbers
import Runs
import Settings
import Torch
import Training

/// Classifying images: cross-entropy, evaluated by top-1 accuracy.
public final class ClassificationTask: TrainingTask {
  /// Images and their classes, on the device.
  public struct Batch {
    /// Normalized images, [N, C, H, W], float32, channels last; or what a frozen network makes of them, [N, features].
    public let images: Tensor
    /// Class numbers, [N], int64.
    public let labels: Tensor
    /// What the images are mixed with, if they are.
    public var partners: MixPairs?
    /// Whether the images went through all of the network but its head already.
    var areFeatures = false
  }

  /// What is trained, and how, beside the network, its data and their augmentation.
  struct Options {
    /// How training batches are mixed within themselves.
    var mixing = BatchMixing.none
    /// The loss.
    var loss = ClassificationLoss()
    /// Whether the prediction is the mean of those for an image and its mirror image.
    var testFlip = false
    /// By what images are normalized; nil for the training images' own.
    var statistics: ChannelStatistics?
    /// Whether each class comes equally often in an epoch.
    var balancesClasses = false
    /// How the network but for its head, which is frozen, is computed once; nil where it is computed in each update.
    var cachesFeatures: FeatureCache.Options?
  }

  /// The network; gives logits [N, classes] for images [N, C, H, W].
  public let network: any Layer
  /// The training and the evaluation images.
  public let data: ImageData
  let augmentation: Augmentation
  let options: Options
  let device: Device
  let normalization: Normalization
  /// The features of images, where these are computed once.
  let cache: FeatureCache?
  /// Threads that prepare batches.
  var workers: Int
  /// The most images in a batch of an evaluation.
  private(set) var maximumEvaluated = Int.max

  /// Creates the task of learning these images with this network, both on this device.
  ///
  /// - Parameters:
  ///   - mixing: how training batches are mixed within themselves.
  ///   - testFlip: whether the prediction is the mean of those for an image and its mirror image.
  ///   - statistics: by what images are normalized; nil for the training images' own.
  public convenience init(
    network: any Layer, data: ImageData, augmentation: Augmentation,
    mixing: BatchMixing = .none, labelSmoothing: Double, testFlip: Bool = false,
    statistics: ChannelStatistics? = nil, device: Device
  ) {
    self.init(
      network: network, data: data, augmentation: augmentation,
      options: Options(
        mixing: mixing, loss: ClassificationLoss(labelSmoothing: labelSmoothing),
        testFlip: testFlip, statistics: statistics), device: device)
  }

  /// Creates the task with all its options.
  init(
    network: any Layer, data: ImageData, augmentation: Augmentation, options: Options,
    device: Device
  ) {
    self.network = network
    self.data = data
    self.augmentation = augmentation
    self.options = options
    self.device = device
    workers = loaderThreads(beside: device)
    cache = options.cachesFeatures.flatMap { FeatureCache(of: network, $0, on: device) }
    normalization = Normalization(
      mean: options.statistics?.mean ?? data.train.mean,
      deviation: options.statistics?.deviation ?? data.train.deviation, on: device)
  }

  /// The network, as the loop sees it.
  public var model: any Module { network }
  /// The images evaluated during training.
  var evaluationSet: any LabeledImages { data.evaluationSet }
  /// The split of the images evaluated during training: `validation` or `test`.
  public var evaluationSplit: MetricsRow.Split { data.evaluationSplit }
  /// The number of images in an epoch.
  public var trainingCount: Int { data.train.count }
  /// The number of classes that the network predicts.
  public var classCount: Int { data.classNames.count }

  /// Returns the task with a part of its training images held out for evaluation.
  ///
  /// They come in some twenty batches, so that it shows by how much the loss differs among images.
  public func rehearsal(holdingOut share: Double, seed: UInt64) throws -> ClassificationTask? {
    let task = ClassificationTask(
      network: network, data: try data.holdingOut(share, seed: seed), augmentation: augmentation,
      options: options, device: device)
    task.workers = workers
    task.maximumEvaluated = max(8, task.evaluationSet.count / 20)
    return task
  }

  /// Cross-entropy is the only term, and so the total.
  public var lossTerms: [String] { [] }
  /// The share of the batch that is classified correctly.
  public var measures: [String] { ["accuracy"] }
  /// What else an evaluation measures.
  public var evaluationMetrics: [String] {
    ClassificationScore.names.filter { !measures.contains($0) }
  }

  /// Returns the loss of predicting for every image the classes' shares of the whole set, smoothed as the targets are.
  public func baselineLoss(of batch: Batch) -> Double? { baselineLoss }

  var baselineLoss: Double {
    let counts = data.train.imagesPerClass(of: classCount)
    let present = Double(counts.count { $0 > 0 })
    return options.loss.ofShares(
      counts.map { count in
        guard options.balancesClasses else { return Double(count) / Double(data.train.count) }
        return count > 0 ? 1 / present : 0
      })
  }

  /// Returns the loss of a batch and the share classified rightly; where images are mixed, both are the
  /// means over their two classes, by the classes' shares.
  public func trainingLoss(of batch: Batch) -> StepOutput { trainingLoss(of: batch, dividedBy: nil) }

  private func trainingLoss(of batch: Batch, dividedBy divisor: Tensor?) -> StepOutput {
    let logits = logits(of: batch)
    func accuracy(_ labels: Tensor) -> Tensor {
      logits.argmax(dimension: 1).equal(labels).to(.float32).mean()
    }
    let loss = options.loss(
      logits, batch.labels, mixedWith: batch.partners, dividedBy: divisor)
    return StepOutput(
      total: loss,
      measures: [
        withoutGradient {
          guard let partners = batch.partners else { return accuracy(batch.labels) }
          return accuracy(batch.labels) * partners.share
            + accuracy(partners.labels) * (1 - partners.share)
        }
      ])
  }

  /// Where classes have weights, their sum over the images of an update divides its loss.
  public var dependsOnWholeUpdate: Bool { options.loss.dependsOnWholeUpdate }
  /// Returns the sum of the class weights of the images.
  public func lossSums(of batch: Batch) throws -> [Tensor] {
    dependsOnWholeUpdate ? [options.loss.divisor(batch.labels, batch.partners)] : []
  }

  /// Returns what a batch adds to an update's loss.
  public func trainingLoss(of batch: Batch, in update: UpdateBatches) -> StepOutput {
    guard let divisor = update.sums.first else {
      return trainingLoss(of: batch).scaled(by: 1 / update.updateToBatchRatio)
    }
    var output = trainingLoss(of: batch, dividedBy: divisor)
    output.measures = output.measures.map { $0 * (1 / update.updateToBatchRatio) }
    return output
  }

  private func logits(of batch: Batch) -> Tensor {
    guard batch.areFeatures, let cache else { return network(batch.images) }
    return cache.head(batch.images)
  }

  private func prediction(to batch: Batch) -> Tensor {
    batch.areFeatures
      ? logits(of: batch) : network.prediction(to: batch.images, flipping: options.testFlip)
  }

  /// Returns the images of a batch.
  public func inputs(of batch: Batch) -> [Tensor] { [batch.images] }

  /// Adds the network's predictions on a batch to a score.
  public func evaluate(_ batch: Batch, into score: inout ClassificationScore) {
    add(prediction(to: batch), for: batch, into: &score)
  }

  /// Adds the predictions of an ensemble, whose probabilities are the means of its members'.
  public func evaluate(
    _ batch: Batch, by ensemble: Ensemble, into score: inout ClassificationScore
  ) {
    let mean = ensemble.mean { prediction(to: batch).softmax(dimension: 1) }
    add(mean.safeLogarithm, for: batch, into: &score)
  }

  /// Probabilities can be averaged.
  public var averagesPredictions: Bool { true }

  private func add(_ logits: Tensor, for batch: Batch, into score: inout ClassificationScore) {
    let loss = crossEntropy(logits, batch.labels)
    let truth = classes(batch.labels)
    score.add(
      truth: truth, predictions: classes(logits.argmax(dimension: 1)),
      lossSum: loss.item() * Double(truth.count))
  }

  /// Class numbers, read back from the device.
  private func classes(_ labels: Tensor) -> [Int] { labels.int64s().map { Int(clamping: $0) } }

  /// Returns an empty score.
  public func makeScore() -> ClassificationScore {
    ClassificationScore(classes: data.classNames.count)
  }
}

extension Layer {
  /// Returns the logits for evaluation images, [N, classes].
  ///
  /// - Parameter flipping: whether they are the means over the images and their mirror images.
  func prediction(to images: Tensor, flipping: Bool) -> Tensor {
    let logits = self(images)
    return flipping ? (logits + self(images.flipped(3))) / 2 : logits
  }

  /// Returns the logarithms of the mean probabilities of the network's states, [N, classes].
  func prediction(to images: Tensor, flipping: Bool, by ensemble: Ensemble) -> Tensor {
    let mean = ensemble.mean { prediction(to: images, flipping: flipping).softmax(dimension: 1) }
    return mean.safeLogarithm
  }
}

extension Tensor {
  /// The logarithms of probabilities; what is too small for a float32 would be infinitely wrong.
  fileprivate var safeLogarithm: Tensor { clamped(from: 1e-30, to: 1).logarithm() }
}
