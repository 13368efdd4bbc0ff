import Foundation
import Masks
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

@Suite struct `Images of 16 bits` {
  /// Writes a 16-bit gray PNG of one number everywhere but in a corner.
  private func write(
    _ number: UInt16, corner: UInt16, to path: String, in folder: TemporaryDirectory
  ) throws {
    var labels = [UInt16](repeating: number, count: 64)
    labels[0] = corner
    let png = PNG.instances(LabelMap(width: 8, height: 8, labels: labels))
    // What is behind an image's end is not read, and makes it no copy of another.
    try folder.write([UInt8](png) + Array(path.utf8), path)
  }

  @Test func `are read by the bits that are filled in all of them, and it is said`() throws {
    let folder = TemporaryDirectory()
    for number in 0..<5 {
      try write(1000, corner: 0, to: "a/\(number).png", in: folder)
      try write(2000, corner: number == 3 ? 4000 : 0, to: "b/\(number).png", in: folder)
    }
    let data = try folder.load()
    let sets = try folder.sets()
    #expect(data.train.filledBits.count == 12)
    #expect(
      data.notes == [
        "note: 10 images have 16 bits, of which 12 are filled (the highest number is 4000); the upper 8 "
          + "of these are read"
      ])
    // 1000 and 2000 of 12 bits: shifted by four.
    let levels = Set(sets.train.pixels + sets.test.pixels)
    #expect(levels == [0, 62, 125, 250])
    // A model takes its own way with it: what is lighter than all it was trained on is white.
    let other = TemporaryDirectory()
    for name in ["a", "b"] {
      for number in 0..<2 { try write(5000, corner: 100, to: "\(name)/\(number).png", in: other) }
    }
    let read = try other.sets(DataOptions(filledBits: data.train.filledBits))
    #expect(Set(read.train.pixels) == [255, 6])
    #expect(read.train.filledBits.count == 12)
    // 5000 takes 13 bits.
    #expect(
      try other.load(DataOptions(filledBits: data.train.filledBits)).notes.contains {
        $0.hasPrefix("note: 4 images have 16 bits, of which 13 are filled (the highest number is 5000), and are")
          && $0.hasSuffix("much brighter")
      })
    let darker = try folder.load(DataOptions(filledBits: .all)).notes
    #expect(
      darker.contains { $0.contains("as if it were 16, as in the images that the run") && $0.hasSuffix("darker") })
  }

  @Test func `of a class may lie in folders below, which is said`() throws {
    let folder = TemporaryDirectory()
    for number: UInt16 in 0..<4 {
      try write(300, corner: number, to: "animal/cat/\(number).png", in: folder)
      try write(300, corner: 9 + number, to: "ship/\(number).png", in: folder)
    }
    let data = try folder.load()
    #expect(data.classNames == ["animal", "ship"])
    #expect(
      data.notes.contains {
        $0.hasPrefix("note: 1 of 2 classes have folders with images in them, all of which are of that class; the")
      }, "\(data.notes)")
  }

  @Test func `that are full are read as ever, and nothing is said`() throws {
    let folder = TemporaryDirectory()
    for name in ["a", "b"] {
      for number in 0..<3 {
        try write(300, corner: 65_000, to: "\(name)/\(number).png", in: folder)
      }
    }
    #expect(try folder.load().notes == [])
    #expect(Set(try folder.sets().train.pixels) == [1, 253])
  }

  @Test func `that one hot pixel makes nearly black are spoken of`() throws {
    let folder = TemporaryDirectory()
    for (name, hot) in [("a", 65_535), ("b", 200)] as [(String, UInt16)] {
      var labels = [UInt16](repeating: 200, count: 1600)
      labels[7] = hot
      for number in 0..<2 {
        let png = PNG.instances(LabelMap(width: 40, height: 40, labels: labels))
        try folder.write([UInt8](png) + [UInt8(number)], "\(name)/\(number).png")
      }
    }
    #expect(
      try folder.load().notes.contains {
        $0.contains(
          "only 2 of 6400 numbers reach the 8 bits that are read (the highest number is 65535)")
      })
  }

  @Test func `keep their bits with the model, as photographs do`() throws {
    let set = ImageFileDataset(
      [.init(path: try ImageFixture.path("gray-16.png"), label: 0)], size: 8, channels: 1,
      filledBits: try #require(FilledBits(count: 15)))
    let preprocessing = Preprocessing(of: set, momentsOf: set)
    #expect(preprocessing.metadata["filled_bits"] == "15")
    #expect(Preprocessing(metadata: preprocessing.metadata) == preprocessing)
    let full = ImageFileDataset(
      [.init(path: try ImageFixture.path("gray-16.png"), label: 0)], size: 8, channels: 1)
    #expect(Preprocessing(of: full, momentsOf: full).metadata["filled_bits"] == nil)
    // Twice as bright, but for what is white already.
    #expect(set.mean[0] > 1.2 * full.mean[0])
    let files = ImageFiles([try ImageFixture.path("gray-16.png")], as: preprocessing)
    let batch = try #require(try files.batches(ofAtMost: 1, workers: 1).next())
    let loader = set.batches(
      .evaluation(count: 1, batchSize: 1), augmentation: nil, seed: 0, workers: 1)
    let trained = try #require(try loader.next())
    #expect(Array(batch.slot(0, size: 64)) == Array(trained.slot(0, size: 64)))
  }
}
