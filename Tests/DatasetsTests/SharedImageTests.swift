import Foundation
import Testing

@testable import Datasets

@Suite struct `Images that are in two parts` {
  private let names = (0..<10).map { "im \($0)" }

  private func masks(_ lists: [String: [String]]) throws -> MaskPlace {
    let place = try MaskPlace()
    for name in names {
      try place.image("images/\(name).png")
      try place.mask("masks/\(name).png") { UInt8($0 % 2) }
    }
    for (list, names) in lists {
      try place.write(names.joined(separator: "\n") + "\n", list + ".txt")
    }
    return place
  }

  @Test func `are reported with their number and the first, where lists share masks' names`() throws
  {
    let place = try masks(["train": Array(names[0..<8]), "test": Array(names[5..<10])])
    #expect(
      try place.load().notes == [
        "note: 3 of 5 test images are training images too, the first \(place.path)/images/im 5.png: "
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
    let place = try MaskPlace()
    for name in names {
      try place.image("JPEGImages/\(name).png")
      try place.mask("SegmentationClass/\(name).png") { UInt8($0 % 2) }
    }
    try place.write(names[0..<8].joined(separator: "\n"), "ImageSets/Segmentation/train.txt")
    try place.write(names[4..<10].joined(separator: "\n"), "ImageSets/Segmentation/val.txt")
    #expect(
      try place.load().notes.first?.hasPrefix("note: 4 of 6 test images are training") == true)
  }

  @Test func `are reported where a part is a link to another, or a file is`() throws {
    let folder = try imageFolder(
      ["train/a/1.png", "train/a/2.png", "train/b/1.png"].map { ($0, "grey.png") })
    let path = folder.url.path
    try FileManager.default.createSymbolicLink(
      atPath: path + "/test", withDestinationPath: "train")
    #expect(
      try folder.load().notes == [
        "note: 3 of 3 test images are training images too, the first \(path)/test/a/1.png: metrics on "
          + "them are too good"
      ])
    try FileManager.default.removeItem(atPath: path + "/test")
    try folder.write(try ImageFixture.bytes("grey.png"), in: "test/a/9.png")
    #expect(try folder.load().notes == ["note: 1 class without test images, so never evaluated: b"])
    try FileManager.default.createSymbolicLink(
      atPath: path + "/test/a/8.png", withDestinationPath: "../../train/a/2.png")
    #expect(
      try folder.load().notes.last?.hasPrefix("note: 1 of 2 test images are training") == true)
  }

  @Test func `or twice in one are reported`() throws {
    let folder = try imageFolder(
      ["train/a/1.png", "train/b/1.png", "test/a/1.png", "test/b/1.png"].map { ($0, "grey.png") })
    try FileManager.default.linkItem(
      atPath: folder.url.path + "/train/a/1.png", toPath: folder.url.path + "/train/a/2.png")
    #expect(
      try folder.load().notes.first?.hasPrefix("note: 1 of 3 training images occur more than once")
        == true)
  }

  @Test func `by a list that has a name twice are refused`() throws {
    let place = try masks(["train": names + ["im 3"], "test": ["im 1"]])
    #expect(
      place.sentence()
        == "\(place.path)/train.txt, line 11: im 3 is in line 4 too; take one of the lines out.")
  }

  @Test func `of boxes are reported in the same words`() throws {
    let place = try BoxPlace()
    for name in ["a", "b"] {
      try place.image("images/\(name).png")
      try place.write("0 0.5 0.5 0.5 0.5\n", "labels/\(name).txt")
    }
    try place.write("train: train.txt\nval: val.txt\nnames: [dog]\n", "data.yaml")
    try place.write("images/a.png\nimages/b.png\n", "train.txt")
    try place.write("images/b.png\n", "val.txt")
    #expect(
      try DataSource(named: place.path).loadBoxes().notes == [
        "note: 1 of 1 test images are training images too, the first \(place.path)/images/b.png: metrics "
          + "on them are too good"
      ])
  }
}
