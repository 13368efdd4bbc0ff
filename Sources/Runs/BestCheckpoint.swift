import Foundation
import Words

extension RunFolder {
  /// The checkpoint after which a figure on the evaluation data was best, of those that are still there.
  ///
  /// Of several equals it is the newest; nil if none of them was judged.
  /// - Parameter figure: `loss`, of which less is better, or one of the task's columns.
  /// - Throws: `RunError` for a table that cannot be read, or that has no such column.
  public func bestCheckpoint(by figure: String) throws -> URL? {
    let table = try MetricsTable.read(metrics)
    let known = ["loss"] + table.columns
    guard let figure = spelled(figure, among: known) else {
      throw RunError.cannotRead(
        path: metrics.path,
        reason: "it has no figure '\(figure)', but \(known.joined(separator: ", "))")
    }
    let judged = table.rows.filter { $0.split == .test }
    let files = Dictionary(
      listCheckpoints().map { ($0.update, $0.file) }, uniquingKeysWith: { $1 })
    let candidates = judged.compactMap { row -> (quality: Double, file: URL)? in
      let value =
        figure == "loss"
        ? row.loss.map { -$0 } : table.columns.firstIndex(of: figure).flatMap { row.values[$0] }
      guard let value, !value.isNaN, let file = files[row.update] else { return nil }
      return (value, file)
    }
    return candidates.reversed().max { $0.quality < $1.quality }?.file
  }
}
