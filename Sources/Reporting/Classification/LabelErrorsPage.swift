import Datasets
import Evaluation
import Files
import Foundation
import Numbers

/// The page of `rondo evaluate --label-errors`: one HTML file that needs nothing beside it.
public enum LabelErrorsPage {
  /// The most images that are shown.
  private static let most = 200

  /// Writes `label-errors.html`, `.csv` and `.json` into a folder.
  ///
  /// - Throws: `FileError` if one cannot be written.
  public static func write(_ errors: LabelErrors, to folder: URL) throws {
    for (ending, data) in [
      ("html", Data(html(errors).utf8)), ("csv", Data(errors.csv.utf8)),
      ("json", try JSONText.data(errors, isPretty: true)),
    ] {
      try AtomicFile.write(data, to: folder.appendingPathComponent("label-errors.\(ending)"))
    }
  }

  static func html(_ errors: LabelErrors) -> String {
    let examples = errors.doubts.prefix(most).map { doubt in
      DataReportPage.example(
        DataReport.Example(
          images: [
            DataReport.Image(
              split: "fold \(doubt.fold)", name: doubt.image, picture: doubt.picture)
          ],
          text: "given \(doubt.given) (\(formatted(doubt.quality, digits: 3))), suggested "
            + "\(doubt.suggested) (\(formatted(doubt.probability, digits: 3)))"))
    }
    let rest = errors.doubts.count - examples.count
    let body = """
      <h1>\(escaped(errors.headline))</h1>
      <p class="lead">\(escaped("\(errors.data) · \(errors.folds) folds · accuracy \(formatted(errors.accuracy))"))</p>
      <p>Each image was predicted by a model that was not trained on it. The most doubtful labels come first; the
      numbers are the probabilities of the given and of the suggested class. Look at each image before you
      change its label: the model may be wrong.</p>
      <div class="examples">\(examples.joined(separator: "\n"))</div>
      \(rest > 0 ? "<p>\(rest) more are in label-errors.csv.</p>" : "")
      """
    return HTML.page(
      title: "label errors", body: body, footer: "Written by rondo evaluate --label-errors.")
  }
}
