import Metrics
import Runs
import Settings
import Tuning

/// A loss curve that grows with the rows of `metrics.csv`, as far as its updates follow one another from 1.
public struct LossRows: Sendable {
  private var updates = LossCurve()
  private var evaluations: [MetricsRow] = []
  private var columns: EvaluatedColumns
  private var hasGap = false

  /// Creates the curve of a table without rows.
  public init(columns: [String]) { self.columns = EvaluatedColumns(columns) }

  /// Adds the next row.
  public mutating func append(_ row: MetricsRow) {
    columns.take(row)
    guard !hasGap else { return }
    switch row.split {
    case .train:
      guard row.update == updates.count + 1, let loss = row.loss, let rate = row.learningRate else {
        hasGap = true
        return
      }
      updates.append(loss: loss, learningRate: rate)
    case .validation, .test, .trainingImages: evaluations.append(row)
    case .average: break
    }
  }

  /// The curve of the rows so far.
  public var curve: LossCurve {
    var curve = updates
    let score = LossCurve.scoreName(among: columns.names)
      .flatMap { columns.all.firstIndex(of: $0) }
    for row in evaluations {
      let value = score.flatMap { row.values[$0] }
      if row.split.isEvaluation {
        curve.append(.init(update: row.update, loss: row.loss, score: value))
      } else if let loss = row.loss {
        curve.append(LossCurve.TrainingReading(loss: loss, score: value), at: row.update)
      }
    }
    return curve
  }
}

extension LossCurve {
  /// Creates the curve that a run's table holds, as far as its updates follow one another from 1.
  public init(_ table: MetricsTable) {
    var rows = LossRows(columns: table.columns)
    table.rows.forEach { rows.append($0) }
    self = rows.curve
  }

  /// Which of a task's metrics is a share from 0 to 1 of which more is better.
  public static func scoreName(among names: [String]) -> String? {
    MetricDescription.all.filter { $0.better == .larger }.map(\.name).first(where: names.contains)
  }
}
