import Foundation
import TestSupport
import Testing

@testable import Datasets

@Suite struct `Images and their counterparts in two folders` {
  static let views = ["dawn", "dusk", "noon", "pier", "quay", "reed"]

  private func folder(_ one: String, _ other: String, _ names: [String], ending: String = "") throws
    -> TemporaryDirectory
  {
    try imageFolder(
      names.flatMap {
        [("\(one)/\($0).png", "gray.png"), ("\(other)/\($0)\(ending).png", "gray.png")]
      })
  }

  @Test(arguments: [
    ("701_StillsRaw_full", "LabeledApproved_full", views.map { "0016E5_" + $0 }, "_L"),
    ("stills", "approved", ["c_1", "c_2", "c_3", "c_4", "c_5", "c_6"], "_L"),
  ])
  func `are known by the endings of masks' names`(one: String, other: String, names: [String], ending: String)
    throws
  {
    let refusal = try folder(one, other, names, ending: ending).refusal()
    #expect(refusal.contains("6 of 6 images have the same names in both"), "\(refusal)")
    #expect(refusal.contains("name the two folders images/ and masks/"), "\(refusal)")
  }

  /// torchvision's ImageFolder reads such a folder: a camera, or a tool that exports classes, gives equal names.
  @Test(arguments: [views, ["2", "5", "6", "9", "15", "22"], views.map { "IMG_2041_" + $0 }])
  func `are two classes where the names are the same and the images are no masks, which is said`(
    names: [String]
  ) throws {
    let data = try folder("low", "high", names).load()
    #expect(data.classNames == ["high", "low"])
    let note = data.notes.filter { $0.contains("have the same names") }
    #expect(note.count == 1 && note[0].contains("6 of 6 images"), "\(data.notes)")
  }

  /// Each image has 256 colors, and each mask two.
  @Test func `are known by what masks look like where the names are the same`() throws {
    let directory = TemporaryDirectory()
    for name in Self.views {
      let image = (0..<256).map { UInt8($0) }
      try directory.write(MaskDirectory.png(image, 16, 16, 1), "low/\(name).png")
      try directory.write(MaskDirectory.png(image.map { $0 / 128 * 255 }, 16, 16, 1), "high/\(name).png")
    }
    #expect(directory.refusal().contains("6 of 6 images have the same names in both"))
  }

  @Test(arguments: [
    ["0", "1", "2", "3", "4", "5"],
    ["image_0001", "image_0002", "image_0003", "image_0004", "image_0005"],
    ["frame 10", "frame 15", "frame 20", "frame 25", "frame 30"],
  ])
  func `are not known by running numbers, which classes have too`(names: [String]) throws {
    #expect(try folder("low", "high", names).load().classNames == ["high", "low"])
  }

  @Test(arguments: [
    ("JPEGImages", "SegmentationClassAug"), ("JPEGImages", "SegmentationClassRaw"),
    ("photos", "annots"), ("img", "labelcol"), ("image", "alpha"), ("rgb", "depth"),
  ])
  func `are known by what their folders are called`(one: String, other: String) throws {
    let refusal = try folder(one, other, ["0", "1", "2"]).refusal()
    #expect(refusal.contains("which look like images and their masks"), "\(refusal)")
  }

  @Test func `of two domains are told how to be classified`() throws {
    let domains = try imageFolder(
      ["trainA", "trainB", "testA", "testB"].flatMap { name in
        (0..<3).map { ("\(name)/\($0).png", "gray.png") }
      })
    let refusal = domains.refusal()
    #expect(refusal.contains("trainA/ to train/A/"), "\(refusal)")
    #expect(refusal.contains("testB/ to test/B/"), "\(refusal)")
  }

  @Test func `are not sent to YOLO's layout with KITTI's labels`() throws {
    let kitti = try imageFolder((0..<3).map { ("image_2/\($0).png", "gray.png") })
    try kitti.write(
      Array(
        "Car 0.00 0 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59\n".utf8),
      "label_2/0.txt")
    let refusal = kitti.refusal()
    #expect(refusal.contains("which are not YOLO's"), "\(refusal)")
    try kitti.write(Array("0 0.5 0.5 0.1 0.1\n".utf8), "label_2/0.txt")
    #expect(kitti.refusal().contains("name the two folders images/ and labels/"))
  }

  @Test func `are not classes that differ in letter case alone, which is said`() throws {
    let classes = try imageFolder(
      ["Cat", "cat", "dog"].flatMap { name in (0..<2).map { ("\(name)/\($0).png", "gray.png") } })
    #expect(
      try classes.load().notes.contains(
        "note: 'Cat' and 'cat' are two classes, though only letter case or spaces differ"))
  }
}
