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
    #expect(ImageEnlargement(toAtMost: 224) { _ in true }.size(forSide: side, count: 100) == size)
  }

  @Test(arguments: [(16, 48), (40, 48), (48, nil)] as [(Int, Int?)])
  func `is the weights' own where that is smaller`(side: Int, size: Int?) {
    #expect(ImageEnlargement(toAtMost: 48) { _ in true }.size(forSide: side, count: 100) == size)
  }

  @Test func `is one that the model takes`() {
    let patches = ImageEnlargement(toAtMost: 518) { $0.isMultiple(of: 14) }
    #expect(patches.size(forSide: 32, count: 100) == 224)
    #expect(ImageEnlargement(toAtMost: 224) { _ in false }.size(forSide: 32, count: 100) == nil)
  }

  @Test(arguments: [(32, 100, 224), (32, 5_001, 96), (300, 100, nil)] as [(Int, Int, Int?)])
  func `is the weights' own where few images pass the network once`(
    side: Int, count: Int, size: Int?
  ) {
    let rule = ImageEnlargement(toAtMost: 224, passesOnce: true) { _ in true }
    #expect(rule.size(forSide: side, count: count) == size)
  }

  /// Two classes of two images of a size.
  private func folder(_ side: Int, width: Int? = nil) throws -> TemporaryDirectory {
    let width = width ?? side
    let folder = TemporaryDirectory()
    for split in ["train", "test"] {
      for (label, name) in ["cat", "dog"].enumerated() {
        for number in 0..<2 {
          let level = UInt8(label * 100 + number * 20 + (split == "test" ? 7 : 0))
          let pixels = (0..<side * width).flatMap { [level, UInt8($0 % 251), 9] as [UInt8] }
          try folder.write(
            MaskDirectory.png(pixels, width, side, 3), "\(split)/\(name)/\(number).png")
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
    let larger = data.enlarged(ImageEnlargement(toAtMost: 48) { _ in true }, by: .bicubic)
    #expect(larger.train.width == 48 && larger.test.height == 48 && larger.isEnlarged)
    for rule in [nil, ImageEnlargement(toAtMost: 16) { _ in true }] {
      let same = data.enlarged(rule, by: .bilinear)
      #expect(same.train.width == 32 && !same.isEnlarged)
    }
  }
  @Test func `is theirs where they are not square, since a part would be cut off, which is said`()
    throws
  {
    let folder = try folder(20, width: 60)
    var options = DataOptions()
    options.enlargement = ImageEnlargement(toAtMost: 224) { _ in true }
    let data = try DataSource.folder(folder.url.path).load(options)
    #expect((data.train.width, data.train.height) == (60, 20) && !data.isEnlarged)
    #expect(data.notes.contains { $0.contains("not square (60x20); --image-size 64 enlarges") })
    options.imageSize = 64
    let asked = try DataSource.folder(folder.url.path).load(options)
    #expect(asked.train.width == 64 && !asked.notes.contains { $0.contains("not square") })
  }

  /// Predictions of other images are prepared as the training images were.
  @Test func `is made by the interpolation that is asked for, in files and in memory`() throws {
    let folder = try folder(24)
    func enlarged(_ interpolation: Interpolation) throws -> ImageData {
      var options = DataOptions()
      options.interpolation = interpolation
      options.enlargement = ImageEnlargement(toAtMost: 48) { _ in true }
      return try DataSource.folder(folder.url.path).load(options)
    }
    let (smooth, sharp) = (try enlarged(.bilinear), try enlarged(.bicubic))
    let sets = try [smooth, sharp].map { try #require($0.train as? ImageSet) }
    #expect(sets[0].pixels != sets[1].pixels)
    for (data, way) in [(smooth, Interpolation.bilinear), (sharp, .bicubic)] {
      #expect(Preprocessing(of: data.test, momentsOf: data.train).interpolation == way)
    }
    // A file of 24 pixels, by what prepares images for a trained model, is that of the set.
    let preprocessing = Preprocessing(of: sharp.test, momentsOf: sharp.train)
    let file = folder.url.appendingPathComponent("train/cat/0.png").path
    let reader = PhotoReader(interpolation: preprocessing.interpolation)
    var pixels = [UInt8](repeating: 0, count: 48 * 48 * 3)
    try pixels.withUnsafeMutableBufferPointer {
      try reader.read(file, size: 48, channels: 3, to: $0) {
        preprocessing.window(width: $0, height: $1)
      }
    }
    #expect(pixels == Array(sets[1].pixels.prefix(48 * 48 * 3)))
  }
}
