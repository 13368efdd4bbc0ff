import Foundation

/// Where values of one direction are drawn.
struct Axis: Sendable, Hashable {
  /// How values are spread.
  enum Scale: Sendable, Hashable {
    case linear
    case logarithmic
  }

  let scale: Scale
  let low: Double
  let high: Double
  /// The first and the last pixel; the first may be the larger one.
  let from: Double
  let to: Double

  /// Creates an axis that shows these values, or 0 to 1 if there are none that can be shown.
  init(scale: Scale, showing values: [Double], from: Double, to: Double, margin: Double = 0) {
    let shown = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    var low = shown.min() ?? (scale == .linear ? 0 : 0.1)
    var high = shown.max() ?? 1
    if low == high {
      (low, high) = scale == .linear ? (low - 0.5, high + 0.5) : (low / 2, high * 2)
    }
    if scale == .linear, margin > 0 {
      let extra = (high - low) * margin
      // Losses and accuracies that begin at 0 keep it as their floor.
      low = low >= 0 ? max(0, low - extra) : low - extra
      high += extra
    }
    self.scale = scale
    self.low = low
    self.high = high
    self.from = from
    self.to = to
  }

  /// Returns the pixel of a value, or nil if it cannot be shown.
  func pixel(of value: Double) -> Double? {
    guard value.isFinite, scale == .linear || value > 0 else { return nil }
    let part =
      switch scale {
      case .linear: (value - low) / (high - low)
      case .logarithmic: log(value / low) / log(high / low)
      }
    return from + part * (to - from)
  }

  /// Round values, five or so, with their words.
  var ticks: [(value: Double, label: String)] {
    switch scale {
    case .linear: linearTicks
    case .logarithmic: logarithmicTicks
    }
  }

  private var linearTicks: [(Double, String)] {
    let rough = (high - low) / 5
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
    let digits = max(0, Int(-floor(log10(step))))
    let count = Int((high / step + 1e-9).rounded(.down)) - Int((low / step - 1e-9).rounded(.up))
    guard count >= 0 else { return [] }
    return (0...count).map { index in
      let value = ((low / step - 1e-9).rounded(.up) + Double(index)) * step
      return (value, Self.label(value, digits: digits))
    }
  }

  private var logarithmicTicks: [(Double, String)] {
    let decades = Int(floor(log10(low)))...Int(ceil(log10(high)))
    // Within a decade or two its halves and fifths are named too.
    let steps: [Double] = decades.count <= 3 ? [1, 2, 5] : [1]
    return decades.flatMap { decade in
      steps.map { $0 * pow(10, Double(decade)) }
    }
    .filter { $0 >= low * 0.999 && $0 <= high * 1.001 }
    .map { ($0, String(format: "%g", $0)) }
  }

  private static func label(_ value: Double, digits: Int) -> String {
    if abs(value) >= 10_000 && digits == 0 {
      return abs(value) >= 1e6
        ? String(format: "%gM", value / 1e6) : String(format: "%gk", value / 1e3)
    }
    return digits > 6 ? String(format: "%g", value) : String(format: "%.\(digits)f", value)
  }
}
