import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct `Images that are in two parts` {
  private let names = (0..<10).map { "im \($0)" }

  private func masks(_ lists: [String: [String]]) throws -> MaskDirectory {
    let directory = MaskDirectory()
    for name in names {
      try directory.image("images/\(name).png")
      try directory.mask("masks/\(name).png") { UInt8($0 % 2) }
    }
    for (list, names) in lists {
      try directory.write(names.joined(separator: "\n") + "\n", list + ".txt")
    }
    return directory
  }

  @Test func `are reported with their number and the first, where lists share masks' names`() throws {
    let directory = try masks(["train": Array(names[0..<8]), "test": Array(names[5..<10])])
    #expect(
      try directory.load().notes == [
        "note: 3 of 5 test images are training images too, the first \(directory.path)/images/im 5.png: "
          + "metrics on them are too good"
      ])
    let three = try masks([
      "train": Array(names[0..<5]), "val": Array(names[4..<8]), "test": Array(names[7..<10]),
    ])
    let notes = try three.load().notes
    #expect(notes.count == 2)
    #expect(
      notes.first?.hasPrefix("note: 1 of 4 validation images are training images too") == true)
    #expect(notes.last?.hasPrefix("note: 1 of 3 test images are validation images too") == true)
  }

  @Test func `are reported where VOC's lists share names`() throws {
    let directory = MaskDirectory()
    for name in names {
      try directory.image("JPEGImages/\(name).png")
      try directory.mask("SegmentationClass/\(name).png") { UInt8($0 % 2) }
    }
    try directory.write(names[0..<8].joined(separator: "\n"), "ImageSets/Segmentation/train.txt")
    try directory.write(names[4..<10].joined(separator: "\n"), "ImageSets/Segmentation/val.txt")
    #expect(
      try directory.load().notes.first?.hasPrefix("note: 4 of 6 test images are training") == true)
  }

  @Test func `are reported where a part is a link to another, or a file is`() throws {
    let folder = try imageFolder(
      ["train/a/1.png", "train/a/2.png", "train/b/1.png"].map { ($0, "gray.png") })
    let path = folder.url.path
    try FileManager.default.createSymbolicLink(
      atPath: path + "/test", withDestinationPath: "train")
    #expect(
      try folder.load().notes == [
        "note: 3 of 3 test images are training images too, the first \(path)/test/a/1.png: metrics on "
          + "them are too good"
      ])
    try FileManager.default.removeItem(atPath: path + "/test")
    try folder.write(try ImageFixture.bytes("gray.png"), "test/a/9.png")
    #expect(try folder.load().notes == ["note: 1 class without test images, so never evaluated: b"])
    try FileManager.default.createSymbolicLink(
      atPath: path + "/test/a/8.png", withDestinationPath: "../../train/a/2.png")
    #expect(
      try folder.load().notes.last?.hasPrefix("note: 1 of 2 test images are training") == true)
  }

  @Test func `or twice in one are reported`() throws {
    let folder = try imageFolder(
      ["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png"].map { ($0, "gray.png") })
    try FileManager.default.linkItem(
      atPath: folder.url.path + "/train/a/1.png", toPath: folder.url.path + "/train/a/2.png")
    #expect(
      try folder.load().notes.first?.hasPrefix("note: 1 of 3 training images occur more than once")
        == true)
  }

  @Test func `by a list that has a name twice are refused`() throws {
    let directory = try masks(["train": names + ["im 3"], "test": ["im 1"]])
    #expect(
      directory.sentence()
        == "\(directory.path)/train.txt, line 11: im 3 is in line 4 too; take one of the lines out."
    )
  }

  @Test func `of boxes are reported in the same words`() throws {
    let directory = BoxDirectory()
    for name in ["a", "b"] {
      try directory.image("images/\(name).png")
      try directory.write("0 0.5 0.5 0.5 0.5\n", "labels/\(name).txt")
    }
    try directory.write("train: train.txt\nval: val.txt\nnames: [dog]\n", "data.yaml")
    try directory.write("images/a.png\nimages/b.png\n", "train.txt")
    try directory.write("images/b.png\n", "val.txt")
    #expect(
      try DataSource(named: directory.path).loadBoxes().notes == [
        "note: 1 of 1 test images are training images too, the first \(directory.path)/images/b.png: metrics "
          + "on them are too good"
      ])
  }
}

@Suite struct `Images whose content is another's` {
  /// So many photographs of one size in bytes that differ in their last byte alone, which no decoder reads.
  private func photograph(_ number: UInt8) throws -> [UInt8] {
    try ImageFixture.bytes("gray.png") + [number]
  }

