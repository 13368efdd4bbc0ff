import Foundation
import Randomness
import TestSupport
import Testing

@testable import Datasets

/// What all kinds of image file have in common, and what they claim.
@Suite struct `An image of any kind` {
  static let lossless = ImageFixture.all.filter {
    $0.size == nil && !$0.name.hasSuffix(".jpg")
  }

  @Test(arguments: lossless) func `is read in part as it is read whole`(
    fixture: ImageFixture
  ) throws {
    let path = try ImageFixture.path(fixture.file)
    let (header, whole) = try decoded(path)
    let channels = header.channels
    for part in [
      PixelRectangle(left: 0, top: 0, width: 1, height: 1),
      PixelRectangle(left: 7, top: 5, width: 11, height: 17),
      PixelRectangle(left: header.width - 4, top: header.height - 9, width: 4, height: 9),
    ] {
      let decoder = ImageDecoder()
      _ = try decoder.open(path)
      let own = try decoder.decode(part, channels: channels, eighths: 8)
      let (left, top) = (Int(own.left), Int(own.top))
      #expect(left <= part.left && left + own.width >= part.left + part.width)
      #expect(top <= part.top && top + own.height >= part.top + part.height)
      for row in 0..<own.height {
        let start = ((top + row) * header.width + left) * channels
        let count = own.width * channels
        let there = UnsafeBufferPointer(start: own.pixels + row * count, count: count)
        #expect(Array(there) == Array(whole[start..<(start + count)]))
      }
    }
  }

  // MARK: Claims

