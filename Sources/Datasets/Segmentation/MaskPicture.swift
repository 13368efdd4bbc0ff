import Foundation
import Masks
import Numbers

/// Images with what was found on them drawn over.
public enum MaskPicture {
  /// Returns an image tinted by class or instance, with outlines in full color.
  ///
  /// - Precondition: image and map are of one size.
  public static func overlay(_ image: ColorImage, _ map: LabelMap) -> ColorImage {
    paint(image, map) { position, outline in
      let label = map.labels[position]
      guard label != 0, label != LabelMap.ignored else { return nil }
      return (MaskColors.strong(Int(label)), outline[position] ? 1 : 0.35)
    }
  }

  /// The colors of a comparison.
  public enum Comparison {
    /// The outline that truth and prediction share: white.
    public static let both = MaskColors.Color(255, 255, 255)
    /// What the prediction lacks: blue.
    public static let missed = MaskColors.Color(40, 120, 255)
    /// What the prediction has too much: red.
    public static let wrong = MaskColors.Color(240, 50, 40)
  }

  /// Returns an image with the outlines of truth and prediction: white where both have one, blue where only
  /// the truth has, red where only the prediction has; pixels of another class are tinted likewise.
  ///
  /// - Parameter isInstance: whether the maps are of instances, which are numbered as they come, so that
  ///   only background and foreground can be told to be wrong.
  /// - Precondition: image and maps are of one size.
  public static func comparison(
    _ image: ColorImage, truth: LabelMap, prediction: LabelMap, isInstance: Bool
  ) -> ColorImage {
    let predicted = prediction.outline
    return paint(image, truth) { position, outline in
      let (own, other) = (truth.labels[position], prediction.labels[position])
      guard own != LabelMap.ignored else { return nil }
      switch (outline[position], predicted[position]) {
      case (true, true): return (Comparison.both, 1)
      case (true, false): return (Comparison.missed, 1)
      case (false, true): return (Comparison.wrong, 1)
      case (false, false):
        guard isInstance ? (own == 0) != (other == 0) : own != other else { return nil }
        return (other == 0 ? Comparison.missed : Comparison.wrong, 0.35)
      }
    }
  }

  /// Paints colors over an image, each with its share.
  private static func paint(
    _ image: ColorImage, _ map: LabelMap,
    _ color: (Int, [Bool]) -> (color: MaskColors.Color, share: Double)?
  ) -> ColorImage {
    precondition(
      (image.width, image.height) == (map.width, map.height),
      "An image and its map must be of one size.")
    let outline = map.outline
    var pixels = image.pixels
    for position in map.labels.indices {
      guard let (color, share) = color(position, outline) else { continue }
      for (channel, level) in [color.red, color.green, color.blue].enumerated() {
        let old = Double(pixels[3 * position + channel])
        pixels[3 * position + channel] = UInt8(clamping: old + (Double(level) - old) * share)
      }
    }
    return ColorImage(width: image.width, height: image.height, pixels: pixels)
  }
}

extension ColorImage {
  /// The image as a PNG file.
  public var png: Data {
    pixels.withUnsafeBufferPointer {
      PNG.encoded($0, width: width, height: height, channels: 3)
    }
  }

  /// Every so many pixels of the image, so many that no side is longer than `longest`; and how many.
  public func thinned(toAtMost longest: Int) -> (image: ColorImage, step: Int) {
    let step = max(1, (max(width, height) + longest - 1) / longest)
    guard step > 1 else { return (self, 1) }
    let (across, down) = ((width + step - 1) / step, (height + step - 1) / step)
    var thinned: [UInt8] = []
    thinned.reserveCapacity(across * down * 3)
    for y in 0..<down {
      for x in 0..<across {
        let position = 3 * (y * step * width + x * step)
        thinned += pixels[position..<(position + 3)]
      }
    }
    return (ColorImage(width: across, height: down, pixels: thinned), step)
  }
}

extension MaskedImage {
  /// The image without its mask.
  public var image: ColorImage { ColorImage(width: width, height: height, pixels: pixels) }
}
