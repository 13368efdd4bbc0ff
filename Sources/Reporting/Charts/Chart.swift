import Formatting
import Foundation
import Numbers

/// A line chart, drawn as SVG.
///
/// Colors come from the page's CSS through classes, so that a chart follows the page into the dark;
/// alone, `svg(standalone: true)` carries its own. Values that are not finite leave gaps.
public struct Chart: Sendable, Hashable {
  /// What the chart shows.
  public var title: String
  /// What the horizontal places are.
  public var xLabel: String
  /// Whether the horizontal axis is logarithmic.
  public var isLogarithmic = false
  /// Whether the vertical axis is logarithmic.
  public var isVerticallyLogarithmic = false
  /// The lines.
  public var series: [Series]
  /// A stretch of the horizontal axis to shade.
  public var band: ClosedRange<Double>?
  /// Horizontal places to mark with a line, such as the ends of cycles.
  public var marks: [Double] = []
  /// Horizontal places to mark by name.
  public var labels: [(Double, String)] {
    get { labeled.map { ($0.position, $0.text) } }
    set { labeled = newValue.map { Label(position: $0.0, text: $0.1) } }
  }
  private var labeled: [Label] = []

  private struct Label: Sendable, Hashable {
    let position: Double
    let text: String
  }

  /// Creates a chart.
  public init(title: String, xLabel: String, series: [Series]) {
    self.title = title
    self.xLabel = xLabel
    self.series = series
  }

  // MARK: Drawing

  static let width = 720.0
  /// The height with one row of legend; each further one adds its own.
  static let height = 260.0
  private var wholeHeight: Double {
    Self.height + Self.legendRow * Double(max(0, legendRows.count - 1))
  }
  /// Room for the words at the vertical axis, which are longer where it shows small differences.
  private var left: Double {
    14 + max(38, 6.6 * Double(yAxis.ticks.map(\.label.count).max() ?? 0))
  }
  private static let right = 12.0
  /// Room for a row of the legend.
  private static let legendRow = 15.0
  private var top: Double { 11 + Self.legendRow * Double(max(1, legendRows.count)) }
  private static let bottom = 38.0

  var xAxis: Axis {
    Axis(
      scale: isLogarithmic ? .logarithmic : .linear, showing: series.flatMap(\.x),
      from: left, to: Self.width - Self.right,
      isWhole: series.allSatisfy { $0.x.allSatisfy { !$0.isFinite || $0 == $0.rounded() } })
  }

  var yAxis: Axis {
    Axis(
      scale: isVerticallyLogarithmic ? .logarithmic : .linear, showing: series.flatMap(\.y),
      from: wholeHeight - Self.bottom, to: top, margin: 0.04)
  }

  /// Returns the chart as an SVG element.
  ///
  /// - Parameter standalone: whether the element brings its colors, to be a file of its own.
  public func svg(standalone: Bool = false) -> String {
    let (x, y) = (xAxis, yAxis)
    var parts = [
      "<svg class=\"chart\" viewBox=\"0 0 \(Int(clamping: Self.width)) \(Int(clamping: wholeHeight))\" role=\"img\" "
        + "xmlns=\"http://www.w3.org/2000/svg\"><title>\(escaped(title))</title>"
    ]
    if standalone { parts.append("<style>\(PageStyle.chart)</style>") }
    parts += shading(x)
    parts += grid(x, y)
    parts += names(x)
    parts += series.indices.map { path(series[$0], x, y, dash(of: $0)) }
    parts += legend()
    parts.append("</svg>")
    return parts.joined(separator: "\n")
  }

