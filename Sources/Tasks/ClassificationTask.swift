import Datasets
import Foundation
import Torch
import Training

/// Telling which class an image belongs to: cross-entropy, judged by top-1 accuracy.
public final class ClassificationTask: TrainingTask {
  /// Images and their classes, on the device.
  public struct Batch {
    /// Normalised images, [N, C, H, W], float32, channels last.
    public let images: Tensor
    /// Class numbers, [N], int64.
    public let labels: Tensor
  }

  /// The network; gives logits [N, classes] for images [N, C, H, W].
  public let network: any Layer
  /// What is learned from, and what is judged on.
  public let data: ImageData
  let augmentation: Augmentation
  private let labelSmoothing: Double
  let device: Device
  let normalization: Normalization

  /// Creates the task of learning these images with this network, both on this device.
  public init(
    network: any Layer, data: ImageData, augmentation: Augmentation, labelSmoothing: Double,
    device: Device
  ) {
    self.network = network
    self.data = data
    self.augmentation = augmentation
    self.labelSmoothing = labelSmoothing
    self.device = device
    normalization = Normalization(
      mean: data.train.mean, deviation: data.train.deviation, on: device)
  }

  /// The network, as the loop sees it.
  public var model: any Module { network }
  /// Images in an epoch.
  public var trainingCount: Int { data.train.count }
  /// Cross-entropy is the only term, and so the total.
  public var lossTerms: [String] { [] }
  /// The share of the batch that was classified rightly.
  public var measures: [String] { ["accuracy"] }

  /// The cross-entropy of answering every image with the classes' shares, smoothed as the targets are.
  public var constantLoss: Double? {
    var counts = [Int](repeating: 0, count: data.classNames.count)
    for label in data.train.labels { counts[Int(label)] += 1 }
    return counts.reduce(0.0) { sum, count in
      let share =
        (1 - labelSmoothing) * Double(count) / Double(data.train.count)
        + labelSmoothing / Double(counts.count)
      return share > 0 ? sum - share * log(share) : sum
    }
  }

  /// Returns the loss of a batch and the share classified rightly.
  public func train(on batch: Batch) -> StepOutput {
    let logits = network(batch.images)
    let loss = crossEntropy(logits, batch.labels, labelSmoothing: labelSmoothing)
    let accuracy = withoutGradient {
      logits.argmax(dimension: 1).equal(batch.labels).to(.float32).mean()
    }
    return StepOutput(total: loss, measures: [accuracy])
  }

  /// Adds the network's answers on a batch to a score.
  public func evaluate(_ batch: Batch, into score: inout ClassificationScore) {
    let logits = network(batch.images)
    let loss = crossEntropy(logits, batch.labels)
    let correct = logits.argmax(dimension: 1).equal(batch.labels).to(.float32).sum()
    let count = batch.labels.count
    score.add(count: count, correct: Int(correct.item()), lossSum: loss.item() * Double(count))
  }

  /// Returns an empty score.
  public func makeScore() -> ClassificationScore { ClassificationScore() }
}