  private static func png(width: UInt32, height: UInt32, data: [UInt8] = []) -> [UInt8] {
    func number(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> (24 - 8 * $0) & 255) } }
    func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
      let named = Array(name.utf8) + content
      var sum: UInt32 = 0xFFFF_FFFF
      for byte in named {
        sum ^= UInt32(byte)
        for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
      }
      return number(UInt32(content.count)) + named + number(~sum)
    }
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
      + chunk("IHDR", number(width) + number(height) + [8, 2, 0, 0, 0]) + chunk("IDAT", data)
      + chunk("IEND", [])
  }

  /// A TIFF of one pixel of so many bits, little-endian, whose numbers are of a kind (1 unsigned, 2 signed, 3 floating).
  ///
  /// - Source: Adobe, *TIFF Revision 6.0* (1992), sections 2 and 19.
  private static func tiff(bits: UInt16, format: UInt16) -> [UInt8] {
    func bytes(_ value: UInt32, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(value >> (8 * $0) & 255) }
    }
    let tags: [(UInt32, UInt16)] = [
      (256, 1), (257, 1), (258, bits), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1),
      (279, bits / 8), (339, format),
    ]
    let entries = tags.flatMap { tag, value in
      bytes(tag, 2) + bytes(3, 2) + bytes(1, 4) + bytes(UInt32(value), 4)
    }
    return [0x49, 0x49, 42, 0] + bytes(16, 4) + [UInt8](repeating: 0, count: 8)
      + bytes(UInt32(tags.count), 2) + entries + bytes(0, 4)
  }

  @Test(arguments: [
    (32, 3, "floating-point values"), (64, 3, "floating-point values"), (16, 2, "signed values"),
    (32, 1, "32 bits a channel"),
  ]) func `that is whole but not supported is not called damaged`(
    bits: UInt16, format: UInt16, feature: String
  ) throws {
    let folder = TemporaryDirectory()
    try folder.write(Self.tiff(bits: bits, format: format), "image.tif")
    let path = folder.url.appendingPathComponent("image.tif").path
    let fault = #expect(throws: ImageFault.self) { try ImageDecoder().header(of: path) }
    #expect(fault == .unsupported(feature))
    #expect(
      fault?.description
        == "it has what is not supported (\(feature)); save it as PNG with 8 or 16 bits a channel")
    try folder.write(Self.tiff(bits: 8, format: 1), "image.tif")
    #expect(throws: Never.self) { try ImageDecoder().header(of: path) }
  }

  /// - Source: W3C, *Portable Network Graphics (PNG) Specification (Third Edition)*, 11.3.4.1.
  @Test(arguments: [0, 1, 2]) func `of PNG has more frames where it says so`(frames: UInt8) throws {
    let folder = TemporaryDirectory()
    let still = try ImageFixture.bytes("color.png")
    // Of the chunk's own checksum nothing depends.
    let control: [UInt8] =
      [0, 0, 0, 8] + Array("acTL".utf8) + [0, 0, 0, frames, 0, 0, 0, 0] + [0, 0, 0, 0]
    try folder.write(
      Array(still[..<33]) + (frames == 0 ? [] : control) + Array(still[33...]), "a.png")
    let path = folder.url.appendingPathComponent("a.png").path
    #expect(try ImageDecoder().header(of: path).hasMore == (frames > 1))
    #expect(
      ImagePaths.notes(on: [path])
        == (frames > 1
          ? ["note: 1 file has several pages or frames, of which the first is read: \(path)"] : []))
  }

  /// A fixture that claims another size, two bytes little-endian each, at these places.
  private static func claiming(
    _ name: String, _ size: Int, at positions: [Int]
  ) throws -> [UInt8] {
    var bytes = try ImageFixture.bytes("formats/" + name)
    for position in positions {
      bytes[position] = UInt8(size & 255)
      bytes[position + 1] = UInt8(size >> 8)
    }
    return bytes
  }

  /// Where a TIFF has its width and height: in the values of the first two of its directory's tags.
  private static func sizes(in name: String) throws -> [Int] {
    let bytes = try ImageFixture.bytes("formats/" + name)
    let directory = (0..<4).reduce(0) { $0 | Int(bytes[4 + $1]) << (8 * $1) }
    return [directory + 2 + 8, directory + 2 + 12 + 8]
  }

  @Test func `of few bytes that claims many pixels is refused, whatever its kind`() throws {
    let folder = TemporaryDirectory()
    let path = folder.url.appendingPathComponent("image").path
    let jpegHeader: [UInt8] =
      [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0x3F, 0xFF, 0x3F, 0xFF, 1, 1, 0x11, 0]
      + [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0]
    let files: [[UInt8]] = [
      Self.png(width: 16_384, height: 16_384), jpegHeader,
      try Self.claiming("color.bmp", 16_000, at: [18, 22]),
      try Self.claiming("runs-8.bmp", 16_000, at: [18, 22]),
      try Self.claiming("plain.gif", 16_000, at: [6, 8]),
      try Self.claiming("plain.tif", 16_000, at: Self.sizes(in: "plain.tif")),
      try Self.claiming("lzw.tif", 16_000, at: Self.sizes(in: "lzw.tif")),
      // The canvas of an extended file, three bytes each, less one.
      try Self.claiming("animated.webp", 16_000, at: [24, 27]),
    ]
    for (index, bytes) in files.enumerated() {
      try folder.write(bytes, "image")
      let error = #expect(throws: ImageFault.self, "file \(index)") {
        try ImageDecoder().header(of: path)
      }
      guard case .claimsMore(_, _, bytes.count) = error else {
        Issue.record("file \(index): \(error.map { "\($0)" } ?? "nothing")")
        continue
      }
      #expect(
        error?.description.hasSuffix("pixels, which its \(bytes.count) bytes cannot hold") == true)
    }
  }

  #if os(Linux)
    /// The bytes of this process that lie in memory.
    private static var bytesInMemory: Int {
      let words = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
      return (words?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 4096
    }

    @Test func `that is cut short costs memory for what is there, and not for what it claims`()
      throws
    {
      // Stored without packing, so that its bytes could hold the claim, but for the last of them.
      let block = [UInt8](repeating: 0, count: 65_535)
      let stored = (0..<16).reduce(into: [0x78, 0x01] as [UInt8]) { all, _ in
        all += [0, 0xFF, 0xFF, 0, 0] + block
      }
      let folder = TemporaryDirectory()
      try folder.write(Self.png(width: 16_384, height: 16_384, data: stored), "image.png")
      let decoder = ImageDecoder()
      let header = try decoder.open(folder.url.appendingPathComponent("image.png").path)
      #expect(header.width == 16_384)
      let before = Self.bytesInMemory
      let error = #expect(throws: ImageFault.self) {
        _ = try decoder.decode(
          PixelRectangle(left: 0, top: 0, width: header.width, height: header.height), channels: 3,
          eighths: 8)
      }
      guard case .damaged = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      // The image would take 805 MB.
      #expect(Self.bytesInMemory - before < 100 << 20)
    }
  #endif

  // MARK: Damage

  @Test func `with bytes changed by chance is read or refused in words, and never crashes`() throws {
    let folder = TemporaryDirectory()
    let path = folder.url.appendingPathComponent("changed").path
    let fixtures = Self.lossless.filter { $0.name.hasPrefix("formats/") }
    let decoder = ImageDecoder()
    var refused = 0
    for round in 0..<12 {
      for (index, fixture) in fixtures.enumerated() {
        var bytes = try ImageFixture.bytes(fixture.file)
        var stream = RandomStream(seed: UInt64(round), for: .shapes, index: index)
        for _ in 0..<Int.random(in: 1...4, using: &stream) {
          // Mostly in the header, where it matters most.
          let end = Bool.random(using: &stream) ? min(bytes.count, 120) : bytes.count
          let position = Int.random(in: 0..<end, using: &stream)
          bytes[position] = UInt8.random(in: 0...255, using: &stream)
        }
        try folder.write(bytes, "changed")
        do throws(ImageFault) {
          let header = try decoder.header(of: path)
          guard header.width * header.height < 1 << 16 else { continue }
          _ = try decoder.open(path)
          _ = try decoder.decode(
            PixelRectangle(left: 0, top: 0, width: header.width, height: header.height),
            channels: header.channels, eighths: 8)
          _ = try? decoder.mask(of: path)
          _ = try? decoder.wideNumbers(of: path)
        } catch {
          refused += 1
          if case .damaged(let words) = error { #expect(!words.isEmpty) }
        }
      }
    }
    #expect(refused > 50)
  }
}

