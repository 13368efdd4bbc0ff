import Evaluation
import Foundation
import Numbers
import Planning

/// The part of a report that says what the last evaluation of a segmentation found.
enum SegmentationSection {
  /// Returns the metrics, the classes, how the images fare, and examples with their errors drawn.
  static func html(_ evaluation: SegmentationEvaluation) -> String {
    """
    \(metrics(evaluation))
    \(classes(evaluation))
    \(spread(evaluation))
    \(examples(evaluation))
    """
  }

  private static func metrics(_ evaluation: SegmentationEvaluation) -> String {
    let rows = evaluation.namedValues.map { metric, value in
      [escaped(metric.displayName), formatted(value, digits: metric.digits, dash: "–")]
    }
    return HTML.table(["metric", "value"], rows)
  }

  private static func classes(_ evaluation: SegmentationEvaluation) -> String {
    guard evaluation.classes.count > 2 else { return "" }
    let rows = evaluation.classes.map { row in
      let metrics = row.metrics
      return [
        escaped(row.name), cell(metrics.dice), cell(metrics.iou), cell(metrics.dicePooled),
        cell(metrics.iouPooled), cell(metrics.hd95, of: "hd95"), cell(metrics.boundaryIoU),
        cell(metrics.boundaryF1),
      ]
    }
    return HTML.table(
      [
        "class", "Dice", "IoU", "Dice pooled", "IoU pooled", "HD95", "boundary IoU", "boundary F1",
      ], rows)
  }

  /// The Dice of the images from the worst to the best: a mean says nothing of the few that fail.
  private static func spread(_ evaluation: SegmentationEvaluation) -> String {
    let dice = evaluation.cases.compactMap(\.dice).filter(\.isFinite).sorted()
    guard dice.count > 2 else { return "" }
    let positions = dice.indices.map { 100 * (Double($0) + 0.5) / Double(dice.count) }
    let chart = Chart(
      title: "Dice of the images", xLabel: "share of the images, %",
      series: [.init(name: "images with a lower Dice", x: positions, y: dice)])
    return HTML.card(chart)
  }

  private static func examples(_ evaluation: SegmentationEvaluation) -> String {
    guard !evaluation.examples.isEmpty else { return "" }
    let figures = evaluation.examples.map { example in
      let name = escaped(example.name)
      return """
        <figure title="\(name)"><img alt="\(name)" \
        src="data:image/png;base64,\(example.picture.base64EncodedString())"><figcaption>\
        <b>\(example.kind.rawValue)</b> Dice \(formatted(example.dice, digits: 3, dash: "–"))<br>\(name)\
        </figcaption></figure>
        """
    }
    return
      "<h2>Segmentation examples</h2>\n<p>The images of the lowest and of the highest Dice. An outline "
      + "is white where truth and prediction agree to the pixel, blue where only the truth has it, and red "
      + "where only the prediction has it; missed and wrong areas are tinted likewise.</p>\n"
      + "<div class=\"masks\">\(figures.joined(separator: "\n"))</div>"
  }

  private static func cell(_ value: Double?, of name: String = "") -> String {
    formatted(value, digits: name == "hd95" ? 2 : 4, dash: "–")
  }
}

extension SegmentationEvaluation: ReportedEvaluation {
  /// The section's heading.
  public static var heading: String { "Segmentation" }
  /// Empty: the table has the result.
  public var headline: String { "" }
  /// The metrics, the classes and examples, as HTML.
  public var body: String { SegmentationSection.html(self) }
}
