import Evaluation
import Foundation
import Numbers
import Planning
import Settings

/// The part of a report that says what the last evaluation found.
enum ClassificationSection {
  /// Returns the metrics, the classes, the confusion matrix and the worst mistakes.
  static func html(_ evaluation: ClassificationEvaluation) -> String {
    """
    <div class="card">\(
      ConfusionPicture(
        names: evaluation.classes.map(\.name), counts: evaluation.confusionMatrix).svg())</div>
    \(classes(evaluation))
    \(calibration(evaluation))
    \(mistakes(evaluation))
    """
  }

  fileprivate static func metrics(_ evaluation: ClassificationEvaluation) -> String {
    TaskDescription.classify.metrics.compactMap { metric in
      evaluation.values[metric.name].map {
        "\(metric.displayName) \(formatted($0, digits: metric.digits, dash: "–"))"
      }
    }
    .joined(separator: ", ")
  }

  /// All classes of a small number, else the twenty with the lowest F1.
  private static func classes(_ evaluation: ClassificationEvaluation) -> String {
    let isPart = evaluation.classes.count > 50
    let shown =
      isPart
      ? Array(
        evaluation.classes.filter { $0.f1 != nil }.sorted { ($0.f1 ?? 0) < ($1.f1 ?? 0) }.prefix(20)
      )
      : evaluation.classes
    let rows = shown.map { row in
      [escaped(row.name), "\(row.count)"]
        + [row.precision, row.recall, row.f1].map { formatted($0, dash: "–") }
    }
    return (isPart ? "<p>The twenty classes of the lowest F1:</p>\n" : "")
      + HTML.table(["class", "images", "precision", "recall", "F1"], rows)
  }

  private static func calibration(_ evaluation: ClassificationEvaluation) -> String {
    let bins = evaluation.calibration.filter { $0.count > 0 }
    guard bins.count > 1 else { return "" }
    let confidences = bins.map { $0.confidence ?? .nan }
    let chart = Chart(
      title: "Calibration", xLabel: "the model's confidence",
      series: [
        .init(name: "accuracy", x: confidences, y: bins.map { $0.accuracy ?? .nan }),
        .init(name: "perfect calibration", x: [0, 1], y: [0, 1], color: 1, style: .faint),
      ])
    return HTML.card(chart)
  }

  private static func mistakes(_ evaluation: ClassificationEvaluation) -> String {
    let shown = evaluation.mistakes.compactMap { mistake in
      mistake.picture.map { (mistake, $0.base64EncodedString()) }
    }
    guard !shown.isEmpty else { return "" }
    let figures = shown.map { mistake, picture in
      let name = URL(fileURLWithPath: mistake.image).lastPathComponent
      return """
        <figure title="\(escaped(mistake.image))"><img alt="\(escaped(name))" \
        src="data:image/png;base64,\(picture)"><figcaption><b>\(escaped(mistake.prediction))</b> \
        \(formatted(100 * mistake.probability, digits: 1, dash: "–")) %<br>is \(escaped(mistake.truth))\
        </figcaption></figure>
        """
    }
    return
      "<h2>The worst mistakes</h2>\n<p>Wrong predictions with the highest confidence, as the model saw the "
      + "images.</p>\n<div class=\"pictures\">\(figures.joined(separator: "\n"))</div>"
  }
}

extension ClassificationEvaluation: ReportedEvaluation {
  /// The section's heading.
  public static var heading: String { "Confusion matrix" }
  /// The metrics in a sentence.
  public var headline: String { ClassificationSection.metrics(self) }
  /// The metrics, the classes and examples, as HTML.
  public var body: String { ClassificationSection.html(self) }
}
