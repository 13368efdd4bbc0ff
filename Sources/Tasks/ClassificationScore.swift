import Metrics
import Training

/// Top-1 accuracy and mean loss over the images seen so far.
public struct ClassificationScore: Metric, Sendable, Hashable {
  /// Images judged.
  public private(set) var count = 0
  /// Images whose most likely class was the true one.
  public private(set) var correct = 0
  /// The cross-entropy summed over images, without label smoothing.
  public private(set) var lossSum = 0.0

  /// Creates an empty score.
  public init() {}

  /// Adds a batch's figures.
  public mutating func add(count: Int, correct: Int, lossSum: Double) {
    self.count += count
    self.correct += correct
    self.lossSum += lossSum
  }

  /// Adds what another process, or another part of the data, has accumulated.
  public mutating func merge(_ other: ClassificationScore) {
    add(count: other.count, correct: other.correct, lossSum: other.lossSum)
  }

  /// `loss` and `accuracy`; not numbers while nothing was judged.
  public var values: [MetricValue] {
    let count = count == 0 ? Double.nan : Double(count)
    return [
      MetricValue("loss", lossSum / count), MetricValue("accuracy", Double(correct) / count),
    ]
  }
}
