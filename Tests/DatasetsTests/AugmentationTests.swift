import Foundation
import Randomness
import Testing

@testable import Datasets

/// What torchvision made of an image; see `Scripts/fixtures/augmentation_fixtures.py`.
private struct AugmentationFixture: Sendable, CustomTestStringConvertible {
  let entry: Entry
  let pixels: [UInt8]

  var testDescription: String {
    let amount = entry.factor.map { "\($0)" } ?? "\((entry.sign ?? 1) * (entry.magnitude ?? 0))"
    return "\(entry.name) \(amount), \(entry.channels) channels"
  }

  struct Entry: Decodable, Sendable {
    let name: String
    let channels: Int
    let start: Int
    let factor: Double?
    let magnitude: Int?
    let sign: Int?
  }

  private struct Index: Decodable {
    let height: Int
    let width: Int
    let cases: [Entry]
  }

  static let (height, width, all) = read()

  /// The image that the others were made of.
  static func original(channels: Int) -> [UInt8] {
    all.first { $0.entry.channels == channels }?.pixels ?? []
  }

  private static func read() -> (Int, Int, [AugmentationFixture]) {
    guard let folder = ImageFixture.folder,
      let json = try? Data(contentsOf: folder.appendingPathComponent("augmentation.json")),
      let index = try? JSONDecoder().decode(Index.self, from: json),
      let bytes = try? Data(contentsOf: folder.appendingPathComponent("augmentation.bin"))
    else { return (0, 0, []) }
    return (
      index.height, index.width,
      index.cases.map { entry in
        let count = index.height * index.width * entry.channels
        return AugmentationFixture(
          entry: entry, pixels: [UInt8](bytes[entry.start..<(entry.start + count)]))
      }
    )
  }

  /// How far the pixels are from those that a body makes of the original.
  func distance(_ change: (PixelImage) -> Void) -> Int {
    var made = Self.original(channels: entry.channels)
    made.withUnsafeMutableBufferPointer {
      change(
        PixelImage(
          pixels: $0, height: Self.height, width: Self.width, channels: entry.channels))
    }
    return zip(pixels, made).map { abs(Int($0) - Int($1)) }.max() ?? .max
  }
}

@Suite struct `Changes of color` {
  fileprivate static let fixtures = AugmentationFixture.all.filter { $0.entry.factor != nil }

  @Test func `have fixtures`() { #expect(Self.fixtures.count == 40) }

  @Test(arguments: fixtures)
  fileprivate func `are torchvision's, byte by byte`(fixture: AugmentationFixture) throws {
    let factor = try #require(fixture.entry.factor)
    let distance = fixture.distance { image in
      switch fixture.entry.name {
      case "brightness": image.adjustBrightness(Float(factor))
      case "contrast": image.adjustContrast(Float(factor))
      case "saturation": image.adjustSaturation(Float(factor))
      case "sharpness": image.adjustSharpness(Float(factor), in: AugmentationBuffers())
      case "hue": image.shiftHue(by: factor)
      default: Issue.record("\(fixture.entry.name) is not known")
      }
    }
    #expect(distance == 0)
  }
}

@Suite struct `RandAugment's operations` {
  fileprivate static let fixtures = AugmentationFixture.all.filter { $0.entry.magnitude != nil }

  @Test func `have fixtures, each of them`() {
    #expect(Self.fixtures.count == 166)
    #expect(
      Set(Self.fixtures.map(\.entry.name))
        == Set(RandAugment.Operation.allCases.map(\.rawValue)))
  }

  @Test(arguments: fixtures)
  fileprivate func `are torchvision's, byte by byte`(fixture: AugmentationFixture) throws {
    let operation = try #require(RandAugment.Operation(rawValue: fixture.entry.name))
    let magnitude = try #require(fixture.entry.magnitude)
    let distance = fixture.distance {
      operation.apply(
        to: $0, magnitude: magnitude, isNegative: fixture.entry.sign == -1,
        in: AugmentationBuffers())
    }
    #expect(distance == 0)
  }

  @Test func `are drawn equally often, each way`() {
    let augment = RandAugment(operations: 1, magnitude: 9)
    var made: [[UInt8]: Int] = [:]
    let original = AugmentationFixture.original(channels: 3)
    for index in 0..<1400 {
      var stream = RandomStream(seed: 1, for: .augmentation, index: index)
      var pixels = original
      pixels.withUnsafeMutableBufferPointer {
        augment.apply(
          to: PixelImage(
            pixels: $0, height: AugmentationFixture.height, width: AugmentationFixture.width,
            channels: 3), stream: &stream, in: AugmentationBuffers())
      }
      made[pixels, default: 0] += 1
    }
    // Each of the fourteen is drawn a hundred times, half of them the other way where it has one; some
    // may make the same picture.
    let expected = Dictionary(
      grouping: Self.fixtures.filter { $0.entry.magnitude == 9 && $0.entry.channels == 3 },
      by: \.pixels)
    #expect(Set(made.keys) == Set(expected.keys))
    for (pixels, fixtures) in expected {
      let mean = fixtures.reduce(0.0) { $0 + (isSigned($1) ? 50 : 100) }
      #expect(abs(Double(made[pixels] ?? 0) - mean) < 5 * mean.squareRoot())
    }
  }

  private func isSigned(_ fixture: AugmentationFixture) -> Bool {
    Self.fixtures.contains { $0.entry.name == fixture.entry.name && $0.entry.sign == -1 }
  }
}

