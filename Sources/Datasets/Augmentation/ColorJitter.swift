import Randomness

/// Changes brightness, contrast, saturation and hue at random, in an order of chance.
///
/// The first three are multiplied by a factor that is drawn evenly from `1 - x` (but not below 0) to
/// `1 + x`, the hue is turned by a share of the circle from `-hue` to `hue`. What is 0 is left alone.
///
/// - Source: torchvision's `ColorJitter`, on Pillow's images.
public struct ColorJitter: Sendable, Hashable {
  /// By how much the factor of the brightness is off 1 at most.
  public var brightness: Double
  /// By how much the factor of the contrast is off 1 at most.
  public var contrast: Double
  /// By how much the factor of the saturation is off 1 at most.
  public var saturation: Double
  /// By which share of the circle the hue is turned at most, up to 0.5.
  public var hue: Double

  /// Creates a jitter.
  ///
  /// - Precondition: nothing is below 0, and the hue not above 0.5.
  public init(
    brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0
  ) {
    precondition(
      min(brightness, contrast, saturation, hue) >= 0 && hue <= 0.5,
      "A jitter is not below 0, and one of the hue not above 0.5.")
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
    self.hue = hue
  }

  /// Changes an image where it lies.
  func apply(to image: PixelImage, stream: inout RandomStream) {
    /// Draws a factor about 1.
    func factor(_ reach: Double) -> Float? {
      reach > 0
        ? Float(Double.random(in: max(0, 1 - reach)...(1 + reach), using: &stream)) : nil
    }
    let factors = (factor(brightness), factor(contrast), factor(saturation))
    let turn = hue > 0 ? Double.random(in: -hue...hue, using: &stream) : nil
    var order = DrawnOrder(count: 4)
    while let next = order.next(&stream) {
      switch next {
      case 0: if let factor = factors.0 { image.adjustBrightness(factor) }
      case 1: if let factor = factors.1 { image.adjustContrast(factor) }
      case 2: if let factor = factors.2 { image.adjustSaturation(factor) }
      default: if let turn { image.shiftHue(by: turn) }
      }
    }
  }
}

/// The numbers from 0 to below a count of at most 8, each once, in an order of chance.
struct DrawnOrder {
  /// A bit for each number that has not been drawn.
  private var left: UInt8

  init(count: Int) { left = UInt8(truncatingIfNeeded: 1 << count - 1) }

  /// Draws the next number; nil when there is none left.
  mutating func next(_ stream: inout RandomStream) -> Int? {
    guard left != 0 else { return nil }
    var rest = left
    for _ in 0..<Int.random(in: 0..<left.nonzeroBitCount, using: &stream) { rest &= rest - 1 }
    let number = rest.trailingZeroBitCount
    left &= ~(1 << number)
    return number
  }
}
