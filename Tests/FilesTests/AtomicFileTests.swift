import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct `An atomic file` {
  private let directory: TemporaryDirectory
  private let file: URL

  init() throws {
    directory = TemporaryDirectory()
    file = directory.url.appendingPathComponent("file")
  }

  @Test func `replaces the one before, whole`() throws {
    try AtomicFile.write(Data("one".utf8), to: file)
    try AtomicFile.write(Data("two".utf8), to: file)
    #expect(try directory.read("file") == "two")
    #expect(try directory.names == ["file"])
  }

  @Test func `that fails midway leaves the one before, nothing else, and the failure as it was`()
    throws
  {
    try AtomicFile.write(Data("one".utf8), to: file)
    struct Full: Error {}
    #expect(throws: Full.self) {
      try AtomicFile.write(to: file) { writer in
        try writer.write("half")
        throw Full()
      }
    }
    #expect(try directory.read("file") == "one")
    #expect(try directory.names == ["file"])
  }

  @Test func `leaves a user's file under a temporary's name alone`() throws {
    let names = [
      "file.partial", ".rondo-partial", ".rondo-x.partial", "update-1.safetensors.partial",
    ]
    for name in names { try directory.write("mine", name) }
    try AtomicFile.write(Data("one".utf8), to: file)
    AtomicFile.sweep(directory.url)
    for name in names { #expect(try directory.read(name) == "mine") }
  }

  @Test func `is written by two at once without either's harm`() throws {
    let content = try AtomicFile.write(to: file) { outer in
      try outer.write("outer ")
      try AtomicFile.write(Data("inner".utf8), to: file)
      // A file that is being written is no rest of a killed process.
      AtomicFile.sweep(directory.url)
      try outer.write("still")
      return try directory.read("file")
    }
    #expect(content == "inner")
    #expect(try directory.read("file") == "outer still")
    #expect(try directory.names == ["file"])
  }

  @Test func `left unfinished by a killed process is swept`() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "echo half > .rondo-0123456789abcdef.partial; kill -9 $$"]
    process.currentDirectoryURL = directory.url
    try process.run()
    process.waitUntilExit()
    #expect(try directory.names == [".rondo-0123456789abcdef.partial"])
    AtomicFile.sweep(directory.url)
    #expect(try directory.names == [])
  }

  @Test func `keeps the permissions of the one it replaces`() throws {
    try directory.write("one", "file")
    for mode: UInt32 in [0o600, 0o640, 0o755] {
      chmod(file.path, mode_t(mode))
      try AtomicFile.write(Data("two".utf8), to: file)
      #expect(directory.mode("file") == mode)
    }
  }

  @Test func `that is new has the permissions that the system gives every new file`() throws {
    try AtomicFile.write(Data("two".utf8), to: file)
    let descriptor = open(directory.path("other"), O_CREAT | O_WRONLY, 0o666)
    close(descriptor)
    #expect(directory.mode("file") == directory.mode("other"))
  }

  @Test func `replaces a link and not what the link leads to`() throws {
    try directory.write("precious", "target")
    symlink("target", file.path)
    try AtomicFile.write(Data("new".utf8), to: file)
    #expect(try directory.read("target") == "precious")
    #expect(try directory.read("file") == "new")
  }

  @Test func `says what the system said of a place where nothing can be`() throws {
    let nowhere = directory.url.appendingPathComponent("no/file")
    #expect(throws: FileError.notWritten(path: nowhere.path, code: ENOENT)) {
      try AtomicFile.write(Data(), to: nowhere)
    }
  }
}

@Suite struct `An atomic folder` {
  private let directory: TemporaryDirectory
  private let folder: URL

  init() throws {
    directory = TemporaryDirectory()
    folder = directory.url.appendingPathComponent("folder")
  }

  private func fill(_ folder: URL) throws {
    try Data("new".utf8).write(to: folder.appendingPathComponent("file"))
  }

  @Test func `appears when it is whole`() throws {
    try AtomicFolder.write(to: folder) { inside in
      try fill(inside)
      #expect(try directory.names == [inside.lastPathComponent])
    }
    #expect(try directory.names == ["folder"])
    #expect(try directory.read("folder/file") == "new")
  }

  @Test func `is nothing where filling it failed`() throws {
    struct Stop: Error {}
    #expect(throws: Stop.self) {
      try AtomicFolder.write(to: folder) { inside in
        try fill(inside)
        throw Stop()
      }
    }
    #expect(try directory.names == [])
  }

  @Test func `takes the place of an empty folder and of nothing else`() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    try AtomicFolder.write(to: folder, fill)
    #expect(throws: FileError.folderIsThere(path: folder.path)) {
      try AtomicFolder.write(to: folder) { _ in }
    }
    try directory.write("mine", "taken")
    #expect(throws: FileError.folderIsThere(path: directory.path("taken"))) {
      try AtomicFolder.write(to: directory.url.appendingPathComponent("taken"), fill)
    }
    #expect(try directory.read("folder/file") == "new")
    #expect(try directory.read("taken") == "mine")
    #expect(try directory.names == ["folder", "taken"])
  }
}
