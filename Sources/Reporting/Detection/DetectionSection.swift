import Evaluation
import Foundation
import Metrics
import Numbers
import Planning
import Settings

/// The part of a report that says what the last evaluation of a detector found.
enum DetectionSection {
  /// Returns the metrics, the curves, the errors by kind, and images with what was found on them.
  static func html(_ evaluation: DetectionEvaluation) -> String {
    """
    \(metrics(evaluation))
    \(curves(evaluation))
    \(errors(evaluation))
    \(pictures(evaluation))
    """
  }

  // MARK: Metrics

  /// COCO's twelve for all classes and for each; of many classes for the twenty with the lowest AP.
  private static func metrics(_ evaluation: DetectionEvaluation) -> String {
    let metrics = TaskDescription.detect.metrics
    let isPart = evaluation.classes.count > 50
    let known = evaluation.classes.filter { $0.metrics["ap"]?.isNaN == false }
    let shown =
      isPart
      ? Array(known.sorted { ($0.metrics["ap"] ?? 0) < ($1.metrics["ap"] ?? 0) }.prefix(20))
      : evaluation.classes
    let rows =
      [["all"] + metrics.map { cell(evaluation.values[$0.name]) }]
      + shown.map { row in
        [escaped(row.name)] + metrics.map { cell(row.metrics[$0.name]) }
      }
    return (isPart ? "<p>The twenty classes of the lowest AP:</p>\n" : "")
      + table(head: ["class"] + metrics.map(\.displayName), rows)
  }

  private static func cell(_ value: Double?) -> String {
    formatted(value, digits: 3, dash: "–")
  }

  private static func table(head: [String], _ rows: [[String]]) -> String {
    "<div class=\"wide\">\(HTML.table(head, rows))</div>"
  }

  // MARK: Curves

  /// Precision against recall of up to four classes a chart.
  private static func curves(_ evaluation: DetectionEvaluation) -> String {
    let known = evaluation.classes.compactMap { row in row.curve.map { (row.name, $0) } }
    guard !known.isEmpty else { return "" }
    // The charts of more classes would tell nobody anything.
    let shown = known.prefix(24)
    let charts = stride(from: 0, to: shown.count, by: 4).map { start in
      let series = shown[start..<min(shown.count, start + 4)].enumerated().map { color, curve in
        Chart.Series(
          name: curve.0, x: PrecisionRecallCurve.recalls, y: curve.1, color: color)
      }
      let chart = Chart(
        title: "Precision against recall", xLabel: "recall at an IoU of 0.5", series: series)
      return HTML.card(chart)
    }
    return "<h2>Precision against recall</h2>\n" + charts.joined(separator: "\n")
  }

  // MARK: Errors

  private static func errors(_ evaluation: DetectionEvaluation) -> String {
    let kinds = DetectionEvaluation.kinds
    let rows = evaluation.classes.map { row in
      [escaped(row.name), cell(row.precision), cell(row.recall)]
        + kinds.map { "\(row.errors[$0.rawValue] ?? 0)" }
    }
    let all = ["all", "", ""] + kinds.map { "\(evaluation.count($0))" }
    let sentence =
      "Of detections of a score of \(cell(evaluation.score)) or more, at which the "
      + "F1 score is highest. Poor localization: an IoU of 0.1 to 0.5 with "
      + "the object. Background: less than 0.1 with any. Missed: neither detected nor poorly localized."
    return "<h2>Errors by kind</h2>\n<p>\(escaped(sentence))</p>\n"
      + table(head: ["class", "precision", "recall"] + kinds.map(\.displayName), rows + [all])
  }

  // MARK: Pictures

  private static func pictures(_ evaluation: DetectionEvaluation) -> String {
    let names = evaluation.classes.map(\.name)
    let shown = evaluation.pictures.enumerated().compactMap { number, picture in
      picture.png.map { png in
        DetectionPicture(picture: picture, names: names, number: number).html(png)
      }
    }
    guard !shown.isEmpty else { return "" }
    return """
      <h2>Ground truth and detections</h2>
      <p>Left the ground truth, dashed where the model misses it; right the detections, dashed \
      where it is wrong. Point at a box to read more.</p>
      \(shown.joined(separator: "\n"))
      """
  }
}

extension DetectionEvaluation: ReportedEvaluation {
  /// The section's heading.
  public static var heading: String { "Detections" }
  /// The metrics, the classes and examples, as HTML.
  public var body: String { DetectionSection.html(self) }
}
