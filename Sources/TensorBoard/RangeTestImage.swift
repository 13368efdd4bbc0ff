import Datasets
import Foundation
import Numbers
import Tuning

/// The range test's curve as pixels: TensorBoard shows no SVG, and its charts have no logarithmic rates.
///
/// The loss over the logarithm of the learning rate, a gray line at each power of ten; the report has the
/// picture with words and numbers.
struct RangeTestImage {
  static let width = 640
  static let height = 320
  private static let margin = 8.0
  private var pixels = [UInt8](repeating: 255, count: width * height * 3)

  /// Draws a curve; nil if it has less than two points.
  init?(_ curve: RangeTestCurve) {
    let points = zip(curve.points, curve.values).map { ($0.learningRate, $1) }
      .filter { $0 > 0 && $1.isFinite }
    let rates = points.map { log10($0.0) }
    guard let low = rates.min(), let high = rates.max(), high > low,
      let first = points.first?.1, let least = points.map(\.1).min(),
      let most = points.map(\.1).max()
    else { return nil }
    // A loss of a hundred at the end must not hide the fall.
    let top = first > least ? min(most, 2 * first - least) : most
    let bottom = min(least, top - 1e-12)
    func x(_ rate: Double) -> Double {
      Self.margin + (rate - low) / (high - low) * (Double(Self.width) - 2 * Self.margin)
    }
    func y(_ value: Double) -> Double {
      let share = (min(value, top) - bottom) / (top - bottom)
      return Double(Self.height) - Self.margin - share * (Double(Self.height) - 2 * Self.margin)
    }
    for power in stride(from: low.rounded(.up), through: high, by: 1) {
      line(from: (x(power), 0), to: (x(power), Double(Self.height)), color: (216, 216, 216))
    }
    for index in points.indices.dropFirst() {
      line(
        from: (x(rates[index - 1]), y(points[index - 1].1)),
        to: (x(rates[index]), y(points[index].1)), color: (31, 119, 180))
    }
  }

  private mutating func line(
    from start: (Double, Double), to end: (Double, Double), color: (UInt8, UInt8, UInt8)
  ) {
    let steps = max(1, max(abs(end.0 - start.0), abs(end.1 - start.1)).rounded(.up))
    for step in stride(from: 0, through: steps, by: 1) {
      let (x, y) = (
        Int(clamping: (start.0 + (end.0 - start.0) * step / steps).rounded()),
        Int(clamping: (start.1 + (end.1 - start.1) * step / steps).rounded())
      )
      guard (0..<Self.width).contains(x), (0..<Self.height).contains(y) else { continue }
      let position = (y * Self.width + x) * 3
      (pixels[position], pixels[position + 1], pixels[position + 2]) = color
    }
  }

  /// The picture as a PNG file.
  var png: Data {
    pixels.withUnsafeBufferPointer {
      PNG.encoded($0, width: Self.width, height: Self.height, channels: 3)
    }
  }
}
