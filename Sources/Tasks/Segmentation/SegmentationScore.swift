import Metrics
import Training

/// The metrics of a segmentation network on the evaluation images.
public struct SegmentationScore: Metric {
  private var metric: SegmentationMetric
  private var lossSum = 0.0
  /// The images that have a loss.
  private var images = 0
  private let isInstance: Bool

  /// Creates a score of nothing.
  public init(classes: Int, isInstance: Bool) {
    metric = SegmentationMetric(classes: classes, boundaries: false)
    self.isInstance = isInstance
  }

  /// Adds an image's metrics, and its loss if a pixel of it counts.
  mutating func add(_ metrics: CaseMetrics, loss: Double?) {
    metric.add(metrics)
    guard let loss else { return }
    lossSum += loss
    images += 1
  }

  /// Adds what another score has.
  public mutating func merge(_ other: SegmentationScore) {
    metric.merge(other.metric)
    lossSum += other.lossSum
    images += other.images
  }

  /// Whether the loss of all images that have one is finite.
  public var isLossFinite: Bool { lossSum.isFinite }

  /// The names of the metrics beside the loss, in the order of `values`.
  static func names(isInstance: Bool) -> [String] {
    metrics(isInstance: isInstance).map(\.description.name)
  }

  private static func metrics(isInstance: Bool) -> [MetricDeclaration<SegmentationSummary>] {
    (isInstance ? SegmentationSummary.metrics : SegmentationSummary.classMetrics)
      .filter(\.description.isLogged)
  }

  /// The mean loss over images, and those of the metrics that need no boundaries.
  public var values: [MetricValue] {
    let summary = metric.summary
    return .withLoss(
      images > 0 ? lossSum / Double(images) : .nan,
      Self.metrics(isInstance: isInstance).map { $0.named(summary) })
  }
}
