import Foundation
import Masks
import TestSupport

@testable import Datasets

/// A folder for images and masks.
final class MaskDirectory {
  private let folder = TemporaryDirectory()

  var path: String { folder.url.path }

  func path(_ name: String) -> String { path + "/" + name }

  func write(_ data: Data, _ name: String) throws { try folder.write(data, name) }

  func write(_ text: String, _ name: String) throws { try folder.write(text, name) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: path(name)) }

  /// An image in which each pixel is another: red its column, green its row.
  static func pixels(_ width: Int, _ height: Int) -> [UInt8] {
    var pixels: [UInt8] = []
    for row in 0..<height {
      for column in 0..<width {
        pixels += [UInt8(column * 5 % 256), UInt8(row * 5 % 256), 7]
      }
    }
    return pixels
  }

  func image(_ name: String, width: Int = 12, height: Int = 8) throws {
    // What is behind an image's end is not read, and makes it no copy of another.
    try write(Self.png(Self.pixels(width, height), width, height, 3) + Data(name.utf8), name)
  }

  static func png(_ pixels: [UInt8], _ width: Int, _ height: Int, _ channels: Int) -> Data {
    pixels.withUnsafeBufferPointer {
      PNG.encoded($0, width: width, height: height, channels: channels)
    }
  }

  /// A gray mask.
  func mask(_ name: String, width: Int = 12, height: Int = 8, _ level: (Int) -> UInt8) throws {
    try write(Self.png((0..<(width * height)).map(level), width, height, 1), name)
  }

  /// A gray mask of colors.
  func colored(_ name: String, width: Int = 12, height: Int = 8, _ color: (Int) -> [UInt8]) throws {
    try write(Self.png((0..<(width * height)).flatMap(color), width, height, 3), name)
  }

  func instances(
    _ name: String, width: Int = 12, height: Int = 8, _ number: (Int) -> UInt16
  ) throws {
    let map = LabelMap(width: width, height: height, labels: (0..<(width * height)).map(number))
    try write(PNG.instances(map), name)
  }

  func load(_ options: DataOptions = DataOptions()) throws -> SegmentationData {
    try DataSource(named: path).loadMasks(options)
  }

  /// What reading throws, in words.
  func sentence(_ options: DataOptions = DataOptions()) -> String {
    do {
      let data = try load(options)
      return "nothing was thrown, but found: \(data.found)"
    } catch { return "\(error)" }
  }
}
