import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct `Making a folder` {
  @Test func `makes all above it, and leaves one that is there`() throws {
    let directory = TemporaryDirectory()
    try makeFolder(directory.path("a/b/c"))
    try directory.write("kept", "a/b/c/file")
    try makeFolder(directory.path("a/b/c"))
    #expect(try directory.read("a/b/c/file") == "kept")
  }

  // Foundation says "The operation could not be completed" of a file among those above.
  @Test func `names the file that is in its place or above it`() throws {
    let directory = TemporaryDirectory()
    try directory.write("", "file")
    for path in ["file", "file/a", "file/a/b"] {
      #expect(throws: FileError.notWritten(path: directory.path("file"), code: ENOTDIR)) {
        try makeFolder(directory.path(path))
      }
    }
    let long = directory.path(String(repeating: "a/", count: 100_000))
    #expect(throws: FileError.notWritten(path: long, code: ENAMETOOLONG)) { try makeFolder(long) }
  }
}
