import Formatting
import Foundation
import Metrics
import Numbers

extension DetectionEvaluation {
  /// The evaluation as a table: COCO's metrics for all classes and for each, precision and
  /// recall, and the errors by kind.
  public var text: String {
    let metrics = COCOSummary.Name.allCases.map(\.metric)
    func cells(_ known: [String: Double]) -> [String] {
      metrics.map { formatted(known[$0.name], digits: $0.digits) }
    }
    let head = ["class", "objects"] + metrics.map(\.displayName)
    let all = ["all", "\(classes.reduce(0) { $0 + $1.count })"] + cells(values)
    let rows = classes.map { [$0.name, "\($0.count)"] + cells($0.metrics) }
    var lines = alignedColumns([head, all] + rows)
    lines += ["", "of detections of a score of \(formatted(score, digits: 3)) or more:"]
    let kinds = Self.kinds
    lines += alignedColumns(
      [["class", "precision", "recall"] + kinds.map(\.displayName)]
        + classes.map { row in
          [row.name, formatted(row.precision, digits: 3), formatted(row.recall, digits: 3)]
            + kinds.map { "\(row.errors[$0.rawValue] ?? 0)" }
        })
    return lines.joined(separator: "\n")
  }
}
