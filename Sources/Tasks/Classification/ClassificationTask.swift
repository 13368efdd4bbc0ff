import Datasets
import Foundation
import Numbers
import Torch
import Training

/// Classifying images: cross-entropy, evaluated by top-1 accuracy.
public final class ClassificationTask: TrainingTask {
  /// Images and their classes, on the device.
  public struct Batch {
    /// Normalised images, [N, C, H, W], float32, channels last.
    public let images: Tensor
    /// Class numbers, [N], int64.
    public let labels: Tensor
    /// What the images are mixed with, if they are.
    public var partners: Partners?
  }

  /// The network; gives logits [N, classes] for images [N, C, H, W].
  public let network: any Layer
  /// The training and the evaluation images.
  public let data: ImageData
  let augmentation: Augmentation
  let mixing: BatchMixing
  private let labelSmoothing: Double
  private let testFlip: Bool
  let device: Device
  let normalization: Normalization
  private let statistics: ChannelStatistics?
  /// Threads that prepare batches.
  var workers: Int
  /// The most images in a batch of an evaluation.
  private(set) var mostEvaluated = Int.max

  /// Creates the task of learning these images with this network, both on this device.
  ///
  /// - Parameters:
  ///   - mixing: how training batches are mixed within themselves.
  ///   - testFlip: whether the prediction is the mean of those for an image and its mirror image.
  ///   - statistics: by what images are normalized; nil for the training images' own.
  public init(
    network: any Layer, data: ImageData, augmentation: Augmentation,
    mixing: BatchMixing = .none, labelSmoothing: Double, testFlip: Bool = false,
    statistics: ChannelStatistics? = nil, device: Device
  ) {
    self.network = network
    self.data = data
    self.augmentation = augmentation
    self.mixing = mixing
    self.labelSmoothing = labelSmoothing
    self.testFlip = testFlip
    self.device = device
    workers = loaderThreads(beside: device)
    self.statistics = statistics
    normalization = Normalization(
      mean: statistics?.mean ?? data.train.mean,
      deviation: statistics?.deviation ?? data.train.deviation, on: device)
  }

  /// The network, as the loop sees it.
  public var model: any Module { network }
  /// The images evaluated during training.
  var evaluationSet: any LabelledImages { data.evaluationSet }
  /// Which of them these are.
  public var evaluationSplit: String { data.evaluationSplit }
  /// Images in an epoch.
  public var trainingCount: Int { data.train.count }
  /// The classes that the network tells apart.
  public var classCount: Int { data.classNames.count }

  /// Returns the task with a part of its training images held out for evaluation.
  ///
  /// They come in some twenty batches, so that it shows by how much the loss differs among images.
  public func rehearsal(holdingOut share: Double, seed: UInt64) throws -> ClassificationTask? {
    let task = ClassificationTask(
      network: network, data: try data.holdingOut(share, seed: seed), augmentation: augmentation,
      mixing: mixing, labelSmoothing: labelSmoothing, testFlip: testFlip, statistics: statistics,
      device: device)
    task.workers = workers
    task.mostEvaluated = max(8, task.evaluationSet.count / 20)
    return task
  }

  /// Cross-entropy is the only term, and so the total.
  public var lossTerms: [String] { [] }
  /// The share of the batch that was classified rightly.
  public var measures: [String] { ["accuracy"] }
  /// What else an evaluation measures.
  public var evaluationMetrics: [String] {
    ClassificationScore.names.filter { !measures.contains($0) }
  }

  /// Returns the cross-entropy of predicting for every image the classes' shares of the whole set, smoothed
  /// as the targets are.
  public func baselineLoss(of batch: Batch) -> Double? { baselineLoss }

  var baselineLoss: Double {
    var counts = [Int](repeating: 0, count: data.classNames.count)
    for label in data.train.labels { counts[Int(label)] += 1 }
    return counts.reduce(0.0) { sum, count in
      let share =
        (1 - labelSmoothing) * Double(count) / Double(data.train.count)
        + labelSmoothing / Double(counts.count)
      return share > 0 ? sum - share * log(share) : sum
    }
  }

  /// Returns the loss of a batch and the share classified rightly; where images are mixed, both are the
  /// means over their two classes, by the classes' shares.
  public func train(on batch: Batch) -> StepOutput {
    let logits = network(batch.images)
    func loss(_ labels: Tensor) -> Tensor {
      crossEntropy(logits, labels, labelSmoothing: labelSmoothing)
    }
    func accuracy(_ labels: Tensor) -> Tensor {
      withoutGradient { logits.argmax(dimension: 1).equal(labels).to(.float32).mean() }
    }
    func shared(_ term: (Tensor) -> Tensor) -> Tensor {
      guard let partners = batch.partners else { return term(batch.labels) }
      return term(batch.labels) * partners.share + term(partners.labels) * (1 - partners.share)
    }
    return StepOutput(total: shared(loss), measures: [withoutGradient { shared(accuracy) }])
  }

  /// The images.
  public func inputs(of batch: Batch) -> [Tensor] { [batch.images] }

  /// Adds the network's predictions on a batch to a score.
  public func evaluate(_ batch: Batch, into score: inout ClassificationScore) {
    add(network.prediction(to: batch.images, flipping: testFlip), for: batch, into: &score)
  }

  /// Adds the predictions of an ensemble, whose probabilities are the means of its members'.
  public func evaluate(
    _ batch: Batch, by ensemble: Ensemble, into score: inout ClassificationScore
  ) {
    let logits = network.prediction(to: batch.images, flipping: testFlip, by: ensemble)
    add(logits, for: batch, into: &score)
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
    // What is too small for a float32 would be infinitely wrong.
    return mean.clamped(from: 1e-30, to: 1).logarithm()
  }
}
