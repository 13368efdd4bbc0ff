import Foundation
import Randomness
import Testing

@testable import Datasets

/// Part of a fixture's file, as the reader gives it.
private func part(
  of fixture: ImageFixture, window: @escaping (Int, Int) -> PhotoReader.Window
) throws -> [UInt8] {
  let size = try #require(fixture.size)
  var pixels = [UInt8](repeating: 0, count: size * size * fixture.channels)
  try pixels.withUnsafeMutableBufferPointer {
    try PhotoReader().read(
      try ImageFixture.path(fixture.file), size: size, channels: fixture.channels, to: $0,
      mirrored: fixture.isMirrored, window: window)
  }
  return pixels
}

private func rectangle(_ window: [Int]) -> PixelRectangle {
  PixelRectangle(left: window[0], top: window[1], width: window[2], height: window[3])
}

@Suite struct `Part of a photograph` {
  static let parts = ImageFixture.all.filter { $0.window != nil }
  static let middles = ImageFixture.all.filter(\.isMiddle)

  @Test func `has fixtures`() { #expect(Self.parts.count == 20 && Self.middles.count == 3) }

  @Test(arguments: parts)
  func `is what Pillow cuts out and resizes, reduced where that leaves enough, turned upright`(
    fixture: ImageFixture
  ) throws {
    let window = rectangle(try #require(fixture.window))
    #expect(
      fixture.distance(to: try part(of: fixture) { _, _ in .init(window) }) <= fixture.tolerance)
  }

  @Test(arguments: middles) func `for evaluation is torchvision's center crop`(
    fixture: ImageFixture
  ) throws {
    let size = try #require(fixture.size)
    let pixels = try part(of: fixture) { width, height in
      .init(middleOf: width, by: height, short: size * 8 / 7, size: size)
    }
    #expect(fixture.distance(to: pixels) <= fixture.tolerance)
  }

  /// The same picture stored in eight ways: where half the pixels are decoded, each edge has its own
  /// rounding, and none may shift the picture.
  @Test(arguments: 1...8) func `is at the same place when it is decoded reduced`(
    orientation: Int
  ) throws {
    let decoder = ImageDecoder()
    let header = try decoder.open(try ImageFixture.path("orientation-\(orientation).jpg"))
    let whole = PixelRectangle(left: 0, top: 0, width: header.width, height: header.height)
    for (eighths, near) in [(4, 6.0), (2, 10.0)] {
      _ = try decoder.open(try ImageFixture.path("orientation-\(orientation).jpg"))
      let part = try decoder.decode(whole, channels: 3, eighths: eighths)
      let fixture = try #require(
        ImageFixture.all.first { $0.name == "orientation-\(orientation).jpg" })
      // Every reduced pixel that is whole is about the mean of those that it stands for.
      let side = 8 / eighths
      var (sum, count) = (0.0, 0)
      for row in 0..<part.height {
        for column in 0..<part.width {
          let left = Int(((Double(column) + part.left) * Double(side)).rounded())
          let top = Int(((Double(row) + part.top) * Double(side)).rounded())
          guard left >= 0, top >= 0, left + side <= header.width, top + side <= header.height
          else { continue }
          for channel in 0..<3 {
            var mean = 0.0
            for y in top..<(top + side) {
              for x in left..<(left + side) {
                mean += Double(fixture.pixels[(y * header.width + x) * 3 + channel])
              }
            }
            mean /= Double(side * side)
            sum += abs(mean - Double(part.pixels[(row * part.width + column) * 3 + channel]))
            count += 1
          }
        }
      }
      #expect(sum / Double(count) < near, "\(eighths) eighths: \(sum / Double(count))")
    }
  }

