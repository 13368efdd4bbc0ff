import Formatting
import Foundation
import Numbers

/// A chart as data: for the script that draws it in a browser, and as a table.
extension Chart {
  /// Returns the chart as JSON that can stand inside a page's script element.
  ///
  /// Keys are `title`, `x` (the label), `log` and `ylog` (whether an axis is logarithmic), `series` (each with
  /// `name`, `color`, `style`, `x` and `y`; `null` is a gap), `marks`, `labels` and `band`.
  ///
  /// - Parameter stretches: of a longer series the lowest and the highest value of so many stretches.
  public func json(stretches: Int = 600) -> String {
    func list(_ values: [Double]) -> String {
      "[" + values.map(JSONText.number).joined(separator: ",") + "]"
    }
    let lines = series.map { series -> String in
      let short = series.thinned(to: stretches)
      return "{\"name\":\(Self.quoted(series.name)),\"color\":\(series.color),"
        + "\"style\":\"\(series.style)\",\"x\":\(list(short.x)),\"y\":\(list(short.y))}"
    }
    let named = labels.map { "[\(JSONText.number($0.0)),\(Self.quoted($0.1))]" }
    let shade = band.map { list([$0.lowerBound, $0.upperBound]) } ?? "null"
    return """
      {"title":\(Self.quoted(title)),"x":\(Self.quoted(xLabel)),"log":\(isLogarithmic),\
      "ylog":\(isVerticallyLogarithmic),"series":[\(lines.joined(separator: ","))],\
      "marks":\(list(marks)),"labels":[\(named.joined(separator: ","))],"band":\(shade)}
      """
  }

  /// A text as JSON that ends no script element.
  static func quoted(_ text: String) -> String {
    ((try? JSONText.line(text.printable)) ?? "\"\"").replacing("<", with: "\\u003c")
  }

  /// The head of the table of values.
  static let valueHead = ["series", "first", "lowest", "highest", "last"]

  /// Of each series that has a name its first, lowest, highest and last value, with the places of these.
  var values: [[String]] {
    series.filter { !$0.name.isEmpty && $0.isVisible }.map { series in
      let points = zip(series.x, series.y).filter { $0.0.isFinite && $0.1.isFinite }
      let chosen = [
        points.first, points.min { $0.1 < $1.1 }, points.max { $0.1 < $1.1 }, points.last,
      ]
      return [series.name]
        + chosen.map { point in
          point.map { "\(rounded($0.1)) at \(rounded($0.0))" } ?? "–"
        }
    }
  }
}

/// A number to four significant digits, as people read it.
private func rounded(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e9
    ? formatted(value, digits: 0) : String(format: "%.4g", value)
}

extension Chart.Series {
  /// The lowest and the highest value of each of so many stretches, if the series is longer than twice these.
  func thinned(to stretches: Int) -> Chart.Series {
    guard x.count > 2 * stretches else { return self }
    var short = self
    short.x = []
    short.y = []
    for stretch in 0..<stretches {
      let range = stretch * x.count / stretches..<(stretch + 1) * x.count / stretches
      let seen = range.filter { y[$0].isFinite }
      guard let low = seen.min(by: { y[$0] < y[$1] }), let high = seen.max(by: { y[$0] < y[$1] })
      else {
        short.x.append(x[range.lowerBound])
        short.y.append(.nan)
        continue
      }
      for index in Set([low, high]).sorted() {
        short.x.append(x[index])
        short.y.append(y[index])
      }
    }
    return short
  }
}
