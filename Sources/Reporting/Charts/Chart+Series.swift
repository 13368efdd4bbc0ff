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
    public var colour: Int
    /// How it is drawn.
    public var style: Style

    /// Creates a series.
    public init(name: String, x: [Double], y: [Double], colour: Int = 0, style: Style = .line) {
      self.name = name
      self.x = x
      self.y = y
      self.colour = colour
      self.style = style
    }
  }
}

extension Chart.Series {
  /// Whether any of its values can be drawn.
  var isVisible: Bool { zip(x, y).contains { $0.isFinite && $1.isFinite } }

  var colourClass: String { "c\(max(0, colour) % PageStyle.colours)" }
}
