import Foundation
import Masks
import Numbers

/// Images with what was found on them drawn over.
public enum MaskPicture {
  /// Returns an image tinted by class or instance, with outlines in full color.
  ///
  /// - Precondition: image and map are of one size.
  public static func overlay(_ image: ColourImage, _ map: LabelMap) -> ColourImage {
    paint(image, map) { place, outline in
      let label = map.labels[place]
      guard label != 0, label != LabelMap.ignored else { return nil }
      return (MaskColours.strong(Int(label)), outline[place] ? 1 : 0.35)
    }
  }

  /// The colors of a comparison.
  public enum Comparison {
    /// The outline that truth and prediction share: white.
    public static let both = MaskColours.Colour(255, 255, 255)
    /// What the prediction lacks: blue.
    public static let missed = MaskColours.Colour(40, 120, 255)
    /// What the prediction has too much: red.
    public static let wrong = MaskColours.Colour(240, 50, 40)
  }

  /// Returns an image with the outlines of truth and answer: white where both have one, blue where only
  /// the truth has, red where only the prediction has; pixels of another class are tinted likewise.
  ///
  /// - Parameter isInstance: whether the maps are of instances, which are numbered as they come, so that
  ///   only background and foreground can be told to be wrong.
  /// - Precondition: image and maps are of one size.
  public static func comparison(
    _ image: ColourImage, truth: LabelMap, answer: LabelMap, isInstance: Bool
  ) -> ColourImage {
    let answered = answer.outline
    return paint(image, truth) { place, outline in
      let (own, other) = (truth.labels[place], answer.labels[place])
      guard own != LabelMap.ignored else { return nil }
      switch (outline[place], answered[place]) {
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
    _ image: ColourImage, _ map: LabelMap,
    _ colour: (Int, [Bool]) -> (colour: MaskColours.Colour, share: Double)?
  ) -> ColourImage {
    precondition(
      (image.width, image.height) == (map.width, map.height),
      "An image and its map must be of one size.")
    let outline = map.outline
    var pixels = image.pixels
    for place in map.labels.indices {
      guard let (colour, share) = colour(place, outline) else { continue }
      for (channel, level) in [colour.red, colour.green, colour.blue].enumerated() {
        let old = Double(pixels[3 * place + channel])
        pixels[3 * place + channel] = UInt8(clamping: old + (Double(level) - old) * share)
      }
    }
    return ColourImage(width: image.width, height: image.height, pixels: pixels)
  }
}

extension ColourImage {
  /// The image as a PNG file.
  public var png: Data {
    pixels.withUnsafeBufferPointer {
      PNG.encoded($0, width: width, height: height, channels: 3)
    }
  }

  /// Every so many pixels of the image, so many that no side is longer than `longest`; and how many.
  public func thinned(toAtMost longest: Int) -> (image: ColourImage, step: Int) {
    let step = max(1, (max(width, height) + longest - 1) / longest)
    guard step > 1 else { return (self, 1) }
    let (across, down) = ((width + step - 1) / step, (height + step - 1) / step)
    var thinned: [UInt8] = []
    thinned.reserveCapacity(across * down * 3)
    for y in 0..<down {
      for x in 0..<across {
        let place = 3 * (y * step * width + x * step)
        thinned += pixels[place..<(place + 3)]
      }
    }
    return (ColourImage(width: across, height: down, pixels: thinned), step)
  }
}

extension MaskedImage {
  /// The image without its mask.
  public var image: ColourImage { ColourImage(width: width, height: height, pixels: pixels) }
}
