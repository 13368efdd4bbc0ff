import Foundation
import Testing

/// A file of the fixtures, and the pixels that Pillow reads in it.
struct ImageFixture: Sendable, CustomTestStringConvertible {
  let name: String
  let file: String
  let height: Int
  let width: Int
  let channels: Int
  let tolerance: Int
  /// The size that the file is to be brought to, of those that are resized.
  let size: Int?
  /// Left, top, width and height of the part that is cut out before.
  let window: [Int]?
  /// Whether it is mirrored after.
  let isMirrored: Bool
  /// Whether it is the middle, as for evaluation of photographs.
  let isMiddle: Bool
  let pixels: [UInt8]

  var testDescription: String { name }

  static let folder = Bundle.module.url(forResource: "Fixtures", withExtension: nil)

  /// Every fixture, by name.
  static let all: [ImageFixture] = read()

  static func path(_ name: String) throws -> String {
    try #require(folder).appendingPathComponent(name).path
  }

  static func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// How far the pixels are from Pillow's at most.
  func distance(to other: [UInt8]) -> Int {
    guard other.count == pixels.count else { return .max }
    return zip(pixels, other).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }

  private struct Entry: Decodable {
    let height: Int
    let width: Int
    let channels: Int
    let tolerance: Int
    let start: Int
    let file: String?
    let size: Int?
    let window: [Int]?
    let mirrored: Bool?
    let middle: Bool?
  }

  private static func read() -> [ImageFixture] { ["", "formats/"].flatMap(read) }

  /// Reads the fixtures of one folder and one script.
  private static func read(_ below: String) -> [ImageFixture] {
    guard let folder = folder?.appendingPathComponent(below),
      let index = try? Data(contentsOf: folder.appendingPathComponent("images.json")),
      let entries = try? JSONDecoder().decode([String: Entry].self, from: index),
      let pixels = try? Data(contentsOf: folder.appendingPathComponent("pixels.bin"))
    else { return [] }
    return entries.sorted { $0.key < $1.key }.map { name, entry in
      let count = entry.height * entry.width * entry.channels
      return ImageFixture(
        name: below + name, file: below + (entry.file ?? name), height: entry.height,
        width: entry.width, channels: entry.channels, tolerance: entry.tolerance, size: entry.size,
        window: entry.window, isMirrored: entry.mirrored ?? false, isMiddle: entry.middle ?? false,
        pixels: [UInt8](pixels[entry.start..<(entry.start + count)]))
    }
  }
}
