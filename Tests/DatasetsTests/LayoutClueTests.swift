import Foundation
import TestSupport
import Testing

@testable import Datasets

/// A folder of gray images at these paths.
private func images(_ paths: [String]) throws -> TemporaryDirectory {
  try imageFolder(paths.map { ($0, "gray.png") })
}

private func numbered(_ folders: [String], _ names: [String] = ["1", "2", "3", "4", "5"])
  -> [String]
{
  folders.flatMap { folder in names.map { "\(folder)/\($0).png" } }
}

extension TemporaryDirectory {
  /// Moves a file or folder, as a refusal says to.
  fileprivate func move(_ from: String, to: String) throws {
    let target = url.appendingPathComponent(to)
    try FileManager.default.createDirectory(
      at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.moveItem(at: url.appendingPathComponent(from), to: target)
  }
}

@Suite struct `Parts, folds and masks that lie as classes do` {
  /// What lies there, and what is said of it.
  static let refused: [(paths: [String], words: [String])] = [
    (
      numbered(["seg_train/seg_train/a", "seg_train/seg_train/b"])
        + numbered(["seg_test/seg_test/a", "seg_test/seg_test/b"])
        + numbered(["seg_pred/seg_pred"]),
      [
        "splits by their names, not classes", "seg_train/seg_train/ to train/",
        "seg_test/seg_test/ to test/",
      ]
    ),
    (
      numbered(["letters-TRAIN/a", "letters-TRAIN/b", "letters-Valid/a", "letters-Valid/b"]),
      ["letters-TRAIN/ to train/", "letters-Valid/ to val/"]
    ),
    (
      numbered(["fold1/a", "fold1/b", "fold2/a", "fold2/b"]),
      ["2 folders (fold1/, fold2/) that all hold folders of the same names (a/, b/)", "/fold1)"]
    ),
    (
      numbered(["train/s1/a", "train/s1/B", "train/s2/A", "train/s2/b"]),
      ["/train has 2 folders (s1/, s2/)", "of the same names"]
    ),
    (
      numbered(["cat/train", "cat/test", "dog/train", "dog/test"]),
      ["cat/train/ to train/cat/", "cat/test/ to test/cat/"]
    ),
    (
      numbered(["COVID/images", "COVID/masks", "Normal/images", "Normal/masks"]),
      ["/COVID has images/ beside masks/", "masks/ of every class out of", "/images/FOLDER"]
    ),
    (
      numbered([
        "train/COVID/Images", "train/COVID/MASKS", "train/Normal/x", "test/COVID", "test/Normal",
      ]),
      ["/train/COVID has Images/ beside MASKS/"]
    ),
    (
      numbered(["a/left/images", "a/left/masks", "b/x"]), ["/a has images/ beside masks/"]
    ),
    (
      numbered(
        ["benign", "normal"], ["x (1)", "x (1)_mask", "x (1)_mask_1", "x (2)", "x (2)_Mask"]),
      ["/benign has masks beside their images (x (1)_mask.png beside x (1).png)"]
    ),
    (
      numbered(["benign"], ["1", "1-seg", "2", "3", "3_seg"]) + numbered(["normal"]),
      ["/benign has masks beside their images (1-seg.png beside 1.png)"]
    ),
    (numbered(["a", "a/Mask", "b"]), ["/a has Mask/ beside the images that they mask"]),
    (
      (1...3).flatMap {
        ["id\($0)/images/id\($0).png", "id\($0)/masks/1.png", "id\($0)/masks/2.png"]
      },
      ["/id1 has an image in images/ and its masks in masks/", "instances/"]
    ),
    (
      (1...3).flatMap { ["set/id\($0)/images/id\($0).png", "set/id\($0)/masks/1.png"] },
      ["/set/id1 has an image in images/ and its masks in masks/"]
    ),
    (
      numbered(["data/images", "data/masks"]),
      ["with their masks or annotations", "--data", "/data"]
    ),
    (
      numbered(["outer/fold1/a", "outer/fold1/b", "outer/fold2/a", "outer/fold2/b"]),
      ["/outer has 2 folders (fold1/, fold2/)"]
    ),
  ]

