import Metrics
import Words

/// What a model learns to do.
public enum TaskName: String, Sendable, Hashable, Named {
  /// To tell which class an image belongs to.
  case classify
  /// To tell which class each pixel belongs to.
  case segment
  /// To find objects, their boxes and their classes.
  case detect

  /// Other systems' names.
  public static var aliases: [String: TaskName] {
    ["classification": .classify, "segmentation": .segment, "detection": .detect]
  }

  /// What an evaluation of a run tells, the metric that the run is known by first.
  public var metrics: [MetricDescription] {
    switch self {
    case .classify: ClassificationMetric.metrics.map(\.description)
    case .segment: SegmentationFigures.metrics.map(\.description)
    case .detect: COCOFigures.Name.allCases.map(\.metric)
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

extension RunSettings {
  /// Checks that no setting was typed that the task knows nothing of.
  ///
  /// - Throws: `SettingsError` naming the first such setting.
  public func check(for task: TaskName) throws {
    let owned: [(key: CodingKeys, isTyped: Bool, tasks: [TaskName])] = [
      (.labels, labels != nil, [.classify]),
      (.cropSize, cropSize != nil, [.segment]),
      (.loss, loss != nil, [.segment]),
      (.classWeights, classWeights != nil, [.segment]),
      (.borderWeights, borderWeights != nil, [.segment]),
      (.dropout, dropout != nil, [.classify]),
      (.stochasticDepth, stochasticDepth != nil, [.classify]),
      (.labelSmoothing, labelSmoothing != nil, [.classify]),
      (.cropPadding, cropPadding != nil, [.classify]),
      (.cropScale, cropScale != nil, [.classify]),
      (.randAugment, randAugment != nil, [.classify]),
      (.cutout, cutout != nil, [.classify]),
      (.mixup, mixup != nil, [.classify]),
      (.cutmix, cutmix != nil, [.classify]),
      (.testFlip, testFlip != nil, [.classify, .segment]),
      (.turn, turn != nil, [.segment, .detect]),
      (.rotation, rotation != nil, [.segment]),
      (.elastic, elastic != nil, [.segment]),
      (.scaleJitter, scaleJitter != nil, [.segment, .detect]),
      (.mosaic, mosaic != nil, [.detect]),
      (.frozenNorm, frozenNorm != nil, [.detect]),
    ]
    guard let stranger = owned.first(where: { $0.isTyped && !$0.tasks.contains(task) }) else {
      return
    }
    throw SettingsError.otherTask(
      key: stranger.key.rawValue, task: task.rawValue, tasks: stranger.tasks.map(\.rawValue))
  }
}
