import Numbers
import Randomness

/// Applies some operations, drawn anew for each image from a list of fourteen, all of one strength.
///
/// - Source: Cubuk et al., *RandAugment* (2019); the list, and what a magnitude means, are those of
///   torchvision's `RandAugment` on Pillow's images, which fills what comes in with black.
public struct RandAugment: Sendable, Hashable {
  /// Operations an image; the same may be drawn twice.
  public var operations: Int
  /// Their strength, from 0 to 30.
  public var magnitude: Int

  /// The magnitudes that there are.
  public static let magnitudes = 0...30

  /// Creates the choice of operations.
  ///
  /// - Precondition: the magnitude is one that there is.
  public init(operations: Int = 2, magnitude: Int = 9) {
    precondition(Self.magnitudes.contains(magnitude), "Magnitudes are from 0 to 30.")
    self.operations = operations
    self.magnitude = magnitude
  }

  /// Changes an image where it lies.
  func apply(to image: PixelImage, stream: inout RandomStream, in buffers: AugmentationBuffers) {
    for _ in 0..<operations {
      let number = Int.random(in: 0..<Operation.allCases.count, using: &stream)
      let isNegative = Bool.random(using: &stream)
      Operation.allCases[number].apply(
        to: image, magnitude: magnitude, isNegative: isNegative, in: buffers)
    }
  }

  /// The operations, in torchvision's order and by its names.
  enum Operation: String, CaseIterable {
    case identity = "Identity"
    case shearX = "ShearX"
    case shearY = "ShearY"
    case translateX = "TranslateX"
    case translateY = "TranslateY"
    case rotate = "Rotate"
    case brightness = "Brightness"
    case color = "Color"
    case contrast = "Contrast"
    case sharpness = "Sharpness"
    case posterize = "Posterize"
    case solarize = "Solarize"
    case autoContrast = "AutoContrast"
    case equalize = "Equalize"
  }
}

extension RandAugment.Operation {
  /// Changes an image where it lies; one that has a direction goes the other way if that is negative.
  func apply(
    to image: PixelImage, magnitude: Int, isNegative: Bool, in buffers: AugmentationBuffers
  ) {
    /// What a magnitude is, of 30 that come to `most`, as torchvision's float32 has it.
    func amount(_ most: Float) -> Float {
      let step = most / 30
      let value = magnitude < 15 ? step * Float(magnitude) : most - step * Float(30 - magnitude)
      return isNegative ? -value : value
    }
    func move(_ map: AffineMap) { map.apply(to: image, in: buffers) }
    switch self {
    case .identity: break
    case .shearX: move(.shear(across: Double(amount(0.3))))
    case .shearY: move(.shear(down: Double(amount(0.3))))
    case .translateX:
      move(.shift(right: Int(clamping: amount(150.0 / 331 * Float(image.width)))))
    case .translateY:
      move(.shift(down: Int(clamping: amount(150.0 / 331 * Float(image.height)))))
    case .rotate:
      move(.rotation(byDegrees: Double(amount(30)), width: image.width, height: image.height))
    case .brightness: image.adjustBrightness(1 + amount(0.9))
    case .color: image.adjustSaturation(1 + amount(0.9))
    case .contrast: image.adjustContrast(1 + amount(0.9))
    case .sharpness: image.adjustSharpness(1 + amount(0.9), in: buffers)
    case .posterize: image.posterize(bits: 8 - Int(clamping: (Double(magnitude) / 7.5).rounded()))
    case .solarize: image.solarize(from: 255 - 8.5 * Double(magnitude))
    case .autoContrast: image.stretchContrast()
    case .equalize: image.equalize()
    }
  }
}

/// - Source: Pillow's `ImageOps`.
extension PixelImage {
  /// Keeps the upper bits of every level.
  func posterize(bits: Int) {
    let mask = UInt8(truncatingIfNeeded: 0xff << (8 - bits))
    replaceEach { UInt8($0) & mask }
  }

  /// Turns every level from a bound on upside down.
  func solarize(from bound: Double) {
    replaceEach { Double($0) < bound ? UInt8($0) : UInt8(255 - $0) }
  }

  /// Stretches the levels of each channel so that they reach from 0 to 255.
  func stretchContrast() {
    replaceEachChannel { counts, table in
      guard let low = counts.firstIndex(where: { $0 > 0 }),
        let high = counts.lastIndex(where: { $0 > 0 }), low < high
      else { return }
      let scale = 255 / Double(high - low)
      let offset = -Double(low) * scale
      for level in 0..<256 {
        table[level] = UInt8(clamping: Double(level) * scale + offset)
      }
    }
  }

  /// Spreads the levels of each channel so that there are about as many of each.
  func equalize() {
    replaceEachChannel { counts, table in
      guard let last = counts.last(where: { $0 > 0 }) else { return }
      let step = (height * width - last) / 255
      guard step > 0 else { return }
      var sum = step / 2
      for level in 0..<256 {
        table[level] = UInt8(min(255, sum / step))
        sum += counts[level]
      }
    }
  }
}
