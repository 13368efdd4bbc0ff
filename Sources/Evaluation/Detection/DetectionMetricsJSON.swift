import Metrics
import Numbers

/// The metrics as programs read them: by name, and by class and name under `per_class` if wanted.
public struct DetectionMetricsJSON: Encodable {
  private let evaluation: COCOEvaluation
  private let withClasses: Bool

  /// Takes what is to be written.
  public init(_ evaluation: COCOEvaluation, perClass: Bool) {
    self.evaluation = evaluation
    withClasses = perClass
  }

  /// Writes the twelve metrics; a metric is `null` where nothing had to be found, for which pycocotools has -1.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: TextKey.self)
    try Self.encode(evaluation.summary.mean, into: &container)
    guard withClasses else { return }
    var classes = container.nestedContainer(keyedBy: TextKey.self, forKey: TextKey("per_class"))
    for (name, row) in zip(evaluation.classNames, evaluation.summary.perClass) {
      var summary = classes.nestedContainer(keyedBy: TextKey.self, forKey: TextKey(name))
      try Self.encode(row, into: &summary)
    }
  }

  private static func encode(
    _ row: COCOSummary.Row, into container: inout KeyedEncodingContainer<TextKey>
  ) throws {
    for name in COCOSummary.Name.allCases {
      let value = row[name] < 0 ? Double.nan : row[name]
      try container.encode(NaNAsNull(wrappedValue: value), forKey: TextKey(name.rawValue))
    }
  }
}
