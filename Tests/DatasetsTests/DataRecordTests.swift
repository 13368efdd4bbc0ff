import Foundation
import Masks
import TestSupport
import Testing

@testable import Datasets

private typealias Image = DataRecord.Image

private func record(
  _ train: [Image], _ test: [Image] = [], classes: [String] = ["cat", "dog"]
) -> DataRecord {
  DataRecord(
    classNames: classes,
    parts: [
      .init(name: "train", contents: .listed(train)), .init(name: "test", contents: .listed(test)),
    ])
}

@Suite struct `A record of data` {
  @Test func `is read back from its text, whatever names are in it`() throws {
    let names = ["a\tb.png", "c\nd.png", "e\\f.png", "g\\tü.png", ""]
    let record = DataRecord(
      classNames: ["two\nlines", "plain"],
      parts: [
        .init(
          name: "train",
          contents: .listed(names.map { Image(name: $0, label: "plain", content: .max) })),
        .init(name: "test", contents: .whole(images: 10_000, labels: 1, pixels: .max)),
      ])
    #expect(DataRecord(record.text) == record)
    #expect(record.digest.count == 16)
    // As version 0.1.0 wrote it.
    let old = DataRecord("rondo data 1\nclass\tcat\npart\ttrain\t1\ncat/1.png\tcat\tff\n")
    #expect(
      old
        == DataRecord(
          classNames: ["cat"],
          parts: [.init(name: "train", contents: .listed([Image(name: "cat/1.png", label: "cat", content: 255)]))]))
    // Digests of fewer bytes are not compared with those of today.
    let short = DataRecord("rondo data 2\nclass\tcat\npart\ttrain\t1\ncat/1.png\tcat\tff\tab\n")
    #expect(short == old)
    let withFiles = DataRecord("rondo data 3\nclass\tcat\npart\ttrain\t1\ncat/1.png\tcat\tff\tab\n")
    #expect(
      withFiles?.parts.first?.contents
        == .listed([Image(name: "cat/1.png", label: "cat", content: 255, file: 171)]))
    for damaged in ["", "rondo data 1", String(record.text.dropLast(3)), "another\n"] {
      #expect(DataRecord(damaged) == nil, "\(damaged)")
    }
  }

  @Test func `is given in pieces, of which its digest is that of the whole text`() {
    let record = record(
      (0..<20_000).map { Image(name: "cat/\($0).png", label: "cat", content: UInt64($0)) })
    var pieces: [String] = []
    record.forEachPiece { pieces.append($0) }
    #expect(pieces.count > 3)
    #expect(pieces.allSatisfy { $0.utf8.count < 1 << 17 })
    #expect(pieces.joined() == record.text)
    var digest = ContentDigest()
    digest.add(
      record.text.replacing("rondo data 4", with: "rondo data 1").replacing("\t\t\n", with: "\n"))
    #expect(record.digest == digest.text, "as that of a record without files")
    #expect(DataRecord(record.text)?.parts.first?.contents.count == 20_000)
  }

  /// COCO's file lies in annotations/, beside the folders of images.
  @Test func `names images below the folder of a file of annotations`() {
    for place in ["/d/annotations/train.json", "/d/data.yaml", "/d", "/d/"] {
      #expect(FolderPrefix(place).removed(from: "/d/train/a.png") == "train/a.png", "\(place)")
    }
    let old = record([Image(name: "/d/train/a.png", label: "cat", content: 1)])
    let named = record([Image(name: "train/a.png", label: "cat", content: 1)])
    #expect(old.named(below: "/d/annotations/train.json") == named)
  }

  @Test func `knows a held-out image once where the test images have a copy of it`() {
    func image(_ name: String, _ file: UInt64) -> Image { Image(name: name, label: "cat", content: 5, file: file) }
    let parts = { (train: [Image], held: [Image], test: [Image]) in
      DataRecord(
        classNames: ["cat"],
        parts: [
          .init(name: "train", contents: .listed(train)), .init(name: "validation", contents: .listed(held)),
          .init(name: "test", contents: .listed(test)),
        ])
    }
    let before = parts([image("a.png", 1)], [image("b.png", 2), image("c.png", 3)], [])
    let now = parts([image("a.png", 1), image("b.png", 2)], [], [image("t/b.png", 2), image("t/c.png", 3)])
    #expect(before.places(ofHeldOutIn: now, part: "train") == [1])
    #expect(before.places(ofHeldOutIn: now, part: "test") == [1], "c.png was moved there")
  }

  @Test func `knows images that were moved to another class by their bytes`() throws {
    func image(_ name: String, _ label: String, _ file: UInt64) -> Image {
      Image(name: name, label: label, content: 5, file: file)
    }
    let before = record([
      image("cat/1.bmp", "cat", 1), image("cat/2.bmp", "cat", 2), image("cat/3.bmp", "cat", 3),
      image("cat/4.bmp", "cat", 9), image("cat/5.bmp", "cat", 9),
    ])
    // Another name in another class; and the same name and size in another class, of another image.
    let now = record([image("dog/x.bmp", "dog", 1), image("dog/2.bmp", "dog", 7), image("cat/3.bmp", "cat", 3)])
    let change = DataChange(from: before, to: now)
    #expect(change.relabeled == [.init(name: "dog/x.bmp", before: "cat", now: "dog")])
    #expect(change.added == ["dog/2.bmp"])
    // Of two blank images nobody knows which was moved.
    let blank = record(
      [image("cat/1.bmp", "cat", 1), image("cat/2.bmp", "cat", 2), image("cat/3.bmp", "cat", 3)]
        + [image("dog/4.bmp", "dog", 9)])
    #expect(DataChange(from: before, to: blank).relabeled.isEmpty)
  }

  @Test func `says which images have other names`() {
    func image(_ name: String, _ file: UInt64) -> Image { Image(name: name, label: "cat", content: 5, file: file) }
    let before = record([image("a.png", 1), image("b.png", 2), image("c.png", 3)], [image("t.png", 4)])
    let now = record(
      [image("x.png", 1), image("b.png", 2), image("n.png", 8)], [image("t.png", 4), image("z.png", 3)])
    let change = DataChange(from: before, to: now)
    #expect(
      change.summary
        == "images: 1 added (the first is n.png), 2 renamed (the first, x.png, was a.png), 1 in another split "
        + "(the first, z.png, was in train and is in test)")
    #expect(change.removed.isEmpty)
  }

  @Test func `keeps what was trained on by the run whose weights it begins with, and by those before`() throws {
    func image(_ name: String, _ file: UInt64) -> Image { Image(name: name, label: "cat", content: 5, file: file) }
    let first = record([image("a.png", 1), image("b.png", 2)], [image("t.png", 3)])
    let second = record([image("b.png", 2), image("c.png", 4)], [image("u.png", 5)]).inheritingTraining(of: first)
    #expect(second.trainedImages(among: first, of: "train") == 2, "a.png by the weights alone")
    let third = record([image("d.png", 6)], [image("a.png", 1), image("b.png", 2), image("e.png", 7)])
    #expect(second.trainedImages(among: third) == 2)
    let text = third.inheritingTraining(of: second).text
    let kept = try #require(DataRecord(text))
    #expect(kept.trainedImages(among: third) == 2, "its own test images")
    #expect(kept.trainedImages(among: second) == 0, "u.png was never trained on")
    #expect(kept.withoutEarlier == third)
  }

  @Test func `tells what was added, removed, changed, and moved to another part`() throws {
    let before = record(
      (0..<5).map { Image(name: "cat/\($0).png", label: "cat", content: UInt64($0)) },
      [Image(name: "dog/0.png", label: "dog", content: 9)])
    let now = record(
      [
        Image(name: "cat/0.png", label: "cat", content: 0),
        Image(name: "cat/1.png", label: "cat", content: 77),
        Image(name: "dog/0.png", label: "dog", content: 9),
        Image(name: "cat/8.png", label: "cat", content: 78),
      ], [Image(name: "cat/4.png", label: "cat", content: 4)])
    let change = DataChange(from: before, to: now)
    #expect(change.added == ["cat/8.png"])
    #expect(change.removed == ["cat/2.png", "cat/3.png"])
    #expect(change.changed == ["cat/1.png"])
    #expect(change.otherPart.map(\.name) == ["cat/4.png", "dog/0.png"])
    #expect(change.relabeled.isEmpty)
    #expect(
      change.summary
        == "images: 1 added (the first is cat/8.png), 2 removed (the first is cat/2.png), 1 changed "
        + "(the first is cat/1.png), 2 in another split (the first, cat/4.png, was in train and is in test)"
    )
    #expect(DataChange(from: before, to: before).summary == nil)
  }

  /// As after `mv cats x; mv dogs cats; mv x dogs`: the classes are called as before.
  @Test func `finds images in the folder of another class, also where two were exchanged`() throws {
    let before = record([
      Image(name: "cat/1.png", label: "cat", content: 5),
      Image(name: "dog/1.png", label: "dog", content: 6),
      Image(name: "dog/2.png", label: "dog", content: 7),
    ])
    let swapped = record([
      Image(name: "cat/1.png", label: "cat", content: 6),
      Image(name: "cat/2.png", label: "cat", content: 7),
      Image(name: "dog/1.png", label: "dog", content: 5),
    ])
    let change = DataChange(from: before, to: swapped)
    #expect(change.relabeled.map(\.name) == ["cat/1.png", "cat/2.png", "dog/1.png"])
    let moved = record([
      Image(name: "cat/1.png", label: "cat", content: 5),
      Image(name: "cat/2.png", label: "cat", content: 7),
      Image(name: "dog/1.png", label: "dog", content: 6),
    ])
    #expect(
      DataChange(from: before, to: moved).relabeled == [
        .init(name: "cat/2.png", before: "dog", now: "cat")
      ])
  }

  @Test func `of files without names tells counts, pixels and labels`() throws {
    func data(_ pixels: [UInt8], _ labels: [Int64]) -> DataRecord {
      let set = ImageSet(height: 3, width: 3, channels: 1, pixels: pixels, labels: labels)
      return ImageData(name: "x", train: set, test: set, classNames: ["0", "1"], found: "").record
    }
    let pixels = (0..<36).map { UInt8($0) }
    let before = data(pixels, [0, 1, 0, 1])
    #expect(before == data(pixels, [0, 1, 0, 1]))
    #expect(DataChange(from: before, to: data(pixels, [0, 1, 1, 0])).relabeled.count == 2)
    var other = pixels
    other[35] = 0
    let changed = DataChange(from: before, to: data(other, [0, 1, 0, 1]))
    #expect(changed.relabeled.isEmpty)
    #expect(
      changed.summary == "other pixels in the train images; other pixels in the test images")
    #expect(
      DataChange(from: before, to: data(Array(pixels.prefix(27)), [0, 1, 0])).summary
        == "3 train images, before 4; 3 test images, before 4")
  }

  @Test func `of boxes sees boxes that moved, and classes that were exchanged`() throws {
    let directory = BoxDirectory()
    try directory.write("train: images\nval: images\nnames: [cat, dog]\n", "data.yaml")
    for index in 0..<4 {
      try directory.image("images/\(index).png")
      try directory.write("0 0.5 0.5 0.2 0.2\n1 0.3 0.3 0.2 0.2\n", "labels/\(index).txt")
    }
    func read() throws -> DataRecord { try DataSource(named: directory.path).loadBoxes().record }
    let before = try read()
    guard case .listed(let images)? = before.parts.first?.contents else {
      Issue.record("no list")
      return
    }
    #expect(images.map(\.name) == (0..<4).map { "images/\($0).png" })
    try directory.write("0 0.5 0.5 0.2 0.2\n1 0.31 0.3 0.2 0.2\n", "labels/2.txt")
    var change = DataChange(from: before, to: try read())
    #expect(change.changed == ["images/2.png"] && change.relabeled.isEmpty)
    try directory.write("1 0.5 0.5 0.2 0.2\n0 0.3 0.3 0.2 0.2\n", "labels/2.txt")
    change = DataChange(from: before, to: try read())
    #expect(change.changed.isEmpty && change.relabeled.map(\.name) == ["images/2.png"])
  }

  @Test(arguments: [
    (#""area": 55"#, #""area": 54"#), (#""iscrowd": 0"#, #""iscrowd": 1"#), (#""ignore": 0"#, #""ignore": 1"#),
  ])
  func `of boxes sees areas, crowds and boxes that are ignored`(old: String, new: String) throws {
    let text = """
      {"images": [{"id": 7, "file_name": "a.png", "width": 37, "height": 26},
                  {"id": 8, "file_name": "b.png", "width": 37, "height": 26}],
       "categories": [{"id": 3, "name": "cat"}],
       "annotations": [
        {"id": 1, "image_id": 7, "category_id": 3, "bbox": [1, 2, 10, 20], "area": 55, "iscrowd": 0, "ignore": 0},
        {"id": 2, "image_id": 8, "category_id": 3, "bbox": [1, 2, 10, 20]}]}
      """
    let directory = BoxDirectory()
    for name in ["a", "b"] { try directory.image("train/\(name).png") }
    func read(_ text: String) throws -> DataRecord {
      try directory.write(text, "annotations/instances_train.json")
      return try DataSource(named: directory.path).loadBoxes().record
    }
    let before = try read(text)
    let change = DataChange(from: before, to: try read(text.replacing(old, with: new)))
    #expect(change.changed == ["train/a.png"] && change.relabeled.isEmpty)
  }

  @Test func `of instances sees one that was divided`() throws {
    let directory = MaskDirectory()
    for index in 0..<10 {
      try directory.image("images/\(index).png")
      try directory.instances("instances/\(index).png") { $0 < 40 ? 0 : $0 < 60 ? 1 : 2 }
    }
    let before = try directory.load().record
    try directory.instances("instances/3.png") { $0 < 40 ? 0 : $0 < 60 ? 1 : $0 < 80 ? 2 : 3 }
    #expect(DataChange(from: before, to: try directory.load().record).changed == ["images/3.png"])
  }

  @Test func `of masks sees masks that were painted anew, and classes that were exchanged`() throws {
    let directory = MaskDirectory()
    func mask(_ index: Int, _ levels: [UInt8], rows: Int = 2) throws {
      try directory.mask("masks/\(index).png") { levels[$0 < 12 * rows ? 0 : $0 < 44 ? 1 : 2] }
    }
    for index in 0..<10 {
      try directory.image("images/\(index).png")
      try mask(index, [0, 1, 2])
    }
    let before = try directory.load().record
    try mask(3, [0, 1, 2], rows: 3)
    try mask(4, [0, 2, 1])
    // As many pixels of each class, at other places.
    try directory.mask("masks/5.png") { $0 < 52 ? 2 : $0 < 72 ? 1 : 0 }
    let change = DataChange(from: before, to: try directory.load().record)
    #expect(change.changed == ["images/3.png", "images/5.png"])
    #expect(change.relabeled.map(\.name) == ["images/4.png"])
  }

  @Test func `is made without hold-out where an evaluation has none`() throws {
    let data = ImageData(
      name: "x",
      train: ImageSet(
        height: 1, width: 1, channels: 1, pixels: (0..<20).map { $0 },
        labels: (0..<20).map { $0 % 2 }, names: (0..<20).map { "\($0).png" }),
      test: ImageSet(
        height: 1, width: 1, channels: 1, pixels: [1], labels: [0], names: ["t.png"]),
      classNames: ["a", "b"], found: "")
    let held = try data.holdingOut(0.2).record
    #expect(held.parts.map(\.name) == ["train", "validation", "test"])
    #expect(held.parts.map(\.contents.count) == [16, 4, 1])
    let change = DataChange(from: held.withoutHoldOut, to: data.record.withoutHoldOut)
    #expect(change.summary == nil && change.relabeled.isEmpty)
    #expect(DataChange(from: held, to: data.record).otherPart.count == 4)
  }
}

@Suite struct `Classes that have changed` {
  @Test func `are named`() {
    func summary(_ now: [String], _ before: [String]) -> String {
      "\(DataChangeError.classes(data: "photos", now: now, before: before))"
    }
    #expect(
      summary(["b", "c", "z"], ["a", "b", "c"]).hasPrefix(
        "photos has other classes than at the start of the run: a is gone, z is new. Restore the data"
      ))
    #expect(
      summary(["b", "a"], ["a", "b"]).contains("their order has changed (b, a, before a, b)"))
  }
}
