/// A named metric.
public struct MetricValue: Sendable, Hashable, Codable {
  /// A column's name: lower case, words joined by underscores.
  public var name: String
  /// The metric.
  public var value: Double

  /// Creates a named metric.
  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}

extension [MetricValue] {
  /// The mean loss and further metrics; all NaN where the loss is: what a model predicts that computes NaN is
  /// nothing, and neither right nor wrong.
  public static func withLoss(_ loss: Double, _ metrics: [MetricValue]) -> [MetricValue] {
    [MetricValue("loss", loss)]
      + (loss.isNaN ? metrics.map { MetricValue($0.name, .nan) } : metrics)
  }
}
