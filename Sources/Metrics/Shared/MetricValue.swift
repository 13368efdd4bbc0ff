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
