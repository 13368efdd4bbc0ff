/// What other pages than reports take from them: their look, and their tables.
public enum PageParts {
  /// The style of reports and of their charts.
  public static let style = [PageStyle.page, PageStyle.chart, PageStyle.interactive]
    .joined(separator: "\n")

  /// Returns text that means itself in HTML.
  public static func escaped(_ text: String) -> String { Reporting.escaped(text) }

  /// Returns a table of texts.
  public static func table(_ head: [String], _ rows: [[String]]) -> String {
    HTML.table(head, rows.map { $0.map { Reporting.escaped($0) } })
  }
}
