import Foundation
import Numbers

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
  /// Whether only whole numbers are named.
  let isWhole: Bool

  /// What is beyond these bounds is drawn at them: differences of such numbers are finite.
  private static let bound = 1e300

  /// Creates an axis that shows these values, or 0 to 1 if there are none that can be shown.
  ///
  /// - Parameter isWhole: whether only whole numbers are named, as of updates.
  init(
    scale: Scale, showing values: [Double], from: Double, to: Double, margin: Double = 0,
    isWhole: Bool = false
  ) {
    let shown = values.compactMap { Self.shown($0, on: scale) }
    var low = shown.min() ?? (scale == .linear ? 0 : 0.1)
    var high = shown.max() ?? 1
    switch scale {
    case .linear:
      // A stretch that is nothing beside its numbers has no room for five different ones.
      if high - low <= 1e-12 * max(abs(low), abs(high)) || high - low < 1e-290 {
        let room = max(0.5, 1e-6 * max(abs(low), abs(high)))
        (low, high) = (low - room, high + room)
      }
      if margin > 0 {
        let extra = (high - low) * margin
        // Losses and accuracies that begin at 0 keep it as their floor.
        low = low >= 0 ? max(0, low - extra) : low - extra
        high += extra
      }
    case .logarithmic: if high <= low * (1 + 1e-9) { (low, high) = (low / 2, high * 2) }
    }
    self.scale = scale
    self.low = low
    self.high = high
    self.from = from
    self.to = to
    self.isWhole = isWhole
  }

  /// A value as it is drawn; nil if it cannot be.
  private static func shown(_ value: Double, on scale: Scale) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear: return min(max(value, -bound), bound)
    case .logarithmic: return value > 0 ? min(max(value, 1 / bound), bound) : nil
    }
  }

  /// Returns the pixel of a value, or nil if it cannot be shown.
  func pixel(of value: Double) -> Double? {
    guard let value = Self.shown(value, on: scale) else { return nil }
    let part =
      switch scale {
      case .linear: (value - low) / (high - low)
      case .logarithmic: (log(value) - log(low)) / (log(high) - log(low))
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
    let round = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
    let step = isWhole ? max(1, round) : round
    let first = (low / step - 1e-9).rounded(.up)
    let count = Int(clamping: (high / step + 1e-9).rounded(.down) - first)
    guard (0...20).contains(count) else { return [] }
    let digits = max(0, Int(clamping: -floor(log10(step))))
    return (0...count).map { index in
      let value = (first + Double(index)) * step
      return (value, Self.label(value, digits: digits))
    }
  }

  private var logarithmicTicks: [(Double, String)] {
    let decades = Int(clamping: floor(log10(low)))...Int(clamping: ceil(log10(high)))
    // Within a decade or two its halves and fifths are named too; of many decades only some.
    let steps: [Double] = decades.count <= 3 ? [1, 2, 5] : [1]
    let every = 1 + decades.count / 12
    return decades.filter { $0 % every == 0 }.flatMap { decade in
      steps.map { $0 * pow(10, Double(decade)) }
    }
    .filter { $0 >= low * 0.999 && $0 <= high * 1.001 }
    .map { ($0, String(format: "%g", $0)) }
  }

  private static func label(_ value: Double, digits: Int) -> String {
    if abs(value) >= 1e9 { return String(format: "%.4g", value) }
    if abs(value) >= 10_000 && digits == 0 {
      return abs(value) >= 1e6
        ? String(format: "%gM", value / 1e6) : String(format: "%gk", value / 1e3)
    }
    return digits > 6 ? String(format: "%g", value) : String(format: "%.\(digits)f", value)
  }
}
