import Foundation
import TestSupport
import Testing

@testable import Datasets

/// A folder of gray images at these paths.
private func images(_ paths: [String]) throws -> TemporaryDirectory {
  try imageFolder(paths.map { ($0, "gray.png") })
}

private func numbered(_ folders: [String], _ count: Int = 5) -> [String] {
  folders.flatMap { folder in (0..<count).map { "\(folder)/\($0).png" } }
}

@Suite struct `Every file below an image folder` {
  @Test func `is used or left out for a reason, at any depth, and the classes are those above`()
    throws
  {
    let folder = try imageFolder([
      ("cats/persian/1.png", "gray.png"), ("cats/siamese/blue/2.webp", "formats/lossless.webp"),
      ("cats/3.jfif", "gray.jpg"), ("cats/4.tif", "formats/plain.tif"),
      ("cats/5.TIFF", "formats/lzw.tif"), ("dogs/1.bmp", "formats/color.bmp"),
      ("dogs/2.gif", "formats/plain.gif"), ("dogs/x/y/z/3.jpe", "gray.jpg"),
      ("loose.png", "gray.png"),
    ])
    for path in [
      "README.txt", "cats/@eaDir/1.png", "__MACOSX/cats/._1.png", "dogs/Thumbs.db",
      "dogs/.hidden.png",
      ".ipynb_checkpoints/1.png", "dogs/photo.heic", "lost+found/1.png", "cats/labels.csv",
    ] {
      try folder.write([1], path)
    }
    let data = try folder.load()
    #expect(data.classNames == ["cats", "dogs"])
    #expect(data.train.count + data.test.count == 8)
    #expect(data.broken == [])
    #expect(
      data.account.lines == [
        "used: 6 as training images, 2 as test images",
        "left out: 5 files, of other systems or programs; the first is .ipynb_checkpoints/1.png",
        "left out: 2 files, without an image extension; the first is README.txt",
        "left out: 1 file, hidden: dogs/.hidden.png",
        "left out: 1 file, of unsupported formats (convert them to PNG or JPEG): dogs/photo.heic",
        "left out: 1 file, images outside class folders: loose.png",
      ])
    #expect(data.account.count == 18)
  }

  @Test func `of folders below a class's is the class's, which is said`() throws {
    let data = try images(numbered(["animal/cat", "ship"])).load()
    #expect(data.classNames == ["animal", "ship"])
    #expect(
      data.notes.contains {
        $0.hasPrefix("note: 1 of 2 classes have folders with images in them, all of which are of that class; the")
      }, "\(data.notes)")
  }

  @Test func `is counted where it is broken, and told by its name elsewhere`() throws {
    let folder = try images(numbered(["a", "b"], 10))
    try folder.write([1], "a/11.png")
    let data = try folder.load(DataOptions(allowsBroken: true))
    #expect(data.broken.map(\.path) == [folder.url.path + "/a/11.png"])
    #expect(
      data.account.entries.last
        == .init(isUsed: false, reason: "broken", count: 1, first: "a/11.png"))
    #expect(data.account.lines.count == 1)
    #expect(data.account.count == 21)
  }

  @Test func `reports where a part has no folders of classes`() throws {
    let folder = try images(numbered(["train/a", "train/b"]) + numbered(["test"], 3))
    let data = try folder.load()
    #expect(data.found.contains("a fifth of each class in train/ is the test set"))
    #expect(
      data.account.lines == [
        "used: 8 as training images, 2 as test images",
        "left out: 3 files, in test/, which has no folder for each class; the first is test/0.png",
      ])
  }

  @Test func `of an IDX data set is accounted for too`() throws {
    let folder = TemporaryDirectory()
    let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 5, 6]
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 0, 1]
    for part in ["train", "t10k"] {
      try folder.write(images, part + "-images-idx3-ubyte")
      try folder.write(labels, part + "-labels-idx1-ubyte")
    }
    try folder.write([1], "notes/a.txt")
    #expect(
      try folder.load().account.lines == [
        "used: 4 as files of images and labels",
        "left out: 1 file, without an image extension: notes/a.txt",
      ])
  }

  @Test(
    arguments: [
      ("Train", "Test", nil), ("training", "testing", nil), ("TRAIN", "valid", nil),
      ("train", "eval", nil), ("training_set", "test_set", nil), ("train2017", "val2017", nil),
      ("train", "test", "Valid"), ("Training", "Test", "dev"),
    ] as [(String, String, String?)])
  func `is found in parts of the common names`(train: String, test: String, validation: String?)
    throws
  {
    let folder = try images(
      numbered([train + "/a", train + "/b"]) + numbered([test + "/a", test + "/b"], 2)
        + numbered(validation.map { [$0 + "/a"] } ?? [], 3))
    let data = try folder.load()
    #expect(data.classNames == ["a", "b"])
    #expect(data.train.count == 10 && data.test.count == 4)
    #expect(data.validation?.count == validation.map { _ in 3 })
    #expect(data.account.lines.count == 1)
  }

  @Test func `is found in a part's folder that lies in one of the same name`() throws {
    let folder = try images(
      numbered(["training_set/training_set/a", "training_set/training_set/b"])
        + numbered(["test_set/test_set/a", "test_set/test_set/b"], 2))
    let data = try folder.load()
    #expect(data.classNames == ["a", "b"] && data.train.count == 10 && data.test.count == 4)
  }

  @Test func `is no class's where it is of Rondo's own runs`() throws {
    let folder = try images(numbered(["a", "b"]) + ["runs/a-1/overlays/1.png"])
    for name in ["config.yaml", "metrics.csv"] { try folder.write([1], "runs/a-1/" + name) }
    #expect(try folder.load().classNames == ["a", "b"])
  }
}

