/// What the pages of reports and their sections have in common.
enum HTML {
  /// Returns a page that needs nothing beside it.
  ///
  /// - Parameters:
  ///   - body: its content, as HTML.
  ///   - footer: the last line, as text.
  static func page(title: String, body: String, footer: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escaped(title)) · Rondo</title>
    <style>
    \(PageStyle.page)
    \(PageStyle.chart)
    \(PageStyle.interactive)
    </style>
    </head>
    <body><main>
    \(body)
    <footer>\(escaped(footer))</footer>
    </main>
    <script>
    \(ChartScript.text)
    rondoCharts.upgrade(document);
    </script></body>
    </html>

    """
  }

  /// Returns a table of a head as text and of rows whose cells are HTML.
  static func table(_ head: [String], _ rows: [[String]]) -> String {
    let lines = rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>" }
    return "<table><tr>" + head.map { "<th>\(escaped($0))</th>" }.joined() + "</tr>\n"
      + lines.joined(separator: "\n") + "</table>"
  }

  /// Returns a chart in a frame: as a picture, as a table for those who do not see it, and as data from which the
  /// page's script draws it again, to be zoomed and read.
  static func card(_ chart: Chart) -> String {
    """
    <div class="card">\(chart.svg())<details class="values"><summary>Values</summary>
    \(table(Chart.valueHead, chart.values.map { $0.map { escaped($0) } }))</details>
    <script type="application/json">\(chart.json())</script></div>
    """
  }
}
