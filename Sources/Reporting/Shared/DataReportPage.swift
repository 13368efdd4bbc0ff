import Datasets
import Foundation

/// The page of `rondo data report`: one HTML file that needs nothing beside it.
public enum DataReportPage {
  /// Returns the page.
  public static func html(_ report: DataReport) -> String {
    let raised = report.raised
    let headline =
      raised.isEmpty
      ? "Nothing stands out" : "\(raised.count) of \(report.findings.count) checks found something"
    let none = report.findings.filter { $0.count == 0 }.map(\.title).joined(separator: "; ")
    let files = report.files.map { entry in
      [entry.isUsed ? "used as" : "left out", entry.reason, "\(entry.count)", entry.first]
    }
    let body = """
      <h1>\(escaped(headline))</h1>
      <p class="lead">\(escaped(report.head))</p>
      <p>\(escaped("Found: \(report.found)."))</p>
      \(raised.map(section).joined(separator: "\n"))
      \(none.isEmpty ? "" : "<h2>Checks that found nothing</h2><p>\(escaped(none)).</p>")
      <h2>Classes</h2>
      <div class="wide">\(table(report.classRows))</div>
      <h2>Images</h2>
      <p>\(escaped(report.sizeLine.capitalizedFirst))<br>\(escaped(report.channelLine.capitalizedFirst))</p>
      \(notes(report.notes))
      \(files.isEmpty ? "" : "<h2>Files</h2><div class=\"wide\">\(table([["", "", "files", "the first"]] + files))</div>")
      """
    return HTML.page(
      title: URL(fileURLWithPath: report.data).lastPathComponent, body: body,
      footer: "Written by rondo data report.")
  }

  private static func table(_ rows: [[String]]) -> String {
    HTML.table(rows[0], rows.dropFirst().map { $0.map { escaped($0) } })
  }

  private static func notes(_ notes: [String]) -> String {
    guard !notes.isEmpty else { return "" }
    let lines = notes.map { "<li>\(escaped($0))</li>" }
    return "<h2>Notes</h2><ul>\(lines.joined())</ul>"
  }

  private static func section(_ finding: DataReport.Finding) -> String {
    let rest = finding.count - finding.examples.reduce(0) { $0 + max(1, $1.images.count - 1) }
    return """
      <h2>\(escaped(finding.title.capitalizedFirst)): \(finding.count)</h2>
      <p>\(escaped(finding.advice.capitalizedFirst)).\
      \(rest > 0 ? " The first of them:" : "")</p>
      <div class="examples">\(finding.examples.map(example).joined(separator: "\n"))</div>
      """
  }

  /// A few images that belong together, with their names and what is to be said of them.
  static func example(_ example: DataReport.Example) -> String {
    let pictures = example.images.compactMap { image -> String? in
      guard let picture = image.picture else { return nil }
      return figure(image, picture)
    }
    let names = example.images.filter { !$0.name.isEmpty }.map { "<div>\(escaped("\($0)"))</div>" }
    let text = example.text.isEmpty ? "" : "<div>\(escaped(example.text))</div>"
    return """
      <figure><div class="group">\(pictures.joined())</div><figcaption>\(names.joined())\(text)</figcaption></figure>
      """
  }

  /// A picture, with the box that is meant.
  private static func figure(_ image: DataReport.Image, _ picture: DataReport.Picture) -> String {
    let region = picture.region
    let box =
      image.box.map { box in
        "<rect x=\"\(box[0] - region[0])\" y=\"\(box[1] - region[1])\" width=\"\(box[2])\" "
          + "height=\"\(box[3])\" stroke=\"#ff3b30\"/>"
      } ?? ""
    return """
      <svg class="boxes" viewBox="0 0 \(region[2]) \(region[3])" role="img" \
      aria-label="\(escaped(image.name))"><image width="\(region[2])" height="\(region[3])" \
      preserveAspectRatio="none" href="data:image/jpeg;base64,\(picture.jpeg.base64EncodedString())"/>\(box)</svg>
      """
  }
}