  private func shading(_ x: Axis) -> [String] {
    var parts: [String] = []
    let bottom = wholeHeight - Self.bottom
    if let band, let from = x.pixel(of: band.lowerBound), let to = x.pixel(of: band.upperBound) {
      parts.append(
        "<rect class=\"band\" x=\"\(pixel(from))\" y=\"\(pixel(top))\" width=\"\(pixel(to - from))\" "
          + "height=\"\(pixel(bottom - top))\"/>")
    }
    for mark in marks {
      guard let position = x.pixel(of: mark) else { continue }
      parts.append(line(position, top, position, bottom, "mark"))
    }
    for label in labeled {
      guard let position = x.pixel(of: label.position) else { continue }
      parts.append(line(position, top, position, bottom, "bound"))
    }
    return parts
  }

  /// The names of the places that have one, each in the first row in which it lies on no other.
  private func names(_ x: Axis) -> [String] {
    var rows: [[ClosedRange<Double>]] = []
    return labeled.compactMap { label in
      guard let position = x.pixel(of: label.position) else { return nil }
      let width = Self.width(of: label.text)
      // A name that would run out of the picture stands before its line.
      let isAtEdge = position + 4 + width > Self.width
      let gap = 8.0
      let extent =
        isAtEdge ? position - 4 - width - gap...position : position...position + 4 + width + gap
      let row = rows.firstIndex { $0.allSatisfy { !$0.overlaps(extent) } } ?? rows.count
      if row == rows.count { rows.append([]) }
      rows[row].append(extent)
      return text(
        isAtEdge ? position - 4 : position + 4, top + 11 + 12 * Double(row), label.text,
        isAtEdge ? "bound-label end" : "bound-label")
    }
  }

  private func grid(_ x: Axis, _ y: Axis) -> [String] {
    var parts: [String] = []
    for (value, label) in y.ticks {
      guard let position = y.pixel(of: value) else { continue }
      parts.append(line(left, position, Self.width - Self.right, position, "grid"))
      parts.append(text(left - 6, position + 4, label, "tick end"))
    }
    for (value, label) in x.ticks {
      guard let position = x.pixel(of: value) else { continue }
      parts.append(
        text(position, wholeHeight - Self.bottom + 16, label, "tick " + anchor(label, at: position))
      )
    }
    let bottom = wholeHeight - Self.bottom
    parts.append(line(left, bottom, Self.width - Self.right, bottom, "axis"))
    parts.append(
      text((left + Self.width - Self.right) / 2, wholeHeight - 6, xLabel, "tick middle"))
    return parts
  }

  /// About how wide a text is drawn, in pixels.
  private static func width(of text: String) -> Double { 6.6 * Double(text.count) }

  /// Where a text stands about its place, so that nothing of it is cut off.
  private func anchor(_ text: String, at position: Double) -> String {
    position + Self.width(of: text) / 2 > Self.width ? "end" : "middle"
  }

  /// The series that the legend names, row by row: those with a name and a value that can be shown.
  private var legendRows: [[(index: Int, position: Double)]] {
    var rows: [[(index: Int, position: Double)]] = []
    var position = Double.infinity
    for (index, series) in series.enumerated() where !series.name.isEmpty && series.isVisible {
      let width = 38 + Self.width(of: series.name)
      if position + width > Self.width {
        rows.append([])
        position = 52
      }
      rows[rows.count - 1].append((index, position))
      position += width
    }
    return rows
  }

  private func legend() -> [String] {
    legendRows.enumerated().flatMap { row, entries in
      entries.flatMap { index, position -> [String] in
        let series = series[index]
        let y = 11 + Self.legendRow * Double(row)
        let style = series.style == .faint ? "faint" : "line"
        let mark =
          series.style == .dots
          ? "<circle class=\"dot \(series.colorClass)\" cx=\"\(pixel(position + 8))\" cy=\"\(pixel(y))\" r=\"3\"/>"
          : line(position, y, position + 24, y, "\(style) \(series.colorClass)\(dash(of: index))")
        return [mark, text(position + 29, y + 4, series.name, "tick")]
      }
    }
  }

  /// The class of a series' dash.
  ///
  /// Where three and more are to be told apart, color alone does not do it.
  private func dash(of index: Int) -> String {
    let lines = series.indices.filter {
      series[$0].style == .line && !series[$0].name.isEmpty && series[$0].isVisible
    }
    guard lines.count > 2, let number = lines.firstIndex(of: index), number > 0 else { return "" }
    return " d\((number + number / PageStyle.colors) % PageStyle.colors)"
  }

