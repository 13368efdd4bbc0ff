import Foundation
import TestSupport
import Testing

@testable import Files

@Suite struct `Where a command may write` {
  private let directory: TemporaryDirectory

  init() throws {
    directory = TemporaryDirectory()
    try directory.write("input", "input.png")
    try directory.write("mine", "mine.txt")
    mkdir(directory.path("folder"), 0o777)
  }

  private func rule(overwrite: Bool = false) -> OutputRule {
    let rule = OutputRule(overwrite: overwrite)
    rule.protect(directory.path("input.png"), as: "an image")
    return rule
  }

  private func write(_ text: String, _ path: String, _ rule: OutputRule? = nil) throws {
    let rule = rule ?? self.rule()
    try rule.claim(path)
    try rule.write(to: path) { try $0.write(text) }
  }

  @Test func `is nowhere that an input lies, under whatever name`() throws {
    symlink("input.png", directory.path("link"))
    symlink("link", directory.path("folder/chain"))
    symlink("../link", directory.path("folder/chain2"))
    link(directory.path("input.png"), directory.path("hard.png"))
    symlink(directory.url.path, directory.path("folder/back"))
    for name in [
      "input.png", "folder/../input.png", "link", "folder/chain2", "hard.png",
      "folder/back/input.png", "./folder/.././hard.png",
    ] {
      // Not even by --overwrite, for it may not have been read yet.
      for overwrite in [false, true] {
        let rule = rule(overwrite: overwrite)
        #expect(throws: FileError.isInput(path: directory.path(name), input: "an image")) {
          try rule.claim(directory.path(name))
        }
      }
    }
  }

  @Test func `has a name that file systems take, which is checked before anything is written`()
    throws
  {
    let longest = String(repeating: "n", count: 251) + ".png"
    try rule().claim(directory.path(longest))
    // A letter of two bytes.
    for name in ["n" + longest, "ä" + longest.dropFirst()] {
      #expect(throws: FileError.notWritten(path: directory.path(name), code: ENAMETOOLONG)) {
        try rule().claim(directory.path(name))
      }
      #expect(throws: FileError.notWritten(path: directory.path("new/" + name), code: ENAMETOOLONG)) {
        try rule().claim(directory.path("new/" + name))
      }
    }
  }

  @Test func `is an input's own place where that was allowed`() throws {
    let path = directory.path("input.png")
    let rule = rule(overwrite: true)
    try rule.claim(path, of: path)
    try rule.write(to: path, of: path) { try $0.write("new") }
    #expect(try directory.read("input.png") == "new")
  }

  @Test func `is over another program's file only where that was allowed`() throws {
    symlink("mine.txt", directory.path("to-mine"))
    for name in ["mine.txt", "to-mine"] {
      let path = directory.path(name)
      #expect(throws: FileError.isThere(path: path)) { try write("new", path) }
      #expect(try directory.read("mine.txt") == "mine")
    }
    try write("new", directory.path("to-mine"), rule(overwrite: true))
    #expect(try directory.read("mine.txt") == "new")
  }

  @Test func `is over an empty file`() throws {
    try directory.write("", "empty")
    try write("new", directory.path("empty"))
    #expect(try directory.read("empty") == "new")
  }

  /// Whether files here keep attributes, without which every file counts as another's.
  private static let keepsAttributes: Bool = {
    let directory = TemporaryDirectory()
    let path = directory.path("file")
    try? OutputRule(overwrite: false).write(to: path) { try $0.write("mark") }
    return OwnershipMark.isThere(path)
  }()

  @Test(.enabled(if: keepsAttributes)) func `is over Rondo's own file until somebody changes that`()
    throws
  {
    let path = directory.path("answers.csv")
    try write("one", path)
    try write("two", path)
    #expect(try directory.read("answers.csv") == "two")
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(" and mine".utf8))
    try handle.close()
    #expect(throws: FileError.isThere(path: path)) { try write("three", path) }
    #expect(try directory.read("answers.csv") == "two and mine")
  }

  @Test func `is one file for one output`() throws {
    let rule = rule()
    try rule.claim(directory.path("out.png"))
    symlink(directory.url.path, directory.path("folder/back"))
    for name in ["out.png", "folder/../out.png", "OUT.png", "folder/back/out.png"] {
      #expect(throws: FileError.writtenTwice(path: directory.path(name))) {
        try rule.claim(directory.path(name))
      }
    }
  }

  @Test func `is checked again when it is written`() throws {
    let rule = rule()
    let path = directory.path("late.csv")
    try rule.claim(path)
    try directory.write("meanwhile", "late.csv")
    #expect(throws: FileError.isThere(path: path)) {
      try rule.write(to: path) { try $0.write("x") }
    }
    #expect(try directory.read("late.csv") == "meanwhile")
  }

  // MARK: What is no regular file

  @Test func `goes through a link, which stays one`() throws {
    symlink("folder/new", directory.path("dangling"))
    try write("new", directory.path("dangling"))
    #expect(try directory.read("folder/new") == "new")
    #expect(
      try FileManager.default.destinationOfSymbolicLink(atPath: directory.path("dangling"))
        == "folder/new")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: directory.path("folder")) == ["new"])
  }

  @Test func `goes into a pipe, which stays one`() throws {
    let path = directory.path("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    // Opened for both, so that neither end waits for the other.
    let reader = open(path, O_RDWR | O_NONBLOCK)
    defer { close(reader) }
    try write("through", path)
    var bytes = [UInt8](repeating: 0, count: 100)
    let count = read(reader, &bytes, bytes.count)
    #expect(String(decoding: bytes.prefix(max(0, count)), as: UTF8.self) == "through")
    var status = stat()
    #expect(lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func `goes into a device, and tells when that is full`() throws {
    symlink("/dev/null", directory.path("null"))
    try write("away", directory.path("null"))
    var status = stat()
    #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
    symlink("/dev/full", directory.path("full"))
    let error = FileError.outputNotWritten(path: directory.path("full"), code: ENOSPC)
    #expect(throws: error) { try write("away", directory.path("full")) }
  }

  @Test func `is a file that is open already, from where it stands`() throws {
    let file = directory.path("open")
    let descriptor = open(file, O_RDWR | O_CREAT, 0o600)
    defer { close(descriptor) }
    try FileWriter(path: file, descriptor: descriptor, isStream: true).write("before, ")
    try write("after", "/dev/fd/\(descriptor)")
    #expect(try directory.read("open") == "before, after")
  }

  @Test func `is no folder, and no circle of links`() throws {
    symlink("circle", directory.path("circle"))
    for (name, code) in [("folder", EISDIR), ("new/", EISDIR), ("circle", ELOOP)] {
      let path = directory.url.path + "/" + name
      #expect(throws: FileError.notWritten(path: path, code: code)) { try write("x", path) }
    }
  }
}

