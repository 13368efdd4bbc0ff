import Formatting
import Foundation
import Numbers
import Reporting

/// The page of `rondo watch`: one file with its script and its style.
///
/// It holds the table of runs as it is now, which a browser without JavaScript shows.
struct WatchPage {
  let title: String
  let overviews: [RunOverview]
  let nonce: String

  /// Nothing from other hosts, no script but the page's own, and the page in no frame of another.
  static func policy(nonce: String) -> String {
    "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'unsafe-inline'; img-src data:; "
      + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  }

  var html: String {
    // What names of runs are in comes last, so that nothing in them is filled in.
    String(decoding: PackageResources.watch_html, as: UTF8.self)
      .replacing("{{style}}", with: PageParts.style)
      .replacing("{{charts}}", with: ChartScript.text)
      .replacing("{{nonce}}", with: nonce)
      .replacing("{{title}}", with: PageParts.escaped(title))
      .replacing("{{table}}", with: table)
  }

  private var table: String {
    PageParts.table(
      ["run", "state", "updates", "loss", "evaluation", "images/s", "time left"],
      overviews.map { overview in
        [
          overview.name,
          [overview.state.rawValue, overview.work].compactMap(\.self).joined(separator: ", "),
          "\(overview.update)" + (overview.total.map { " of \($0)" } ?? ""),
          formatted(overview.loss, dash: "–"),
          overview.metrics.map { "\($0.name) \(formatted($0.value, dash: "–"))" }
            .joined(separator: ", "),
          formatted(overview.imagesPerSecond, digits: 0, dash: "–"),
          overview.secondsLeft.map { formatted($0 / 60, digits: 1) + " min" } ?? "–",
        ]
      })
  }
}
