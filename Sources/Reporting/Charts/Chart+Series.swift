extension Chart {
  /// Values against values, in order.
  public struct Series: Sendable, Hashable {
    /// How a series is drawn.
    public enum Style: Sendable, Hashable {
      /// A strong line.
      case line
      /// A thin, pale line.
      case faint
      /// A dot for each value.
      case dots
    }

    /// What the series is called.
    public var name: String
    /// The horizontal places.
    public var x: [Double]
    /// The values.
    public var y: [Double]
    /// Which of the page's colors, from 0; there are eight, and then the first again in another dash.
    public var color: Int
    /// How it is drawn.
    public var style: Style

    /// Creates a series.
    public init(name: String, x: [Double], y: [Double], color: Int = 0, style: Style = .line) {
      self.name = name
      self.x = x
      self.y = y
      self.color = color
      self.style = style
    }
  }
}

extension Chart.Series {
  /// Whether it has a single value, which makes no line.
  var isPoint: Bool { zip(x, y).count { $0.isFinite && $1.isFinite } == 1 }

  /// Whether none of its values can be drawn.
  var isEmpty: Bool { !isVisible }

  /// Whether any of its values can be drawn.
  var isVisible: Bool { zip(x, y).contains { $0.isFinite && $1.isFinite } }

  var colorClass: String { "c\(max(0, color) % PageStyle.colors)" }
}