  private func path(_ series: Series, _ x: Axis, _ y: Axis, _ dash: String) -> String {
    if series.style == .dots { return dots(series, x, y) }
    var path = ""
    var isDown = false
    for (px, py) in thinned(series, x, y) {
      guard let py else {
        isDown = false
        continue
      }
      path += "\(isDown ? "L" : "M")\(pixel(px)) \(pixel(py))"
      isDown = true
    }
    let style = series.style == .faint ? "faint" : "line"
    let line = "<path class=\"\(style) \(series.colorClass)\(dash)\" d=\"\(path)\"/>"
    // A few values are seen better as dots on their line; one alone would not be seen at all.
    return series.style == .line && series.x.count <= 60 ? line + dots(series, x, y) : line
  }

  private func dots(_ series: Series, _ x: Axis, _ y: Axis) -> String {
    let style = series.isPoint ? "point" : "dot"
    return zip(series.x, series.y).compactMap { position, value in
      guard let px = x.pixel(of: position), let py = y.pixel(of: value) else { return nil }
      return "<circle class=\"\(style) \(series.colorClass)\" cx=\"\(pixel(px))\" "
        + "cy=\"\(pixel(py))\" r=\"\(series.isPoint ? 4 : 2)\"/>"
    }.joined()
  }

  /// Returns pixels to draw: of a long series the lowest and the highest in each column of a pixel,
  /// so that no spike is lost.
  private func thinned(_ series: Series, _ x: Axis, _ y: Axis) -> [(Double, Double?)] {
    let points = zip(series.x, series.y).compactMap { position, value -> (Double, Double?)? in
      x.pixel(of: position).map { ($0, y.pixel(of: value)) }
    }
    guard points.count > Int(clamping: 2 * Self.width) else { return points }
    var thinned: [(Double, Double?)] = []
    var column: [(Double, Double?)] = []
    func close() {
      let seen = column.enumerated().filter { $0.element.1 != nil }
      guard
        let low = seen.min(by: { ($0.element.1 ?? 0) < ($1.element.1 ?? 0) }),
        let high = seen.max(by: { ($0.element.1 ?? 0) < ($1.element.1 ?? 0) })
      else {
        if let first = column.first { thinned.append(first) }
        return
      }
      thinned.append(low.offset <= high.offset ? low.element : high.element)
      if low.offset != high.offset {
        thinned.append(low.offset <= high.offset ? high.element : low.element)
      }
    }
    for point in points {
      if let first = column.first, first.0.rounded(.down) != point.0.rounded(.down) {
        close()
        column.removeAll(keepingCapacity: true)
      }
      column.append(point)
    }
    close()
    return thinned
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String)
    -> String
  {
    "<line class=\"\(style)\" x1=\"\(pixel(x1))\" y1=\"\(pixel(y1))\" x2=\"\(pixel(x2))\" y2=\"\(pixel(y2))\"/>"
  }

  private func text(_ x: Double, _ y: Double, _ words: String, _ style: String) -> String {
    "<text class=\"\(style)\" x=\"\(pixel(x))\" y=\"\(pixel(y))\">\(escaped(words))</text>"
  }

  private func pixel(_ value: Double) -> String { String(format: "%.1f", value) }
}

/// Returns text that means itself in HTML and XML, where control characters are not allowed.
func escaped(_ text: String) -> String {
  var escaped = ""
  for character in text.printable(keepingLines: true).unicodeScalars {
    switch character {
    case "&": escaped += "&amp;"
    case "<": escaped += "&lt;"
    case ">": escaped += "&gt;"
    case "\"": escaped += "&quot;"
    case "'": escaped += "&#39;"
    default: escaped.unicodeScalars.append(character)
    }
  }
  return escaped
}
