import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct `Files that would take all memory or time` {
  private let folder = TemporaryDirectory()

  private func path(_ name: String) -> String { folder.url.path + "/" + name }

  @Test func `images of 20 GB are refused before they are read`() throws {
    try folder.write(try ImageFixture.bytes("gray.png"), "long.png")
    try #require(truncate(path("long.png"), 20 << 30) == 0)
    let fault = ImageFault.tooLong(bytes: 20 << 30, most: 256 << 20)
    #expect(throws: fault) { try ImageDecoder().open(path("long.png")) }
    #expect(throws: fault) { try ImageDecoder().header(of: path("long.png")) }
    #expect("\(fault)" == "it has 21474836480 bytes, and at most 268435456 are read")
  }

  @Test func `a pipe under an annotation's name is not waited for`() throws {
    try #require(mkfifo(path("a.xml"), 0o600) == 0)
    #expect(!AnnotationScan.isVOC(path("a.xml")))
    #expect {
      try VOCAnnotation(file: path("a.xml"))
    } throws: {
      "\($0)".contains("a.xml") && "\($0)".contains("it is not a regular file")
    }
  }

  // 2 to the 26th ways lead to the last folder.
  @Test func `folders in a chain with two links to the next are read once each`() throws {
    for level in 0...26 {
      let own = folder.url.appendingPathComponent("\(level)")
      try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
      for name in level < 26 ? ["a", "b"] : [] {
        try FileManager.default.createSymbolicLink(
          atPath: own.path + "/" + name, withDestinationPath: "../\(level + 1)")
      }
    }
    #expect(!ImageTree.hasImages(path("0")))
    try folder.write(try ImageFixture.bytes("gray.png"), "26/x.png")
    #expect(ImageTree.hasImages(path("0")))
    #expect(try ImageTree.images(below: path("0"), root: nil).count == 1)
    var ledger = FolderLedger(path("0"))
    ledger.note(path("0/none"), .used(as: "nothing"))
    let account = ledger.close()
    #expect(
      account.lines.contains {
        $0.contains("left out: 26 files, folders that are read under another name (links)")
      }, "\(account.lines)")
  }
}
