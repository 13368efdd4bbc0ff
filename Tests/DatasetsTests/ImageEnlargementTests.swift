import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct `The size of small images, for weights of larger ones` {
  @Test(
    arguments: [
      (28, 96), (32, 96), (48, 160), (64, 160), (100, 160), (159, 160), (160, nil), (400, nil),
    ] as [(Int, Int?)])
  func `is three times theirs, and at most 160`(side: Int, size: Int?) {
    #expect(ImageEnlargement(toAtMost: 224) { _ in true }.size(forSide: side) == size)
  }

  @Test(arguments: [(16, 48), (40, 48), (48, nil)] as [(Int, Int?)])
  func `is the weights' own where that is smaller`(side: Int, size: Int?) {
    #expect(ImageEnlargement(toAtMost: 48) { _ in true }.size(forSide: side) == size)
  }

  @Test func `is one that the model takes`() {
    let patches = ImageEnlargement(toAtMost: 518) { $0.isMultiple(of: 14) }
    #expect(patches.size(forSide: 32) == 224)
    #expect(ImageEnlargement(toAtMost: 224) { _ in false }.size(forSide: 32) == nil)
  }

  /// Two classes of two images of a size.
  private func folder(_ side: Int) throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    for split in ["train", "test"] {
      for (label, name) in ["cat", "dog"].enumerated() {
        for number in 0..<2 {
          let level = UInt8(label * 100 + number * 20 + (split == "test" ? 7 : 0))
          let pixels = (0..<side * side).flatMap { [level, UInt8($0 % 251), 9] as [UInt8] }
          try folder.write(
            MaskDirectory.png(pixels, side, side, 3), "\(split)/\(name)/\(number).png")
        }
      }
    }
    return folder
  }

  @Test(arguments: [(24, 96, true), (50, 160, true), (160, 160, false)])
  func `is that of a folder's images, and it is said whether they grew`(
    side: Int, size: Int, grew: Bool
  ) throws {
    let folder = try folder(side)
    var options = DataOptions()
    options.enlargement = ImageEnlargement(toAtMost: 224) { _ in true }
    let data = try DataSource.folder(folder.url.path).load(options)
    #expect(data.train.width == size && data.test.height == size && data.isEnlarged == grew)
    // What was asked for is what is made.
    options.imageSize = 40
    let asked = try DataSource.folder(folder.url.path).load(options)
    #expect(asked.train.width == 40 && !asked.isEnlarged)
  }

  @Test func `is that of images in memory`() {
    let data = Shapes.classification(train: 6, test: 6, seed: 1)
    let larger = data.enlarged(ImageEnlargement(toAtMost: 48) { _ in true })
    #expect(larger.train.width == 48 && larger.test.height == 48 && larger.isEnlarged)
    for rule in [nil, ImageEnlargement(toAtMost: 16) { _ in true }] {
      let same = data.enlarged(rule)
      #expect(same.train.width == 32 && !same.isEnlarged)
    }
  }
}
