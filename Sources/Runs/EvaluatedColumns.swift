/// Which of a table's columns evaluations fill, and not updates alone.
///
/// A term of the loss may be called as a metric is. Every update has its terms, so a column that nothing has filled is a
/// metric that is undefined so far.
public struct EvaluatedColumns: Sendable {
  /// All columns.
  public let all: [String]
  private var isEvaluated: [Bool]
  private var isOfUpdates: [Bool]

  /// Begins with a table without rows.
  public init(_ columns: [String]) {
    all = columns
    isEvaluated = columns.map { _ in false }
    isOfUpdates = isEvaluated
  }

  /// Takes in a row.
  public mutating func take(_ row: MetricsRow) {
    for index in all.indices where row.values[index] != nil {
      if row.split == .train { isOfUpdates[index] = true } else { isEvaluated[index] = true }
    }
  }

  /// The columns of metrics.
  public var names: [String] {
    all.indices.filter { isEvaluated[$0] || !isOfUpdates[$0] }.map { all[$0] }
  }
}
