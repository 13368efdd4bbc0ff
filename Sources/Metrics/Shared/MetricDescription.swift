/// What a metric is called and how it is read, declared once beside what computes it: the columns of
/// `metrics.csv`, `--best`, `--patience-on`, `evaluate`, the report and comparisons follow.
public struct MetricDescription: Sendable, Hashable {
  /// Which of two values is the better one.
  public enum Direction: Sendable, Hashable {
    /// The larger one, as of an accuracy.
    case larger
    /// The smaller one, as of a loss.
    case smaller
  }

  /// The name in columns, keys and flags: lower case, words joined by underscores.
  public let name: String
  /// The name for display, in a table of all metrics.
  public let displayName: String
  /// The name for display where the metric stands alone.
  public let shortName: String
  /// Which of two values is the better one.
  public let better: Direction
  /// Digits behind the point, in reports.
  public let digits: Int
  /// Whether the metric is also computed during training, and is a column of `metrics.csv`.
  public let isLogged: Bool

  /// Declares a metric.
  public init(
    _ name: String, _ displayName: String, short: String? = nil, better: Direction = .larger,
    digits: Int = 4, isLogged: Bool = true
  ) {
    self.name = name
    self.displayName = displayName
    shortName = short ?? displayName
    self.better = better
    self.digits = digits
    self.isLogged = isLogged
  }
}

/// A metric, and how it follows from what was accumulated.
public struct MetricDeclaration<Source>: Sendable {
  /// The metric's name, and how it is read.
  public let description: MetricDescription
  /// Its value; nil where it is undefined.
  public let value: @Sendable (Source) -> Double?

  /// Declares a metric.
  public init(
    _ name: String, _ displayName: String, short: String? = nil,
    better: MetricDescription.Direction = .larger, digits: Int = 4, isLogged: Bool = true,
    value: @escaping @Sendable (Source) -> Double?
  ) {
    self.init(
      MetricDescription(
        name, displayName, short: short, better: better, digits: digits, isLogged: isLogged),
      value: value)
  }

  private init(_ description: MetricDescription, value: @escaping @Sendable (Source) -> Double?) {
    self.description = description
    self.value = value
  }

  /// Returns the same metric of something that holds its source.
  func of<Whole>(_ part: @escaping @Sendable (Whole) -> Source) -> MetricDeclaration<Whole> {
    let value = value
    return MetricDeclaration<Whole>(description) { value(part($0)) }
  }

  /// Returns the metric of a source; NaN where it is undefined.
  public func named(_ source: Source) -> MetricValue {
    MetricValue(description.name, value(source) ?? .nan)
  }
}
