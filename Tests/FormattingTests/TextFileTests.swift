import Formatting
import Foundation
import Testing

@Suite struct `A text file` {
  private func text(_ bytes: [UInt8]) throws -> String { try TextFile.text(of: Data(bytes)) }

  @Test func `is read without the mark before it, as UTF-8 or as UTF-16`() throws {
    let plain = Array("é, b\n".utf8)
    #expect(try text(plain) == "é, b\n")
    #expect(try text([0xEF, 0xBB, 0xBF] + plain) == "é, b\n")
    let wide: [UInt8] = [0xE9, 0, 0x2C, 0, 0x20, 0, 0x62, 0, 0x0A, 0]
    #expect(try text([0xFF, 0xFE] + wide) == "é, b\n")
    let swapped = stride(from: 0, to: wide.count, by: 2).flatMap { [wide[$0 + 1], wide[$0]] }
    #expect(try text([0xFE, 0xFF] + swapped) == "é, b\n")
    #expect(try text([]) == "")
    #expect(try text([0xEF, 0xBB, 0xBF]) == "")
  }

  @Test func `keeps a mark that stands elsewhere, since it is a letter there`() throws {
    #expect(try text(Array("a\u{FEFF}b".utf8)).unicodeScalars.count == 3)
  }

  @Test func `in another encoding is refused by its line, and what is no text altogether`() {
    #expect(throws: TextFile.Fault.notUTF8(line: 2)) {
      try text(Array("a\ncaf".utf8) + [0xE9, 0x0A])
    }
    #expect(throws: TextFile.Fault.binary) { try text([0x61, 0, 0x62, 0]) }
    #expect(throws: TextFile.Fault.binary) { try text([0xFF, 0xFE, 0, 0, 0x61, 0, 0, 0]) }
    #expect(throws: TextFile.Fault.unreadable("No such file or directory")) {
      try TextFile.read("/nowhere/at/all.txt")
    }
    #expect("\(TextFile.Fault.notUTF8(line: 2))" == "line 2 is not UTF-8 text; save it as UTF-8")
  }

  // As a shell's `<(command)` gives it: Foundation says of it that it may not be read.
  @Test func `may be a pipe, and is read to its end`() throws {
    let pipe = Pipe()
    try pipe.fileHandleForWriting.write(contentsOf: Data("lr,loss\n".utf8))
    try pipe.fileHandleForWriting.close()
    let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
    #expect(try TextFile.read(path) == "lr,loss\n")
  }

  @Test
  func `that is a device without an end, a folder or a pipe that nobody writes is not waited for`()
    throws
  {
    #expect(throws: TextFile.Fault.tooLong(most: 1 << 26)) { try TextFile.read("/dev/zero") }
    #expect(throws: TextFile.Fault.unreadable("it is a folder, and not a file")) {
      try TextFile.read("/tmp")
    }
    let path = NSTemporaryDirectory() + "rondo-\(UUID()).pipe"
    try #require(mkfifo(path, 0o600) == 0)
    defer { unlink(path) }
    #expect(try TextFile.read(path) == "")
    #expect(throws: TextFile.Fault.notRegular) { try TextFile.data(path) }
  }

  @Test func `that is longer than such files are is refused before it is read`() throws {
    let path = NSTemporaryDirectory() + "rondo-\(UUID()).txt"
    try Data("a".utf8).write(to: URL(fileURLWithPath: path))
    defer { unlink(path) }
    try #require(truncate(path, 1 << 40) == 0)
    #expect(throws: TextFile.Fault.tooLong(most: 1 << 29)) { try TextFile.read(path) }
    #expect(throws: TextFile.Fault.tooLong(most: 7)) { try TextFile.read(path, atMost: 7) }
  }
}
