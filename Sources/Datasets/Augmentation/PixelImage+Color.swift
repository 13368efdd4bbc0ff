import Numbers

/// Changes of color by a factor, as torchvision makes them of Pillow's images, byte by byte.
///
/// A factor of 1 leaves the image as it is.
/// - Source: torchvision's `adjust_brightness` and its kin; Pillow's `ImageEnhance`.
extension PixelImage {
  /// Multiplies every level; 0 is black.
  func adjustBrightness(_ factor: Float) { replaceEach { blended(0, $0, factor) } }

  /// Moves every level away from the image's mean luminance; 0 is a gray of it.
  func adjustContrast(_ factor: Float) {
    let positions = stride(from: 0, to: pixels.count, by: channels)
    let sum = positions.reduce(0) { $0 + luminance(at: $1) }
    let mean = Int(clamping: Double(sum) / Double(height * width) + 0.5)
    replaceEach { blended(mean, $0, factor) }
  }

  /// Moves every pixel away from its own luminance; 0 is gray.
  ///
  /// Gray images stay as they are.
  func adjustSaturation(_ factor: Float) {
    guard channels == 3 else { return }
    for index in stride(from: 0, to: pixels.count, by: 3) {
      let gray = luminance(at: index)
      for position in index..<(index + 3) {
        pixels[position] = blended(gray, Int(pixels[position]), factor)
      }
    }
  }

  /// Moves every level away from the mean about it; 0 is smooth.
  ///
  /// The outermost pixels stay as they are.
  func adjustSharpness(_ factor: Float, in buffers: AugmentationBuffers) {
    guard height > 2, width > 2 else { return }
    let before = buffers.before.room(for: pixels.count)
    _ = before.update(from: pixels)
    let row = width * channels
    for y in 1..<(height - 1) {
      for index in (y * row + channels)..<((y + 1) * row - channels) {
        var sum = 4 * Int(before[index])
        for middle in [index - row, index, index + row] {
          sum += Int(before[middle - channels]) + Int(before[middle])
          sum += Int(before[middle + channels])
        }
        // The middle weighs five of thirteen; rounded to the nearest.
        pixels[index] = blended((2 * sum + 13) / 26, Int(before[index]), factor)
      }
    }
  }

  /// Turns every hue by a share of the circle, from -0.5 to 0.5.
  ///
  /// Gray images stay as they are. Hue, saturation and value are bytes on the way, as they are in Pillow.
  func shiftHue(by share: Double) {
    guard channels == 3 else { return }
    let turn = UInt8(truncatingIfNeeded: Int(clamping: share * 255))
    for index in stride(from: 0, to: pixels.count, by: 3) {
      let color = HueColor(red: pixels[index], green: pixels[index + 1], blue: pixels[index + 2])
      (pixels[index], pixels[index + 1], pixels[index + 2]) = color.turned(by: turn)
    }
  }
}

/// A color as hue, saturation and value, a byte each.
///
/// - Source: Pillow's `Convert.c`, which follows Python's `colorsys`.
private struct HueColor {
  private let hue: UInt8
  private let saturation: UInt8
  private let value: UInt8

  init(red: UInt8, green: UInt8, blue: UInt8) {
    let (most, least) = (max(red, green, blue), min(red, green, blue))
    value = most
    guard most > least else {
      (hue, saturation) = (0, 0)
      return
    }
    let range = Float(most - least)
    let (r, g, b) = (
      Float(most - red) / range, Float(most - green) / range, Float(most - blue) / range
    )
    let sixths: Float =
      if red == most {
        b - g
      } else if green == most {
        Float(2 + Double(r) - Double(b))
      } else {
        Float(4 + Double(g) - Double(r))
      }
    // A hue below 0 is brought into the range from 0 to 1.
    let above = Double(sixths) / 6 + 1
    hue = UInt8(clamping: Double(Float(above < 1 ? above : above - 1)) * 255)
    saturation = UInt8(clamping: Double(range / Float(most)) * 255)
  }

  /// Returns red, green and blue of the color with its hue rotated.
  func turned(by turn: UInt8) -> (UInt8, UInt8, UInt8) {
    guard saturation > 0 else { return (value, value, value) }
    let sixths = Double(hue &+ turn) * 6 / 255
    let sector = Int(clamping: sixths)
    let (v, s, rest) = (
      Double(value), Float(Double(saturation) / 255), Float(sixths - Double(sector))
    )
    let low = UInt8(clamping: (v * (1 - Double(s))).rounded())
    let falling = UInt8(clamping: (v * (1 - Double(s * rest))).rounded())
    let rising = UInt8(clamping: (v * (1 - Double(s) * (1 - Double(rest)))).rounded())
    return switch sector % 6 {
    case 0: (value, rising, low)
    case 1: (falling, value, low)
    case 2: (low, value, rising)
    case 3: (low, falling, value)
    case 4: (rising, low, value)
    default: (value, low, falling)
    }
  }
}