  /// libjpeg-turbo leaves out rows and columns, and says that the rest is as it would have been.
  @Test(arguments: [
    "photo.jpg", "color-420.jpg", "color-444.jpg", "progressive.jpg", "gray.jpg",
    "orientation-8.jpg",
    "color.png",
  ])
  func `has the pixels that the whole image has there`(name: String) throws {
    let path = try ImageFixture.path(name)
    var stream = RandomStream(seed: 2, for: .augmentation)
    let decoder = ImageDecoder()
    let header = try decoder.open(path)
    for eighths in decoder.isReducible ? [8, 4, 2, 1] : [8] {
      func decoded(_ part: PixelRectangle) throws -> (ImageDecoder.Part, [UInt8]) {
        _ = try decoder.open(path)
        let part = try decoder.decode(part, channels: header.channels, eighths: eighths)
        let count = part.width * part.height * header.channels
        return (part, Array(UnsafeBufferPointer(start: part.pixels, count: count)))
      }
      let (whole, all) = try decoded(
        PixelRectangle(left: 0, top: 0, width: header.width, height: header.height))
      for _ in 0..<15 {
        let (left, top) = (
          Int.random(in: 0..<header.width, using: &stream),
          Int.random(in: 0..<header.height, using: &stream)
        )
        let wanted = PixelRectangle(
          left: left, top: top, width: Int.random(in: 1...(header.width - left), using: &stream),
          height: Int.random(in: 1...(header.height - top), using: &stream))
        let (part, pixels) = try decoded(wanted)
        let scale = Double(eighths) / 8
        #expect(part.left <= Double(left) * scale && part.top <= Double(top) * scale)
        // Where the part begins and ends, in pixels of the whole reduced image.
        let (right, down) = (Int(part.left - whole.left), Int(part.top - whole.top))
        let first = (max(0, left * eighths / 8 - right), max(0, top * eighths / 8 - down))
        let end = (
          ((left + wanted.width) * eighths + 7) / 8 - right,
          ((top + wanted.height) * eighths + 7) / 8 - down
        )
        #expect(end.0 <= part.width && end.1 <= part.height)
        for row in first.1..<end.1 {
          for position in (first.0 * header.channels)..<(end.0 * header.channels) {
            let there = ((row + down) * whole.width + right) * header.channels + position
            guard pixels[row * part.width * header.channels + position] != all[there] else {
              continue
            }
            Issue.record("\(eighths) eighths, \(wanted): row \(row), byte \(position) differs")
            return
          }
        }
      }
    }
  }

  @Test func `of every shape stays within the image`() throws {
    let fixture = try #require(
      ImageFixture.all.first { $0.name == "photo.jpg [0, 170, 33, 70] at 64" })
    var stream = RandomStream(seed: 1, for: .augmentation)
    for _ in 0..<60 {
      let (width, height) = (
        Int.random(in: 1...320, using: &stream), Int.random(in: 1...240, using: &stream)
      )
      let window = PixelRectangle(
        left: Int.random(in: 0...(320 - width), using: &stream),
        top: Int.random(in: 0...(240 - height), using: &stream), width: width, height: height)
      #expect(try part(of: fixture) { _, _ in .init(window) }.count == 64 * 64 * 3)
    }
  }
}

@Suite struct `A random crop` {
  private func crops(_ crop: RandomCrop, width: Int, height: Int) -> [PixelRectangle] {
    (0..<2000).map { index in
      var stream = RandomStream(seed: 5, for: .augmentation, index: index)
      return crop.choose(width: width, height: height, stream: &stream)
    }
  }

  @Test(arguments: [(640, 480), (100, 300), (33, 32)])
  func `lies within the image and within its limits`(width: Int, height: Int) {
    let crop = RandomCrop()
    for part in crops(crop, width: width, height: height) {
      #expect(part.left >= 0 && part.top >= 0 && part.width > 0 && part.height > 0)
      #expect(part.left + part.width <= width && part.top + part.height <= height)
      guard part != crop.middle(width: width, height: height) else { continue }
      // Sides are rounded to whole pixels, by half of one at most.
      let (w, h) = (Double(part.width), Double(part.height))
      let area = Double(width * height)
      #expect((w + 0.5) * (h + 0.5) >= 0.08 * area && (w - 0.5) * (h - 0.5) <= area)
      #expect((w + 0.5) / (h - 0.5) >= 0.75 && (w - 0.5) / (h + 0.5) <= 4.0 / 3)
    }
  }

  /// With at most half the area of a square every draw fits: the area's share is spread evenly from 0.1
  /// to 0.5, the ratio's logarithm about 0, the place from edge to edge.
  @Test func `is spread evenly over size, shape and place`() {
    let parts = crops(RandomCrop(scale: 0.1...0.5), width: 1000, height: 1000)
    func mean(_ value: (PixelRectangle) -> Double) -> Double {
      parts.map(value).reduce(0, +) / Double(parts.count)
    }
    // Of 2,000: five standard errors.
    #expect(abs(mean { Double($0.width * $0.height) / 1e6 } - 0.3) < 0.013)
    #expect(abs(mean { log(Double($0.width) / Double($0.height)) }) < 0.019)
    #expect(abs(mean { Double($0.left) / Double(1000 - $0.width) } - 0.5) < 0.033)
    #expect(abs(mean { Double($0.top) / Double(1000 - $0.height) } - 0.5) < 0.033)
  }

  @Test func `of an image that is too narrow is the middle`() {
    // A ratio of 4/3 at a height of 10 is 13 wide; of 3/4 at a width of 10, 13 high.
    for part in crops(RandomCrop(scale: 0.9...1), width: 1000, height: 10) {
      #expect(part == PixelRectangle(left: 493, top: 0, width: 13, height: 10))
    }
    for part in crops(RandomCrop(scale: 0.9...1), width: 10, height: 1000) {
      #expect(part == PixelRectangle(left: 0, top: 493, width: 10, height: 13))
    }
  }
}
