import Files
import Foundation
import Numbers
import Planning

/// The report of a cross-validation: one HTML page that needs nothing beside it.
public enum CrossValidationReport {
  /// Writes `report.html` into a cross-validation's folder.
  ///
  /// - Throws: `FileError` if it cannot be written.
  public static func write(
    _ results: CrossValidationResults, of validation: CrossValidation, to folder: URL
  ) throws {
    let page = html(results, of: validation, title: folder.lastPathComponent)
    try AtomicFile.write(Data(page.utf8), to: folder.appendingPathComponent("report.html"))
  }

  static func html(
    _ results: CrossValidationResults, of validation: CrossValidation, title: String
  ) -> String {
    let settings = validation.settings
    let what = [settings.text("model"), settings.text("data")].compactMap { $0 }.joined(
      separator: " on ")
    let half = results.heldOut?.halfWidth.map { " ± " + formatted($0) } ?? ""
    let headline =
      results.heldOut.map { "\(results.metric) \(formatted($0.mean))\(half)" }
      ?? "No run has ended yet"
    let failures = results.failures.sorted { (Int($0.key) ?? 0) < (Int($1.key) ?? 0) }.map {
      "<li>\(escaped("Fold \($0.key): \($0.value)"))</li>"
    }
    let body = """
      <h1>\(escaped(headline))</h1>
      <p class="lead">\(escaped("\(what) · \(results.rows.count) of \(results.folds) folds"))</p>
      \(HTML.table(results.cells[0], results.cells.dropFirst().map { $0.map { escaped($0) } }))
      <p>Each run is trained without its fold; its metric is on the images of the fold, and then on the test images.
      The intervals are those of the mean, 95 % by Student's t. The runs share training images, so the intervals are
      somewhat too narrow.</p>
      \(failures.isEmpty ? "" : "<h2>Runs that failed</h2><ul>\(failures.joined())</ul>")
      """
    return HTML.page(
      title: title, body: body,
      footer:
        "Written by Rondo from the runs in this folder.")
  }
}