  @Test(arguments: refused.indices) func `are refused with the layout that is right`(index: Int)
    throws
  {
    let (paths, words) = Self.refused[index]
    let refusal = try images(paths).refusal()
    for words in words { #expect(refusal.contains(words), "\(refusal)") }
  }

  @Test(arguments: [
    ["with_mask", "without_mask"], ["mask", "no_mask", "mask_worn_incorrectly"],
    ["train", "bus", "car"], ["original", "with_mask"], ["steam_train", "freight_train"],
    ["face", "face_mask"], ["segments", "masks"], ["test_strip", "swab"],
  ]) func `are not seen in classes that are called like them`(names: [String]) throws {
    #expect(try images(numbered(names)).load().classNames == names.sorted())
  }

  /// Folders with folders in them that are classes all the same.
  static let read: [[String]] = [
    // Other folders in each, or one of the same name, as in Tiny ImageNet.
    numbered(["cats/persian", "cats/siamese", "dogs/poodle", "dogs/husky"]),
    numbered(["cats/images", "dogs/images"]),
    // Images beside the folders.
    numbered(["cats", "cats/day", "cats/night", "dogs", "dogs/day", "dogs/night"]),
    // A few names that look like masks', and views from the left.
    numbered(["bottle"], ["1", "2", "3", "4", "4_label"]) + numbered(["can"]),
    numbered(["shoe"], ["1", "1_l", "2", "2_l"]) + numbered(["boot"], ["1", "1_r", "2"]),
    numbered(["with_mask"], ["1-with-mask", "2_mask", "3_mask"]) + numbered(["without_mask"]),
    numbered(["people/photos", "people/with_mask", "cars/red"]),
  ]

  @Test(arguments: read.indices) func `are not seen in folders below classes`(index: Int) throws {
    #expect(try images(Self.read[index]).load().classNames.count == 2)
  }

  @Test func `lead to data that are read, if one does as the sentence says`() throws {
    let parts = try images(Self.refused[0].paths)
    try parts.move("seg_train/seg_train", to: "train")
    try parts.move("seg_test/seg_test", to: "test")
    #expect(try parts.load().found.contains("train/ and test/ with 2 classes"))
    let turned = try images(Self.refused[4].paths)
    for name in ["cat", "dog"] {
      for part in ["train", "test"] { try turned.move("\(name)/\(part)", to: "\(part)/\(name)") }
    }
    #expect(try turned.load().classNames == ["cat", "dog"])
    let folds = try images(Self.refused[2].paths)
    #expect(
      try DataSource(named: folds.url.path + "/fold1").load().classNames == ["a", "b"])
    let masks = try images(Self.refused[5].paths)
    for name in ["COVID", "Normal"] {
      for kind in ["images", "masks"] { try masks.move("\(name)/\(kind)", to: "\(kind)/\(name)") }
    }
    #expect(MaskLayoutFormat.recognized(at: masks.url.path) == .folders)
    let classes = try images(Self.refused[5].paths)
    for name in ["COVID", "Normal"] {
      try FileManager.default.removeItem(atPath: classes.url.path + "/\(name)/masks")
    }
    #expect(try classes.load().classNames == ["COVID", "Normal"])
  }

  @Test func `of one part beside one class are refused, with both remedies`() throws {
    let folder = try images(numbered(["valid", "invalid"]))
    #expect(
      folder.refusal().hasSuffix("into valid/CLASS/; if valid/ is a class itself, rename it."))
    try folder.move("valid", to: "fine")
    #expect(try folder.load().classNames == ["fine", "invalid"])
  }

  @Test func `are looked for below a link to a folder above without end`() throws {
    let folder = try images(["only/1.png"])
    try FileManager.default.createSymbolicLink(
      atPath: folder.url.path + "/only/up", withDestinationPath: folder.url.path)
    _ = folder.refusal()
  }
}

@Suite struct `Images without folders of classes` {
  @Test(arguments: [
    // CVAT's "for images", LabelMe's, VIA's, FiftyOne's, Roboflow's and Kaggle's exports.
    (["images/1.png"], "annotations.xml", "annotations.xml, which looks like CVAT's annotations"),
    (["1.png", "2.png"], "1.json", "1.json, which is JSON, but not COCO's"),
    (["images/1.png"], "images/1.json", "1.json, which is JSON, but not COCO's"),
    (["1.png"], "via_region_data.json", "via_region_data.json, which is JSON, but not COCO's"),
    (["data/1.png"], "labels.json", "labels.json, which is JSON, but not COCO's"),
    (["train/1.png", "valid/1.png"], "train/_classes.csv", "train/_classes.csv, and no table"),
    (["images/1.png"], "labels.csv", "labels.csv, and no table of labels is read"),
  ]) func `beside labels that are not read are refused with those labels`(
    paths: [String], file: String, words: String
  ) throws {
    let folder = try images(paths)
    try folder.write(Array("{}".utf8), file)
    let refusal = folder.refusal()
    #expect(refusal.contains("without a folder for each class, beside \(words)"), "\(refusal)")
    #expect(refusal.hasSuffix("to classify, give each class a folder."))
  }

  @Test func `beside boxes in a known format are refused by that format`() throws {
    let coco = """
      {"images": [{"id": 1, "file_name": "images/1.png", "width": 4, "height": 4}],
       "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2], "area": 4, "iscrowd": 0}],
       "categories": [{"id": 1, "name": "cell"}]}
      """
    for (files, owner) in [
      (["annotations.json": coco], "COCO's"),
      (["labels/1.txt": "0 0.5 0.5 0.2 0.2\n", "data.yaml": "train: images\nnames: [cell]\n"], "YOLO's"),
    ] {
      let folder = try images(["images/1.png"])
      for (name, text) in files { try folder.write(Array(text.utf8), name) }
      let refusal = folder.refusal()
      #expect(refusal.contains("with boxes in \(owner) format, and no classes"), "\(refusal)")
    }
  }

  @Test func `beside the format of an answer are refused as without it`() throws {
    let folder = try images(["train/1.png", "test1/1.png"])
    try folder.write([0x31], "sampleSubmission.csv")
    #expect(folder.refusal().contains("move the images of each class into test1/CLASS/"))
  }
}
