import Foundation
import Numbers

/// A curve drawn with block characters, for a terminal.
public struct TerminalChart: Sendable {
  private let width: Int
  private let height: Int

  /// Creates a chart of so many characters.
  public init(width: Int = 64, height: Int = 12) {
    self.width = max(8, width)
    self.height = max(2, height)
  }

  /// Returns the lines of a chart of a function over the steps from 0 to below `steps`.
  public func lines(steps: Int, _ value: (Int) -> Double) -> [String] {
    let steps = max(1, steps)
    let columns = min(width, steps)
    // Of the updates in a column the highest is drawn, so that no peak is lost.
    let levels = (0..<columns).map { column -> Double in
      let range =
        column * steps / columns..<max((column + 1) * steps / columns, column * steps / columns + 1)
      let stride = max(1, range.count / 64)
      return Swift.stride(from: range.lowerBound, to: range.upperBound, by: stride)
        .map(value).max() ?? 0
    }
    let top = levels.max() ?? 0
    let bottom = min(0, levels.min() ?? 0)
    let span = top > bottom ? top - bottom : 1
    let eighths = levels.map {
      Int(clamping: (($0 - bottom) / span * Double(height * 8)).rounded())
    }
    let label = Self.text(top)
    let floor = Self.text(bottom)
    let margin = max(label.count, floor.count)
    var lines = (0..<height).map { row -> String in
      let name = row == 0 ? label : row == height - 1 ? floor : ""
      let base = (height - 1 - row) * 8
      let cells = eighths.map { Self.blocks[max(0, min(8, $0 - base))] }
      return String(repeating: " ", count: margin - name.count) + name + " ┤" + cells.joined()
    }
    let last = String(steps - 1)
    let gap = max(1, columns - 1 - last.count)
    lines.append(
      String(repeating: " ", count: margin + 2) + "0" + String(repeating: " ", count: gap) + last)
    return lines
  }

  private static let blocks = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  private static func text(_ value: Double) -> String { String(format: "%.3g", value) }
}