  private func folder(_ files: [(String, UInt8)]) throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    for (path, number) in files { try folder.write(try photograph(number), path) }
    return folder
  }

  @Test func `in two parts are reported with their number, a pair and what to do`() throws {
    let folder = try folder([
      ("train/a/1.png", 1), ("train/a/2.png", 2), ("train/b/1.png", 3), ("test/a/1.png", 4),
      ("test/b/x.png", 3), ("test/b/y.png", 3),
    ])
    let path = folder.url.path
    #expect(
      try folder.load().notes == [
        "note: 2 of 3 test images are copies of training images, such as \(path)/test/b/x.png of "
          + "\(path)/train/b/1.png: metrics on them are too good; remove the copies from one split "
          + "(6 of 6 images had another of their size and were compared)"
      ])
  }

  @Test func `in one part under two classes are reported, and under one class are not`() throws {
    let folder = try folder([
      ("train/a/1.png", 1), ("train/a/2.png", 1), ("train/b/1.png", 3), ("train/b/2.png", 4),
      ("train/a/3.png", 3), ("test/a/1.png", 5), ("test/b/1.png", 6),
    ])
    let path = folder.url.path
    #expect(
      try folder.load().notes == [
        "note: 2 of 5 training images are one image under two classes, such as \(path)/train/a/3.png (a) and "
          + "\(path)/train/b/1.png (b): nothing tells them apart; keep each under the right class alone "
          + "(7 of 7 images had another of their size and were compared)"
      ])
  }

  @Test func `are compared as a whole, not by some of their bytes`() throws {
    let folder = TemporaryDirectory()
    var bytes = try ImageFixture.bytes("gray.png") + [UInt8](repeating: 7, count: 900_000)
    for (path, place) in [("train/a/1.png", 300_000), ("train/b/1.png", 300_001), ("test/a/1.png", 300_002)] {
      bytes[place] = 8
      try folder.write(bytes, path)
      bytes[place] = 7
    }
    try folder.write(bytes, "test/b/1.png")
    #expect(try folder.load().notes == [])
  }

  @Test func `of boxes and masks are reported in the same words`() throws {
    let boxes = BoxDirectory()
    for name in ["a", "b"] {
      try boxes.image("images/\(name).png")
      try Data(photograph(1)).write(to: URL(fileURLWithPath: boxes.path("images/\(name).png")))
      try boxes.write("0 0.5 0.5 0.5 0.5\n", "labels/\(name).txt")
    }
    try boxes.write("train: train.txt\nval: val.txt\nnames: [dog]\n", "data.yaml")
    try boxes.write("images/a.png\n", "train.txt")
    try boxes.write("images/b.png\n", "val.txt")
    let note = "note: 1 of 1 test images are copies of training images, such as "
    #expect(try DataSource(named: boxes.path).loadBoxes().notes.contains { $0.hasPrefix(note) })

    let masks = MaskDirectory()
    for name in ["a", "b"] {
      try masks.image("images/\(name).png")
      try masks.mask("masks/\(name).png") { UInt8($0 % 2) }
    }
    try FileManager.default.removeItem(atPath: masks.path + "/images/b.png")
    try FileManager.default.copyItem(
      atPath: masks.path + "/images/a.png", toPath: masks.path + "/images/b.png")
    try masks.write("a\n", "train.txt")
    try masks.write("b\n", "test.txt")
    #expect(try masks.load().notes.contains { $0.hasPrefix(note) })
  }

  /// Of 2,200 files of one size a thousand are compared, every 2.2th: the same of the test part as of the
  /// training part, which are 1,100 each.
  @Test func `are looked for among a thousand, where so many have one size`() throws {
    let folder = TemporaryDirectory()
    func paths(_ part: String) throws -> [String] {
      try (0..<1_100).map { index in
        try folder.write(withUnsafeBytes(of: UInt64(index)) { Array($0) }, "\(part)/\(index)")
        return folder.url.path + "/\(part)/\(index)"
      }
    }
    let notes = SharedImages(train: try paths("a"), validation: nil, test: try paths("b")).notes
    #expect(
      notes == [
        "note: 500 of 1100 test images are copies of training images, such as \(folder.url.path)/b/0 of "
          + "\(folder.url.path)/a/0: metrics on them are too good; remove the copies from one split "
          + "(1000 of 2200 images had another of their size and were compared)"
      ])
  }
}
