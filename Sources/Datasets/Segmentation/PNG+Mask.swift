import CImages
import Foundation
import Masks
import Numbers

extension PNG {
  /// Returns a map of classes as a PNG of one byte a pixel, with a palette; ignored pixels are 255.
  ///
  /// The colors are PASCAL VOC's, which many programs know: 1 is dark red, 2 green, 255 a pale gray.
  ///
  /// - Precondition: no class is beyond 254.
  public static func classes(_ map: LabelMap) -> Data {
    precondition(map.highest <= 254, "A palette has no more than 255 classes.")
    let numbers = map.labels.map { $0 == LabelMap.ignored ? 255 : $0 }
    let colors = (0..<256).flatMap { number in
      let color = MaskColors.voc(number)
      return [color.red, color.green, color.blue]
    }
    return encoded(numbers, map, palette: colors)
  }

  /// Returns a map of instances as a PNG of 16-bit grays; ignored pixels are 65,535.
  public static func instances(_ map: LabelMap) -> Data { encoded(map.labels, map, palette: nil) }

  private static func encoded(_ numbers: [UInt16], _ map: LabelMap, palette: [UInt8]?) -> Data {
    precondition(map.width > 0 && map.height > 0, "A PNG has a pixel at least.")
    var file: UnsafeMutablePointer<UInt8>?
    let count = ci_png_encode_mask(
      numbers, Int32(map.width), Int32(map.height), palette, 256, &file)
    guard let file else { return Data() }
    return Data(bytesNoCopy: file, count: count, deallocator: .free)
  }
}

/// Colors of classes and instances.
public enum MaskColors {
  /// A color, a byte each.
  public struct Color: Sendable, Hashable {
    /// The red component, from 0 to 255.
    public let red: UInt8
    /// The green component, from 0 to 255.
    public let green: UInt8
    /// The blue component, from 0 to 255.
    public let blue: UInt8

    /// Creates a color.
    public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
      self.red = red
      self.green = green
      self.blue = blue
    }
  }

  /// The color of a number in PASCAL VOC's palette.
  ///
  /// The number's bits, three at a time, go to red, green and blue, the lowest to the highest place.
  /// - Source: VOC's development kit, `VOClabelcolormap.m`.
  public static func voc(_ number: Int) -> Color {
    var levels: [UInt8] = [0, 0, 0]
    for position in 0..<8 {
      for channel in 0..<3 where number >> (3 * position + channel) & 1 == 1 && position < 8 {
        levels[channel] |= 1 << (7 - position)
      }
    }
    return Color(levels[0], levels[1], levels[2])
  }

  /// A strong color for a class or an instance, to be seen on a picture: neighbors in number differ.
  public static func strong(_ number: Int) -> Color {
    let colors = [
      Color(230, 60, 50), Color(60, 180, 75), Color(0, 130, 220), Color(245, 160, 30),
      Color(150, 70, 190), Color(20, 190, 200), Color(240, 80, 190), Color(190, 200, 30),
      Color(140, 90, 40), Color(250, 210, 60),
    ]
    return colors[max(0, number - 1) % colors.count]
  }
}