@Suite struct `Folders that are no classes` {
  /// What lies there, and what is said of it.
  static let refused: [(paths: [String], words: [String])] = [
    (
      numbered(["images", "labels"]),
      ["images/ beside labels/", "To segment, name the two folders images/ and masks/"]
    ),
    (numbered(["Images", "Masks"]), ["Images/ beside Masks/", "To segment"]),
    (numbered(["train_images", "train_masks"]), ["train_images/ beside train_masks/"]),
    (
      numbered(["train/images", "train/Ground_Truth", "test/images"]),
      ["/train has images/ beside Ground_Truth/"]
    ),
    (
      ["CXR_png/a1.png", "CXR_png/a2.png", "masks/a1_mask.png", "masks/a2_mask.png"],
      ["CXR_png/ beside masks/"]
    ),
    (numbered(["images"]) + ["labels/1.txt"], ["images/ beside labels/", "data.yaml"]),
    (numbered(["images/train"]) + ["Annotations/train/1.xml"], ["JPEGImages/ and Annotations/"]),
    (numbered(["JPEGImages", "other"]) + ["annotations/a.json"], ["instances_train.json"]),
    (
      numbered(["train", "test"]),
      ["images in test/, train/, but no folder for each class", "train/CLASS/"]
    ),
    (
      numbered(["Train", "Valid", "Test"]), ["Test/, Train/, Valid/, but no folder for each class"]
    ),
    (
      numbered(["train"]) + numbered(["test/a", "test/b"]),
      ["images in train/, but no folder for each class"]
    ),
    (numbered(["val/a", "val/b", "test/a", "test/b"]), ["nothing to train on"]),
    (
      numbered(["a", "b", "test/a", "test/b"]), ["folders of classes beside test/", "into train/"]
    ),
    (
      numbered(["train/a", "train/b", "val/a", "valid/a"]),
      ["val/, valid/, which are the same split"]
    ),
    (
      numbered(["set/train/a", "set/test/a", "extra"]), ["/set is a data set of its own", "--data"]
    ),
    (numbered(["photos/cats", "photos/dogs"]), ["one folder only, photos/", "/photos"]),
    (["1.png", "2.png"], ["has images, but no folder for each class", "into CLASS/"]),
  ]

  @Test(arguments: refused.indices) func `are refused with the layout that is right`(index: Int)
    throws
  {
    let (paths, words) = Self.refused[index]
    let folder = TemporaryDirectory()
    for path in paths {
      try folder.write(path.hasSuffix(".png") ? try ImageFixture.bytes("gray.png") : [1], path)
    }
    let refusal = folder.refusal()
    for words in words { #expect(refusal.contains(words), "\(refusal)") }
  }

  @Test(arguments: [
    ["train", "bus", "car"], ["mask", "no_mask"], ["labels", "bottles"], ["faces", "masks"],
  ]) func `are not seen in classes that are called like them`(names: [String]) throws {
    #expect(try images(numbered(names)).load().classNames == names.sorted())
  }
}

@Suite struct `Names of classes` {
  @Test func `of the same letters in two Unicode forms are refused, not trapped on`() throws {
    let names = ["caf\u{E9}", "cafe\u{301}"]
    #expect(try images(numbered(names)).refusal().contains("the same letters in two Unicode forms"))
    let split = try images(
      numbered(["train/a", "train/" + names[0], "train/" + names[1], "test/a"]))
    #expect(split.refusal().contains("the same letters in two Unicode forms"))
  }

  @Test func `of the same letters in two formats are one class in two parts`() throws {
    let folder = try images(numbered(["train/caf\u{E9}", "train/tea", "test/cafe\u{301}"]))
    #expect(try folder.load().test.labels == [0, 0, 0, 0, 0])
  }

  @Test func `that are no UTF-8 are refused in a sentence, in classes and below`() throws {
    for parent in ["", "/a"] {
      let folder = try images(numbered(["a", "b"]))
      let path = Array((folder.url.path + parent + "/caf").utf8) + [0xE9]
      #expect(mkdir(path.map { CChar(bitPattern: $0) } + [0], 0o700) == 0)
      let refusal = folder.refusal()
      #expect(
        refusal.contains("\(folder.url.path + parent) has a folder whose name is not UTF-8"),
        "\(refusal)")
      #expect(refusal.hasSuffix("rename it."))
    }
  }

  @Test func `of a class without a readable image are reported`() throws {
    let folder = try images(numbered(["a", "b"], 200))
    for number in 0..<3 { try folder.write([1], "c/\(number).png") }
    let refusal = folder.refusal()
    #expect(
      refusal.hasPrefix("no image of the class 'c' can be read: 2 of 2 are broken"), "\(refusal)")
  }
}

@Suite struct `A link in an image folder` {
  @Test func `to a folder above it is refused, and not followed for ever`() throws {
    let folder = try images(numbered(["a", "b"]))
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.path + "/a/up", withDestinationPath: folder.url.path)
    #expect(folder.refusal().contains("a/up is a link to a folder above it"))
  }

  @Test func `below a class that leaves the folder is refused as one in it is`() throws {
    let (folder, other) = (try images(numbered(["a/x", "b"])), try images(["1.png"]))
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.path + "/a/x/out", withDestinationPath: other.url.path)
    #expect(folder.refusal().contains("which is outside"))
    #expect(try folder.load(DataOptions(allowsLinks: true)).train.count == 9)
  }
}
