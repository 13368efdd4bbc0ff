import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct `A digest of a file` {
  /// A path names the place of an archive's member, and may be typed.
  @Test func `is none of what lies behind an archive's end`() throws {
    let directory = TemporaryDirectory()
    try directory.write([UInt8](repeating: 7, count: 600), "x.tar")
    let archive = directory.path("x.tar")
    #expect(FileDigest.digest(of: archive + "/@512+88/a.png") != nil)
    for place in ["512+89", "601+1", "9223372036854775807+5", "5+9223372036854775807"] {
      #expect(FileDigest.digest(of: archive + "/@\(place)/a.png") == nil, "\(place)")
    }
  }

  /// A pipe has no end that could be read.
  @Test func `is none of a pipe, which nobody waits for`() {
    let directory = TemporaryDirectory()
    #expect(mkfifo(directory.path("pipe.jpg"), 0o600) == 0)
    #expect(FileDigest.digest(of: directory.path("pipe.jpg")) == nil)
  }

  /// Images that are not compressed may be alike at their edges, and of the same size.
  @Test(arguments: [300, 9_000, 60_000, 70_000, 900_000])
  func `is another one for a file that differs in its middle`(size: Int) throws {
    let directory = TemporaryDirectory()
    var bytes = [UInt8](repeating: 7, count: size)
    try directory.write(bytes, "plain.bmp")
    try directory.write(bytes, "copy.bmp")
    // A spot of a tenth of the height.
    for position in size / 2..<size / 2 + size / 10 { bytes[position] = 200 }
    try directory.write(bytes, "spot.bmp")
    let digests = FileDigest.digests(of: ["plain.bmp", "copy.bmp", "spot.bmp"].map(directory.path))
    #expect(digests[0] != nil && digests[0] == digests[1])
    #expect(digests[2] != nil && digests[2] != digests[0])
  }

  /// BMP and TIFF files may be without compression, and differ in a few bytes alone.
  @Test(arguments: [[0x42, 0x4D], [0x49, 0x49, 0x2A, 0], [0x4D, 0x4D, 0, 0x2A]])
  func `is another one for an image that differs in one byte`(kind: [UInt8]) throws {
    let directory = TemporaryDirectory()
    var bytes = kind + [UInt8](repeating: 7, count: 480_000)
    try directory.write(bytes, "plain")
    bytes[200_001] = 8
    try directory.write(bytes, "dot")
    let digests = FileDigest.digests(of: ["plain", "dot"].map(directory.path))
    #expect(digests[0] != nil && digests[1] != nil && digests[0] != digests[1])
  }
}
