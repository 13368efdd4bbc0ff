import Runs

/// A run's rows, column by column, thinned to what a chart can show.
public struct RunCurves: Sendable {
  /// The names of the task's own columns.
  public let columns: [String]
  private let capacity: Int
  private let names: [String]
  /// The series of each split's rows, in the order of the names.
  private var splits: [MetricsRow.Split: [ThinnedSeries]] = [:]

  /// Creates the curves of a run that has no row yet.
  ///
  /// - Parameter capacity: the most stretches of updates that are kept apart in a column.
  public init(columns: [String] = [], capacity: Int = 2_000) {
    self.columns = columns
    self.capacity = capacity
    names = Self.common + columns
  }

  /// Creates the curves of a table.
  public init(_ table: MetricsTable) {
    self.init(columns: table.columns)
    for row in table.rows { append(row) }
  }

  private static let common = ["learning_rate", "momentum", "weight_decay", "loss"]

  /// Adds a row.
  public mutating func append(_ row: MetricsRow) {
    let values = [row.learningRate, row.momentum, row.weightDecay, row.loss] + row.values
    var series =
      splits.removeValue(forKey: row.split)
      ?? names.map { _ in ThinnedSeries(capacity: capacity) }
    for (index, value) in values.enumerated() where index < series.count {
      series[index].append(row.update, value ?? .nan)
    }
    splits[row.split] = series
  }

  /// A column of the rows of a split: `loss`, `learning_rate` or one of the task's own.
  public func series(_ column: String, of split: MetricsRow.Split) -> ThinnedSeries {
    guard let index = names.firstIndex(of: column), let series = splits[split] else {
      return ThinnedSeries(capacity: capacity)
    }
    return series[index]
  }

  /// Whether there are rows of a split.
  public func has(_ split: MetricsRow.Split) -> Bool { splits[split] != nil }
}
