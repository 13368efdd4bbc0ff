import Foundation
import TestSupport
import Testing

@testable import Datasets

extension TemporaryDirectory {
  /// Writes empty files, and the folders above them.
  fileprivate func touch(_ paths: [String]) throws {
    for path in paths { try write("", path) }
  }
}

@Suite struct `The account of a folder's files` {
  @Test func `counts by fate, names the first of each, and has what is used before the rest`() {
    var account = FolderAccount()
    account.add(.leftOut(because: "hidden"), ".a")
    account.add(.used(as: "training images"), "cat/1.jpg")
    account.add(.leftOut(because: "without an image extension"), "notes.txt", count: 3)
    account.add(.used(as: "test images"), "cat/2.jpg")
    account.add(.used(as: "training images"), "cat/3.jpg")
    account.add(.leftOut(because: "of no files"), "x", count: 0)
    #expect(account.count == 7)
    #expect(
      account.lines == [
        "used: 2 as training images, 1 as test images",
        "left out: 1 file, hidden: .a",
        "left out: 3 files, without an image extension; the first is notes.txt",
      ])
  }

  @Test func `merges with another, whatever is in both`() {
    var (one, other) = (FolderAccount(), FolderAccount())
    one.add(.used(as: "masks"), "a")
    one.add(.leftOut(because: "hidden"), "b")
    other.add(.leftOut(because: "hidden"), "c", count: 4)
    other.add(.used(as: "images"), "d")
    one.merge(other)
    #expect(
      one.lines == [
        "used: 1 as masks, 1 as images", "left out: 5 files, hidden; the first is b",
      ])
  }

  @Test func `has each file once: as noted, as noted of a folder above it, or by its name`() throws {
    let folder = TemporaryDirectory()
    try folder.touch([
      "cat/1.jpg", "cat/2.jpg", "cat/notes.txt", "cat/.hidden", "runs/a/b.png", "runs/a/b.csv",
      "@eaDir/cat/1.jpg", "cat/Thumbs.db", "__MACOSX/._1.jpg", "loose.png", ".git/objects/1",
    ])
    var ledger = FolderLedger(folder.url.path + "/")
    ledger.note(folder.url.path + "/cat/1.jpg", .used(as: "training images"))
    ledger.note(folder.url.path + "//cat/./2.jpg", .used(as: "training images"))
    ledger.noteAll(below: folder.url.path + "/runs", .leftOut(because: "outside class folders"))
    ledger.note(folder.url.path + "/runs/a/b.csv", .used(as: "tables"))
    ledger.note("/elsewhere/3.jpg", .used(as: "training images"))
    let account = ledger.close()
    #expect(account.count == 12)
    #expect(
      account.lines == [
        "used: 3 as training images, 1 as tables",
        "left out: 4 files, of other systems or programs; the first is .git/objects/1",
        "left out: 1 file, hidden: cat/.hidden",
        "left out: 1 file, without an image extension: cat/notes.txt",
        "left out: 1 file, images in folders that are not searched: loose.png",
        "left out: 1 file, outside class folders: runs/a/b.png",
      ])
  }

  @Test func `tells names of the same letters in two Unicode forms apart`() throws {
    let folder = TemporaryDirectory()
    let names = ["caf\u{E9}.png", "cafe\u{301}.png"]
    try folder.touch(names)
    var ledger = FolderLedger(folder.url.path)
    ledger.note(folder.url.path + "/" + names[0], .used(as: "images"))
    #expect(
      ledger.close().lines == [
        "used: 1 as images",
        "left out: 1 file, images in folders that are not searched: cafe\u{301}.png",
      ])
  }

  @Test func `has names that are no UTF-8, and what lies below such a folder`() throws {
    let folder = TemporaryDirectory()
    let bytes = Array(folder.url.path.utf8) + Array("/caf".utf8) + [0xE9]
    #expect(mkdir(bytes.map { CChar(bitPattern: $0) } + [0], 0o700) == 0)
    let inside = bytes + Array("/1.png".utf8)
    let file = open(inside.map { CChar(bitPattern: $0) } + [0], O_CREAT, 0o600)
    #expect(file >= 0)
    close(file)
    #expect(
      FolderLedger(folder.url.path).close().lines
        == ["left out: 1 file, whose names are not UTF-8: caf\u{FFFD}/1.png"])
    #expect(FolderListing(folder.url.path).foldersWithoutName == ["caf\u{FFFD}"])
  }

  @Test func `ends where a link leads back to a folder above it`() throws {
    let folder = TemporaryDirectory()
    try folder.touch(["a/b/1.png"])
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.path + "/a/b/up", withDestinationPath: folder.url.path + "/a")
    #expect(
      FolderLedger(folder.url.path).close().lines == [
        "left out: 1 file, images in folders that are not searched: a/b/1.png",
        "left out: 1 file, links that lead back to a folder above them: a/b/up",
      ])
  }

  @Test func `is kept in JSON and read back`() throws {
    var account = FolderAccount()
    account.add(.used(as: "images"), "a.png", count: 2)
    account.add(.leftOut(because: "hidden"), ".b")
    let data = try JSONEncoder().encode(account)
    #expect(try JSONDecoder().decode(FolderAccount.self, from: data) == account)
  }
}

@Suite struct `The name of a part` {
  @Test func `is known in any letter case, with a year and the words that people add`() {
    let parts: [(SplitName?, [String])] = [
      (
        .train,
        ["train", "Train", "TRAINING", "training_set", "trainset", "train2017", "train-images"]
      ),
      (.validation, ["val", "Valid", "validation", "eval", "dev", "val2017", "valid set"]),
      (.test, ["test", "Test", "testing", "test_set", "test-2012"]),
      (nil, ["trains", "trainer", "images", "set", "", "trainval", "cat", "test_cat", "2017"]),
    ]
    for (part, names) in parts {
      for name in names { #expect(SplitName(name) == part, "\(name)") }
    }
  }
}
