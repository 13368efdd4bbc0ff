import Metrics
import Settings

extension TaskName {
  /// What an evaluation of a run reports, the metric that the run is known by first.
  public var metrics: [MetricDescription] {
    switch self {
    case .classify: ClassificationMetric.metrics.map(\.description)
    case .segment: SegmentationFigures.metrics.map(\.description)
    case .detect: COCOSummary.Name.allCases.map(\.metric)
    }
  }

  /// The metric that a run is known by.
  public var primaryMetric: MetricDescription { metrics[0] }
}

extension MetricDescription {
  /// The metrics of all tasks, those that their runs are known by first.
  public static let all: [MetricDescription] =
    TaskName.allCases.map(\.primaryMetric) + TaskName.allCases.flatMap(\.metrics)

  /// Whether the smaller of two values in a column of `metrics.csv` is the better one: of a known metric as
  /// it is declared, and of the loss.
  public static func isSmallerBetter(_ name: String) -> Bool {
    name == "loss" || all.first { $0.name == name }?.better == .smaller
  }
}
