import Foundation
import Masks
import Testing

/// What `Scripts/fixtures/segmentation_fixtures.py` wrote, by SciPy and scikit-image.
struct MaskFixtures: Decodable {
  struct Distances: Decodable {
    let height, width: Int
    let sought: [Int]
    let squared, chessboard: [Int32]
  }

  struct Pieces: Decodable {
    let height, width: Int
    let solid, four, eight: [UInt16]
  }

  struct Watershed: Decodable {
    let height, width: Int
    let heights: [UInt8]
    let markers: [UInt16]
    let land: [Int]
    let grown: [UInt16]
  }

  struct Depths: Decodable {
    let height, width: Int
    let labels: [UInt16]
    let depths: [Int32]
    let weights: [Float]
  }

  let distances: [Distances]
  let pieces: [Pieces]
  let watersheds: [Watershed]
  let depths: [Depths]

  static func read() throws -> MaskFixtures {
    let file = try #require(
      Bundle.module.url(forResource: "masks", withExtension: "json", subdirectory: "Fixtures"))
    return try JSONDecoder().decode(MaskFixtures.self, from: Data(contentsOf: file))
  }
}

/// A map drawn with a character a pixel: a digit is a label, `.` the background, `?` ignored.
func map(_ rows: String...) -> LabelMap {
  LabelMap(
    width: rows.first?.count ?? 0, height: rows.count,
    labels: rows.joined().map { character in
      character == "?" ? LabelMap.ignored : UInt16(String(character)) ?? 0
    })
}
