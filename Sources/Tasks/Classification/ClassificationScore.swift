import Metrics
import Training

/// What follows from the classes that were predicted, and the mean loss, over the images seen so far.
public struct ClassificationScore: Metric, Sendable, Hashable {
  /// The images of each class, and those of which it was predicted.
  public private(set) var counts: ClassCounts
  /// The cross-entropy summed over images, without label smoothing.
  public private(set) var lossSum = 0.0

  /// Creates an empty score.
  public init(classes: Int) { counts = ClassCounts(classes: classes) }

  /// Adds a batch: the true and the predicted class of each image, and the sum of their losses.
  public mutating func add(truth: [Int], predictions: [Int], lossSum: Double) {
    for (label, prediction) in zip(truth, predictions) {
      counts.add(truth: label, prediction: prediction)
    }
    self.lossSum += lossSum
  }

  /// Adds what another process, or another part of the data, has accumulated.
  public mutating func merge(_ other: ClassificationScore) {
    counts.merge(other.counts)
    lossSum += other.lossSum
  }

  /// Whether the loss of all images is finite.
  public var isLossFinite: Bool { lossSum.isFinite }

  /// The names of the metrics beside the loss.
  static let names = ClassCounts.metrics.map(\.description.name)

  /// `loss`, and the metrics of `ClassCounts`; NaN while nothing was evaluated, and where the loss is NaN.
  public var values: [MetricValue] {
    let count = counts.images.reduce(0, +)
    return .withLoss(
      count == 0 ? .nan : lossSum / Double(count), ClassCounts.metrics.map { $0.named(counts) })
  }
}
