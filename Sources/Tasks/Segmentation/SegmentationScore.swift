import Metrics
import Training

/// What a segmentation network is worth on the images that it was judged on.
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

  /// Adds an image's figures, and its loss if a pixel of it counts.
  mutating func add(_ figures: CaseFigures, loss: Double?) {
    metric.add(figures)
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

  /// The names of the figures beside the loss, in the order of `values`.
  static func names(isInstance: Bool) -> [String] {
    ["dice", "mean_iou", "pixel_accuracy"] + (isInstance ? ["ap50"] : [])
  }

  /// The mean loss over images, Dice per case, mean intersection over union, the share of right pixels,
  /// and of instances the AP at an overlap of 0.5.
  public var values: [MetricValue] {
    let figures = metric.figures
    let known = [figures.dice, figures.meanIoU, figures.pixelAccuracy, figures.ap50]
    return [MetricValue("loss", images > 0 ? lossSum / Double(images) : .nan)]
      + zip(Self.names(isInstance: isInstance), known).map { MetricValue($0, $1 ?? .nan) }
  }
}
