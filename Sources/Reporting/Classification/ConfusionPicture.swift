import Foundation

/// The picture of a confusion matrix: a row a true class, a column a prediction.
///
/// A cell is as dark as its share of the row's images; correct predictions, on the diagonal, have a color of
/// their own. Of up to 20 classes each cell says its number, and of up to 50 each line its name.
public struct ConfusionPicture: Sendable, Hashable {
  /// What the classes are called.
  public var names: [String]
  /// Images by their true class and by the one that they were predicted as.
  public var counts: [[Int]]

  /// Creates a picture of a square matrix.
  public init(names: [String], counts: [[Int]]) {
    self.names = names
    self.counts = counts
  }

  private static let width = 720.0
  private static let nameWidth = 130.0

  /// Returns the picture as SVG, to stand in a page or alone.
  public func svg() -> String {
    let count = max(1, names.count)
    let hasNames = count <= 50
    let left = hasNames ? Self.nameWidth : 30
    let side = min(48, (Self.width - left - 10) / Double(count))
    let top = 30.0
    let bottom = top + side * Double(count)
    let below = hasNames ? Self.nameWidth : 10
    var parts = [
      text(left, 16, "true class by row, prediction by column", "tick")
    ]
    for (row, line) in counts.enumerated() {
      let sum = line.reduce(0, +)
      for (column, number) in line.enumerated() where number > 0 {
        let (x, y) = (left + side * Double(column), top + side * Double(row))
        let share = Double(number) / Double(max(1, sum))
        let title =
          "\(name(row)) predicted as \(name(column)): \(number) of \(sum)"
        parts.append(
          "<rect class=\"\(row == column ? "right" : "wrong")\" x=\"\(pixel(x))\" y=\"\(pixel(y))\" "
            + "width=\"\(pixel(side))\" height=\"\(pixel(side))\" "
            + "fill-opacity=\"\(String(format: "%.3f", 0.08 + 0.92 * share))\">"
            + "<title>\(escaped(title))</title></rect>")
        if count <= 20 {
          let style = "middle " + (share > 0.5 ? "on-dark" : "on-light")
          parts.append(text(x + side / 2, y + side / 2 + 4, "\(number)", style))
        }
      }
    }
    parts.append(
      "<rect class=\"frame\" x=\"\(pixel(left))\" y=\"\(pixel(top))\" "
        + "width=\"\(pixel(bottom - top))\" height=\"\(pixel(bottom - top))\"/>")
    if hasNames {
      for index in names.indices {
        let middle = side * (Double(index) + 0.5)
        parts.append(text(left - 6, top + middle + 4, shortened(name(index)), "tick end"))
        let (x, y) = (pixel(left + middle + 4), pixel(bottom + 8))
        parts.append(
          "<text class=\"tick end\" transform=\"translate(\(x) \(y)) rotate(-60)\">"
            + "\(escaped(shortened(name(index))))</text>")
      }
    }
    return """
      <svg class="chart confusion" xmlns="http://www.w3.org/2000/svg" \
      viewBox="0 0 \(pixel(Self.width)) \(pixel(bottom + below))" role="img" \
      aria-label="Confusion matrix">
      \(parts.joined(separator: "\n"))
      </svg>
      """
  }

  private func name(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "" }

  private func shortened(_ name: String) -> String {
    name.count <= 18 ? name : name.prefix(17) + "…"
  }

  private func text(_ x: Double, _ y: Double, _ words: String, _ style: String) -> String {
    "<text class=\"\(style)\" x=\"\(pixel(x))\" y=\"\(pixel(y))\">\(escaped(words))</text>"
  }

  private func pixel(_ value: Double) -> String { String(format: "%.1f", value) }
}
