import Boxes
import Metrics
import Training

/// COCO's metrics and the mean loss over the images seen so far.
public struct DetectionScore: Metric, Sendable {
  /// What was found on each image, set against the truth.
  public private(set) var metric: COCOMetric
  /// The batches' losses, each as often as it has images.
  private var lossSum = 0.0
  private var count = 0

  /// Creates an empty score.
  public init(classes: Int) { metric = COCOMetric(classes: classes) }

  /// Adds a batch.
  public mutating func add(_ evaluated: [EvaluatedImage], loss: Double) {
    metric.add(contentsOf: evaluated)
    lossSum += loss * Double(evaluated.count)
    count += evaluated.count
  }

  /// Adds what another process, or another part of the data, has accumulated.
  public mutating func merge(_ other: DetectionScore) {
    metric.merge(other.metric)
    lossSum += other.lossSum
    count += other.count
  }

  /// Whether the loss of all images is finite.
  public var isLossFinite: Bool { lossSum.isFinite }

  /// COCO's twelve metrics as they are called in tables: `ap`, `ap50`, ..., `arl`.
  static let metricNames = COCOSummary.Name.allCases.map(\.metric.name)

  /// `loss` and COCO's twelve metrics: NaN those that there are no objects for, and all while nothing was
  /// evaluated.
  public var values: [MetricValue] {
    guard count > 0 else { return .withLoss(.nan, Self.metricNames.map { MetricValue($0, .nan) }) }
    let mean = metric.summary().mean
    return .withLoss(
      lossSum / Double(count),
      COCOSummary.Name.allCases.map { name in
        MetricValue(name.metric.name, mean[name] < 0 ? .nan : mean[name])
      })
  }
}
