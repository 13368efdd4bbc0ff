import Formatting
import Foundation

/// A checkpoint among those of a run that was evaluated, and by what it ranks.
public struct RankedCheckpoint: Sendable, Hashable {
  /// The checkpoint's file.
  public let file: URL
  /// The metric's value.
  public let value: Double
  /// The images that the metric is of: `validation` or `test`.
  public let part: MetricsRow.Split
  /// Whether the metric is of the averaged weights that the checkpoint holds, and not of the model's own.
  public let isAverage: Bool
  /// A better evaluation, of which no checkpoint is left.
  public var better: Evaluation?

  /// The value of a metric after an update.
  public struct Evaluation: Sendable, Hashable {
    /// Updates applied.
    public let update: Int
    /// The metric's value.
    public let value: Double
  }
}

extension RunFolder {
  /// The checkpoint whose weights had the best metric while the run was evaluated, of those that are still
  /// there.
  ///
  /// A checkpoint is used by its averaged weights, where it holds such, and ranks by their metric; any
  /// other ranks by that of the model's own weights. So what ranks first is what is exported. Of several
  /// equals it is the newest; nil if none was evaluated.
  ///
  /// - Parameters:
  ///   - metric: `loss`, or one of the task's columns.
  ///   - smallerIsBetter: whether the smaller of two values in a column is the better one.
  ///   - holdsAverage: whether a checkpoint's file holds averaged weights.
  /// - Throws: `RunError` for a table that cannot be read, or that has no such column; what `holdsAverage`
  ///   throws.
  public func bestCheckpoint(
    by metric: String, smallerIsBetter: (String) -> Bool, holdsAverage: (URL) throws -> Bool
  ) throws -> RankedCheckpoint? {
    let table = try MetricsTable.read(metrics)
    let known = ["loss"] + table.columns
    guard let metric = spelled(metric, among: known) else {
      throw RunError.noMetric(
        metric, path: metrics.path, known: known, nearest: nearest(to: metric, among: known))
    }
    let column = table.columns.firstIndex(of: metric)
    let evaluations = Dictionary(grouping: table.rows.filter { $0.split != .train }, by: \.update)
    func value(_ rows: [MetricsRow], isAverage: Bool) -> Double? {
      let row = rows.last { isAverage ? $0.split == .average : $0.split.isEvaluation }
      let value = metric == "loss" ? row?.loss : column.flatMap { row?.values[$0] }
      return value.flatMap { $0.isNaN ? nil : $0 }
    }
    let candidates = try listCheckpoints().compactMap { update, file -> RankedCheckpoint? in
      guard let rows = evaluations[update] else { return nil }
      let isAverage = try holdsAverage(file)
      guard let value = value(rows, isAverage: isAverage) else { return nil }
      return RankedCheckpoint(
        file: file, value: value, part: rows.first { $0.split.isEvaluation }?.split ?? .test,
        isAverage: isAverage)
    }
    let sign = smallerIsBetter(metric) ? -1.0 : 1
    guard var best = candidates.reversed().max(by: { sign * $0.value < sign * $1.value }) else { return nil }
    best.better = evaluations.compactMap { update, rows in
      value(rows, isAverage: best.isAverage).map { RankedCheckpoint.Evaluation(update: update, value: $0) }
    }
    .filter { sign * $0.value > sign * best.value }
    .max { (sign * $0.value, $0.update) < (sign * $1.value, $1.update) }
    return best
  }
}
