import Foundation
import Numbers

/// Where each pixel of an image comes from: `a x + b y + c` and `d x + e y + f`.
///
/// The nearest pixel is taken, in 65536ths as Pillow counts, and black where there is none.
/// - Source: Pillow's `Geometry.c`; torchvision's `affine` and `rotate` with `NEAREST`.
struct AffineMap {
  let a: Double, b: Double, c: Double
  let d: Double, e: Double, f: Double

  /// Shifts the image.
  static func shift(right: Int = 0, down: Int = 0) -> AffineMap {
    AffineMap(a: 1, b: 0, c: Double(-right), d: 0, e: 1, f: Double(-down))
  }

  /// Shifts each row by so much of its distance from the top, or each column from the left.
  static func shear(across: Double = 0, down: Double = 0) -> AffineMap {
    AffineMap(a: 1, b: across, c: 0, d: down, e: 1, f: 0)
  }

  /// Turns the image about its middle, against the clock.
  static func rotation(byDegrees degrees: Double, width: Int, height: Int) -> AffineMap {
    let angle = -degrees * .pi / 180
    let (x, y) = (Double(width) / 2, Double(height) / 2)
    let (cosine, sine) = (cos(angle), sin(angle))
    return AffineMap(
      a: cosine, b: sine, c: cosine * -x + sine * -y + x, d: -sine, e: cosine,
      f: -sine * -x + cosine * -y + y)
  }

  /// Moves an image's pixels where it lies.
  func apply(to image: PixelImage, in buffers: AugmentationBuffers) {
    func fixed(_ value: Double) -> Int { Int(clamping: (value * 65536 + 0.5).rounded(.down)) }
    let (width, height, channels) = (image.width, image.height, image.channels)
    let before = buffers.before.room(for: image.pixels.count)
    _ = before.update(from: image.pixels)
    image.pixels.update(repeating: 0)
    guard let from = before.baseAddress, let to = image.pixels.baseAddress else { return }
    let (right, down) = (fixed(a), fixed(d))
    // A pixel is looked for at its middle.
    var row = (x: fixed(c + a / 2 + b / 2), y: fixed(f + d / 2 + e / 2))
    for line in 0..<height {
      var (x, y) = row
      for column in 0..<width {
        let (left, top) = (x >> 16, y >> 16)
        if left >= 0, left < width, top >= 0, top < height {
          let (source, target) = (
            from + (top * width + left) * channels, to + (line * width + column) * channels
          )
          for channel in 0..<channels { target[channel] = source[channel] }
        }
        x += right
        y += down
      }
      row.x += fixed(b)
      row.y += fixed(e)
    }
  }
}
