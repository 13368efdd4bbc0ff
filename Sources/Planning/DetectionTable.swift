import Foundation
import Metrics
import Words

extension DetectionEvaluation {
  /// The evaluation as a table for people: COCO's figures for all classes and for each, precision and
  /// recall, and the errors by kind.
  public var text: String {
    let names = COCOFigures.Name.allCases.map(\.rawValue)
    func figures(_ known: [String: Double]) -> [String] {
      names.map { Self.words(known[$0.lowercased()]) }
    }
    let head = ["class", "objects"] + names
    let all = ["all", "\(classes.reduce(0) { $0 + $1.count })"] + figures(values)
    let rows = classes.map { [$0.name, "\($0.count)"] + figures($0.figures) }
    var lines = alignedColumns([head, all] + rows)
    lines += ["", "of detections of a score of \(String(format: "%.3f", score)) or more:"]
    let kinds = Self.kinds
    lines += alignedColumns(
      [["class", "precision", "recall"] + kinds.map(\.words)]
        + classes.map { row in
          [row.name, Self.words(row.precision), Self.words(row.recall)]
            + kinds.map { "\(row.errors[$0.rawValue] ?? 0)" }
        })
    return lines.joined(separator: "\n")
  }

  /// Three digits behind the point; a dash where there is no figure.
  private static func words(_ value: Double?) -> String {
    value.map { String(format: "%.3f", $0) } ?? "-"
  }
}