@Suite struct `Names of outputs` {
  @Test(arguments: [
    (["a-2.png", "a.png", "other/a.png"], [".png"], ["a-2", "a", "a-3"]),
    (["a.png", "other/a.png", "a-2.png"], [".png"], ["a", "a-3", "a-2"]),
    (["c.png", "c-overlay.png"], [".png", "-overlay.png"], ["c", "c-overlay-2"]),
    (["c-overlay.png", "c.png"], [".png", "-overlay.png"], ["c-overlay", "c-2"]),
    (["a.png", "A.png", "x/a.jpg"], [".png"], ["a", "A-2", "a-3"]),
    (["\u{e4}.png", "a\u{308}.png"], [".png"], ["\u{e4}", "a\u{308}-2"]),
    (["stra\u{df}e.png", "STRASSE.png"], [".png"], ["stra\u{df}e", "STRASSE-2"]),
    (["b.c.png", ".png", "d"], [".png"], ["b.c", ".png", "d"]),
  ])
  func `are each input's own`(inputs: [String], ends: [String], names: [String]) {
    #expect(
      OutputNames.of(inputs, ends: ends).map { Array($0.unicodeScalars) }
        == names.map { Array($0.unicodeScalars) })
  }

  @Test func `never meet, whatever the order`() {
    let words = ["a", "a-2", "a-2-2", "a-overlay", "a-overlay-2", "A", "a-3", "a"]
    let ends = [".png", "-overlay.png"]
    for shift in words.indices {
      let inputs = (words[shift...] + words[..<shift]).enumerated().map {
        "\($0.offset)/\($0.element).jpg"
      }
      let files = OutputNames.of(inputs, ends: ends).flatMap { name in
        ends.map { (name + $0).lowercased() }
      }
      #expect(Set(files).count == 2 * words.count)
    }
  }

  @Test func `take no longer for many of the same stem`() {
    let names = OutputNames.of((0..<2_000).map { "\($0)/frame.png" }, ends: [".png"])
    #expect(names.first == "frame" && names.last == "frame-2000")
  }
}