@Suite struct `A mask of any lossless kind` {
  private func mask(_ name: String) throws -> RawMask {
    try ImageDecoder().mask(of: try ImageFixture.path("formats/" + name))
  }

  private func pixels(_ name: String) throws -> [Int] {
    try #require(ImageFixture.all.first { $0.name == "formats/" + name }).pixels.map(Int.init)
  }

  @Test func `has its numbers as they were saved`() throws {
    // The fixtures' script puts 200 into the lower byte, and the level into the upper.
    let wide = try mask("gray-16.tif")
    #expect(wide.isWide && wide.palette == nil && wide.channels == 1)
    #expect(wide.numbers.map(Int.init) == (try pixels("gray-16.tif")).map { $0 * 256 + 200 })
    #expect(try mask("gray.tif").numbers.map(Int.init) == pixels("gray.tif"))
    #expect(try mask("bits.tif").numbers.map { Int($0) * 255 } == pixels("bits.tif"))
    #expect(try mask("lossless.webp").numbers.map(Int.init) == pixels("lossless.webp"))
    #expect(try mask("color.bmp").numbers.map(Int.init) == pixels("color.bmp"))
  }

  @Test(arguments: ["palette.tif", "palette.bmp", "four.bmp", "runs-8.bmp", "plain.gif"])
  func `has a palette's places, one for each color`(name: String) throws {
    let mask = try mask(name)
    #expect(mask.palette != nil && mask.channels == 1 && !mask.isWide)
    // Equal numbers are equal colors.
    let colors = try pixels(name)
    var byNumber: [UInt16: [Int]] = [:]
    for (position, number) in mask.numbers.enumerated() {
      let color = Array(colors[(3 * position)..<(3 * position + 3)])
      #expect(byNumber[number, default: color] == color)
      byNumber[number] = color
    }
    #expect(byNumber.count == Set(byNumber.values).count && byNumber.count >= 15)
  }

  @Test(arguments: ["lossy.webp", "jpeg.tif", "../photo.jpg"])
  func `and not of one that changes numbers`(name: String) throws {
    let error = #expect(throws: ImageDecoder.MaskFault.self) { try mask(name) }
    guard case .notPNG = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

@Suite struct `The filled bits of 16` {
  @Test func `are as many as the highest number takes, and 8 at least`() {
    let counts = [
      (0, 8), (1, 8), (255, 8), (256, 9), (1023, 10), (4095, 12), (4096, 13), (16_383, 14),
      (32_768, 16), (65_535, 16),
    ]
    for (highest, count) in counts { #expect(FilledBits(highest: highest).count == count) }
    #expect(FilledBits.all.count == 16)
    #expect(FilledBits(count: 7) == nil && FilledBits(count: 17) == nil)
    #expect(FilledBits(count: 12)?.count == 12)
  }

  @Test(arguments: ["gray-16.png", "color-16.png", "formats/gray-16.tif", "formats/color-16.tif"])
  func `of a file are found, and its levels brought to bytes by them`(name: String) throws {
    // The fixtures' scripts put a level L as 256 L + 200.
    let fixture = try #require(ImageFixture.all.first { $0.name == name })
    let path = try ImageFixture.path(name)
    let levels = fixture.pixels.map { Int($0) * 256 + 200 }
    #expect(try ImageDecoder().wideNumbers(of: path).highest == levels.max())
    for bits in [8, 12, 15, 16] {
      let decoder = ImageDecoder(filledBits: try #require(FilledBits(count: bits)))
      _ = try decoder.open(path)
      var pixels = [UInt8](repeating: 0, count: levels.count)
      try pixels.withUnsafeMutableBufferPointer {
        try decoder.decode(channels: fixture.channels, to: $0)
      }
      #expect(pixels.map(Int.init) == levels.map { min(255, $0 >> (bits - 8)) })
    }
  }

  @Test func `of 8-bit images are not asked for`() throws {
    #expect(try ImageDecoder().wideNumbers(of: ImageFixture.path("color.png")).highest == 0)
  }
}