@Suite struct `A jitter of colors` {
  private func jittered(_ jitter: ColorJitter, index: Int) -> [UInt8] {
    var pixels = AugmentationFixture.original(channels: 3)
    var stream = RandomStream(seed: 1, for: .augmentation, index: index)
    pixels.withUnsafeMutableBufferPointer {
      jitter.apply(
        to: PixelImage(
          pixels: $0, height: AugmentationFixture.height, width: AugmentationFixture.width,
          channels: 3), stream: &stream)
    }
    return pixels
  }

  @Test func `of nothing leaves the image as it is`() {
    let original = AugmentationFixture.original(channels: 3)
    #expect(jittered(ColorJitter(), index: 3) == original)
  }

  /// A gray of one level is only made brighter and darker: the level tells the factor.
  @Test func `of the brightness has factors spread evenly within its reach`() {
    let factors = (0..<2000).map { index in
      var pixels = [UInt8](repeating: 100, count: 1)
      var stream = RandomStream(seed: 1, for: .augmentation, index: index)
      pixels.withUnsafeMutableBufferPointer {
        ColorJitter(brightness: 0.4).apply(
          to: PixelImage(pixels: $0, height: 1, width: 1, channels: 1), stream: &stream)
      }
      return Double(pixels[0]) / 100
    }
    // Levels are cut off to whole ones, by half a hundredth in the mean.
    #expect(factors.allSatisfy { (0.59...1.4).contains($0) })
    let mean = factors.reduce(0, +) / 2000
    #expect(abs(mean - 0.995) < 5 * 0.231 / 2000.0.squareRoot())
    #expect(factors.filter { $0 < 0.8 }.count > 400)
  }

  @Test func `comes in every order equally often`() {
    var counts: [[Int]: Int] = [:]
    for index in 0..<2400 {
      var stream = RandomStream(seed: 1, for: .augmentation, index: index)
      var order = DrawnOrder(count: 4)
      var numbers: [Int] = []
      while let next = order.next(&stream) { numbers.append(next) }
      #expect(numbers.sorted() == [0, 1, 2, 3])
      counts[numbers, default: 0] += 1
    }
    #expect(counts.count == 24)
    // A hundred each with a deviation of ten.
    #expect(counts.values.allSatisfy { abs($0 - 100) < 50 })
  }
}

@Suite struct `A cutout` {
  private func cut(side: Int, height: Int, width: Int, index: Int) -> [UInt8] {
    let source = [UInt8](repeating: 1, count: height * width)
    var target = source
    var stream = RandomStream(seed: 1, for: .augmentation, index: index)
    source.withUnsafeBufferPointer { source in
      target.withUnsafeMutableBufferPointer {
        Augmentation(cutout: side).apply(
          source, to: PixelImage(pixels: $0, height: height, width: width, channels: 1),
          mean: [9], stream: &stream, in: AugmentationBuffers())
      }
    }
    return target
  }

  @Test func `is a square about any pixel, as far as it lies in the image`() {
    let (height, width, side) = (5, 7, 4)
    let all = Set(
      (0..<height).flatMap { y in
        (0..<width).map { x in
          (0..<height * width).map { position -> UInt8 in
            let (row, column) = (position / width, position % width)
            let isIn = (y - 2..<y + 2).contains(row) && (x - 2..<x + 2).contains(column)
            return isIn ? 9 : 1
          }
        }
      })
    let seen = Set((0..<1000).map { cut(side: side, height: height, width: width, index: $0) })
    #expect(seen == all)
  }

  @Test func `larger than the image covers it, and does not crash`() {
    let covered = [UInt8](repeating: 9, count: 12)
    for index in 0..<20 { #expect(cut(side: 64, height: 3, width: 4, index: index) == covered) }
  }
}

@Suite struct `All augmentations together` {
  private let everything = Augmentation(
    cropPadding: 2, flips: true, cropScale: 0.3...1,
    colorJitter: ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1),
    randAugment: RandAugment(operations: 2, magnitude: 9), cutout: 4)

  @Test(arguments: [2, 3]) func `are the same on any number of threads`(workers: Int) throws {
    let set = try #require(
      Shapes.classification(train: 60, test: 1, size: 12, seed: 2).train as? ImageSet)
    func batches(_ workers: Int) throws -> [[UInt8]] {
      let loader = set.batches(
        .training(count: 60, batchSize: 10, seed: 1), augmentation: everything, seed: 1,
        workers: workers)
      return try (0..<12).map { _ in Array(try #require(try loader.next()).pixels) }
    }
    let one = try batches(1)
    #expect(try batches(workers) == one)
    #expect(Set(one).count == 12, "the second epoch is not the first")
  }

  /// A part of at least all of a square can only be the whole of it.
  @Test func `take a part of an image in memory that is as large as was asked for`() throws {
    let image = AugmentationFixture.original(channels: 3)
    func parts(_ scale: ClosedRange<Double>, height: Int, width: Int) -> [[UInt8]] {
      let source = Array(image.prefix(height * width * 3))
      return (0..<40).map { index in
        var target = [UInt8](repeating: 0, count: source.count)
        var stream = RandomStream(seed: 1, for: .augmentation, index: index)
        source.withUnsafeBufferPointer { source in
          target.withUnsafeMutableBufferPointer {
            Augmentation(cropScale: scale).apply(
              source, to: PixelImage(pixels: $0, height: height, width: width, channels: 3),
              mean: [0, 0, 0], stream: &stream, in: AugmentationBuffers())
          }
        }
        return target
      }
    }
    #expect(Set(parts(0.2...0.5, height: 8, width: 8)).count > 30)
    let whole = Array(image.prefix(8 * 8 * 3))
    #expect(parts(0.2...0.5, height: 8, width: 8).allSatisfy { $0 != whole })
    #expect(parts(1...1, height: 8, width: 8).contains(whole))
  }
}
