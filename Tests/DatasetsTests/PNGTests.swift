import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct `A PNG file of pixels` {
  /// What Pillow read in a file is written, and read again by the decoder.
  @Test(arguments: ["color.png", "gray.png"]) func `is read as it was made`(
    name: String
  ) throws {
    let fixture = try #require(ImageFixture.all.first { $0.name == name })
    let file = fixture.pixels.withUnsafeBufferPointer {
      PNG.encoded(
        $0, width: fixture.width, height: fixture.height, channels: fixture.channels)
    }
    let directory = TemporaryDirectory()
    let path = directory.url("image.png")
    try file.write(to: path)
    let decoder = ImageDecoder()
    let header = try decoder.open(path.path)
    #expect(header.channels == fixture.channels)
    let part = try decoder.decode(
      PixelRectangle(left: 0, top: 0, width: header.width, height: header.height),
      channels: header.channels, eighths: 8)
    let pixels = UnsafeBufferPointer(start: part.pixels, count: fixture.pixels.count)
    #expect(Array(pixels) == fixture.pixels)
  }
}
