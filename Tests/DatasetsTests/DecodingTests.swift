import Foundation
import TestSupport
import Testing

@testable import Datasets

/// A file's pixels as the decoder gives them.
func decoded(
  _ path: String, channels: Int? = nil
) throws -> (header: ImageHeader, pixels: [UInt8]) {
  let decoder = ImageDecoder()
  let header = try decoder.open(path)
  var pixels = [UInt8](
    repeating: 0, count: header.width * header.height * (channels ?? header.channels))
  try pixels.withUnsafeMutableBufferPointer {
    try decoder.decode(channels: channels ?? header.channels, to: $0)
  }
  return (header, pixels)
}

@Suite struct `An image file` {
  static let whole = ImageFixture.all.filter { $0.size == nil }

  @Test func `of every kind has a fixture`() {
    #expect(Self.whole.count == 69)
  }

  @Test(arguments: whole) func `has the pixels that Pillow reads`(fixture: ImageFixture) throws {
    let path = try ImageFixture.path(fixture.file)
    let (header, pixels) = try decoded(path)
    #expect(header.width == fixture.width && header.height == fixture.height)
    #expect(header.channels == fixture.channels)
    #expect(header.isWide == fixture.name.contains("-16."))
    #expect(header.hasMore == ["pages", "animated"].contains { fixture.name.contains($0) })
    #expect(fixture.distance(to: pixels) <= fixture.tolerance)
    #expect(try ImageDecoder().header(of: path) == header)
  }

  @Test(arguments: whole.filter { $0.channels == 1 })
  func `that is gray has three equal channels where three are asked for`(
    fixture: ImageFixture
  ) throws {
    let (_, pixels) = try decoded(try ImageFixture.path(fixture.file), channels: 3)
    let first = stride(from: 0, to: pixels.count, by: 3).map { pixels[$0] }
    #expect(fixture.distance(to: first) <= fixture.tolerance)
    #expect(pixels == first.flatMap { [$0, $0, $0] })
  }

  @Test(arguments: [
    "color-420.jpg", "progressive.jpg", "color.png", "interlaced.png", "formats/lossless.webp",
    "formats/lossy.webp", "formats/plain.tif", "formats/deflate.tiff", "formats/tiles.tif",
    "formats/color.bmp", "formats/runs-8.bmp", "formats/plain.gif", "formats/interlaced.gif",
  ])
  func `cut short anywhere is refused, not read as gray`(name: String) throws {
    let folder = TemporaryDirectory()
    let bytes = try ImageFixture.bytes(name)
    for count in [0, 1, 8, 40, bytes.count / 2, bytes.count * 9 / 10] {
      try folder.write(Array(bytes.prefix(count)), "cut")
      let path = folder.url.appendingPathComponent("cut").path
      #expect(throws: ImageFault.self, "\(count) of \(bytes.count) bytes") { try decoded(path) }
    }
  }

  @Test func `with any byte changed is read or refused, and never crashes`() throws {
    let folder = TemporaryDirectory()
    let path = folder.url.appendingPathComponent("changed").path
    for name in ["color-420.jpg", "progressive.jpg", "palette.png", "turned.png", "ycck.jpg"] {
      let bytes = try ImageFixture.bytes(name)
      for position in stride(from: 2, to: bytes.count, by: 7) {
        var changed = bytes
        changed[position] ^= 0x55
        try folder.write(changed, "changed")
        // A changed size may be another image's, and a large one costs time only.
        guard let header = try? ImageDecoder().header(of: path),
          header.width * header.height < 1 << 13
        else { continue }
        _ = try? decoded(path)
      }
    }
  }

  @Test func `is recognized by its content, and not by its name`() throws {
    let folder = TemporaryDirectory()
    try folder.write(try ImageFixture.bytes("color.png"), "photo.jpg")
    let path = folder.url.appendingPathComponent("photo.jpg").path
    #expect(try decoded(path).pixels == ImageFixture.all.first { $0.name == "color.png" }?.pixels)
  }

  static let faults: [(bytes: [UInt8], fault: ImageFault, words: String)] = [
    ([], .empty, "it is empty"),
    (
      Array("GIF88a".utf8), .otherKind,
      "it has none of the supported formats (JPEG, PNG, WebP, TIFF,"
    ),
    (
      // A header alone, of 65,500 by 65,500 pixels.
      [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0xFF, 0xDC, 0xFF, 0xDC, 1, 1, 0x11, 0]
        + [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0],
      .tooLarge(width: 65500, height: 65500, most: 1 << 28), "it claims 65500x65500 pixels"
    ),
  ]

  @Test(arguments: faults.indices) func `that is none is refused, by what it is`(
    index: Int
  ) throws {
    let (bytes, fault, words) = Self.faults[index]
    let folder = TemporaryDirectory()
    try folder.write(bytes, "image.jpg")
    let error = #expect(throws: ImageFault.self) {
      try decoded(folder.url.appendingPathComponent("image.jpg").path)
    }
    #expect(error == fault)
    #expect(error.map { "\($0)" }?.contains(words) == true)
  }

  @Test func `that is not there is refused in the system's words`() throws {
    let error = #expect(throws: ImageFault.self) { try decoded("/nowhere/at/all.png") }
    #expect(error == .unreadable("No such file or directory"))
  }
}

@Suite struct `An image brought to a size` {
  static let sized = ImageFixture.all.filter {
    $0.size != nil && $0.window == nil && !$0.isMiddle
  }

  @Test func `has fixtures`() { #expect(Self.sized.count == 5) }

  @Test(arguments: sized)
  func `has its short side resized and the middle of the long one, as Pillow has it`(
    fixture: ImageFixture
  ) throws {
    let size = try #require(fixture.size)
    let (header, pixels) = try decoded(try ImageFixture.path(fixture.file))
    let resizer = Resizer()
    var target = [UInt8](repeating: 0, count: size * size * header.channels)
    pixels.withUnsafeBufferPointer { pixels in
      target.withUnsafeMutableBufferPointer { target in
        guard let from = pixels.baseAddress, let to = target.baseAddress else { return }
        resizer.cover(
          from, width: header.width, height: header.height, channels: header.channels, size: size,
          to: to)
      }
    }
    #expect(fixture.distance(to: target) <= fixture.tolerance)
  }

  @Test func `stays white where it was white, whatever the sizes`() {
    for (side, count) in [(1, 7), (7, 1), (100, 99), (5, 64), (4000, 3)] {
      let filter = ResizeFilter(
        size: side, start: 0, length: Double(side), count: count)
      for pixel in 0..<count {
        let weights = filter.weights[(pixel * filter.taps)..<((pixel + 1) * filter.taps)]
        #expect(weights.reduce(0) { $0 + Int($1) } == 16_384)
        #expect(weights.allSatisfy { $0 >= 0 })
        // What lies behind the end has no weight.
        #expect(weights.dropFirst(max(0, side - Int(filter.starts[pixel]))).allSatisfy { $0 == 0 })
      }
    }
  }
}
