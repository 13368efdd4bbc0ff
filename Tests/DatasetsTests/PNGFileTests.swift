import Foundation
import Testing

@testable import Datasets

@Suite struct `A PNG file` {
  /// What Pillow read in a file is written, and read again by the decoder.
  @Test(arguments: ["colour.png", "grey.png"]) func `has the pixels that it was made of`(
    name: String
  ) throws {
    let fixture = try #require(ImageFixture.all.first { $0.name == name })
    let file = try #require(
      PNGFile.encode(
        fixture.pixels, height: fixture.height, width: fixture.width, channels: fixture.channels))
    let path = FileManager.default.temporaryDirectory
      .appendingPathComponent("rondo-\(UUID().uuidString).png")
    defer { try? FileManager.default.removeItem(at: path) }
    try file.write(to: path)
    let decoder = ImageDecoder()
    let header = try decoder.open(path.path)
    #expect(header.width == fixture.width && header.height == fixture.height)
    #expect(header.channels == fixture.channels)
    let part = try decoder.decode(
      PixelRectangle(left: 0, top: 0, width: header.width, height: header.height),
      channels: header.channels, eighths: 8)
    let pixels = UnsafeBufferPointer(start: part.pixels, count: fixture.pixels.count)
    #expect(Array(pixels) == fixture.pixels)
    #expect(file.count < fixture.pixels.count)
  }

  @Test func `is not made of what is no image`() {
    #expect(PNGFile.encode([1, 2, 3], height: 2, width: 1, channels: 3) == nil)
    #expect(PNGFile.encode([1, 2], height: 1, width: 1, channels: 2) == nil)
    #expect(PNGFile.encode([], height: 0, width: 4, channels: 1) == nil)
  }
}
