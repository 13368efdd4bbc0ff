/// A named figure.
public struct MetricValue: Sendable, Hashable, Codable {
  /// A column's name: lower case, words joined by underscores.
  public var name: String
  /// The figure.
  public var value: Double

  /// Creates a named figure.
  public init(_ name: String, _ value: Double) {
    self.name = name
    self.value = value
  }
}
