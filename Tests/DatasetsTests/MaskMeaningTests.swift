import Foundation
import Masks
import Testing

@testable import Datasets

/// The classes of the numbers in masks, all masks together.
@Suite struct `The numbers of masks` {
  /// Ten images with masks of these levels, by mask and pixel.
  private func directory(_ level: @escaping (Int, Int) -> UInt8) throws -> MaskDirectory {
    let directory = MaskDirectory()
    for number in 0..<10 {
      try directory.image("images/\(number).png")
      try directory.mask("masks/\(number).png") { level(number, $0) }
    }
    return directory
  }

  @Test func `0 and any other are two classes`() throws {
    for level in [UInt8(200), 128, 7, 254] {
      let directory = try directory { _, pixel in pixel % 4 == 0 ? level : 0 }
      let data = try directory.load()
      #expect(data.classNames == ["background", "foreground"])
      #expect(data.found.contains("0 is background and \(level) foreground"), "\(data.found)")
      #expect(try data.train.read(0).mask.labels.prefix(5) == [1, 0, 0, 0, 1])
    }
  }

  // As many colors as a number of two bytes has, and more: the number of a class is one.
  @Test func `of more than 255 classes in classes.txt are refused by the line`() throws {
    let folder = try directory { _, pixel in UInt8(pixel % 2) }
    try folder.write(
      (0..<66_000).map { "c\($0) \($0 / 65_536) \($0 / 256 % 256) \($0 % 256)\n" }.joined(),
      "classes.txt")
    #expect(folder.sentence().contains("classes.txt, line 256: there are more than 255 classes"))
  }

  @Test func `that no pixel has are classes without training, which is said`() throws {
    let data = try directory { _, pixel in pixel % 4 == 0 ? 4 : 2 }.load()
    #expect(data.classNames.count == 5)
    #expect(
      data.notes == [
        "note: 3 of 5 classes without a pixel in the training masks, so never trained: background, "
          + "class 1, class 3"
      ])
    let listed = try directory { mask, pixel in pixel % 4 == 0 ? 1 : 0 }
    try listed.write("sky\nroad\ntree\n", "classes.txt")
    #expect(
      try listed.load().notes == [
        "note: 1 of 3 classes without a pixel in the training masks, so never trained: tree"
      ])
  }

  @Test func `0 and 1 in some and 0 and 255 in others are the same two classes`() throws {
    let directory = try directory { mask, pixel in pixel % 4 == 0 ? (mask % 2 == 0 ? 1 : 255) : 0 }
    let data = try directory.load()
    #expect(data.classNames == ["background", "foreground"])
    #expect(data.found.contains("the foreground is 1 in 5 masks and 255 in 5"), "\(data.found)")
    for index in 0..<8 { #expect(try data.train.read(index).mask.labels.prefix(2) == [1, 0]) }
  }

  @Test func `0, 1 and 255 in one mask are classes, and what is ignored`() throws {
    let directory = try directory { _, pixel in pixel < 8 ? 255 : UInt8(pixel % 2) }
    let data = try directory.load()
    #expect(data.classNames == ["background", "class 1"])
    #expect(try data.train.read(0).mask.labels[0] == LabelMap.ignored)
  }

  @Test func `of a smoothed mask, or of one that was a JPEG, are black and white`() throws {
    // A step from 0 to 255 over 12 columns, with what a blur makes of its middle.
    let step: [UInt8] = [0, 0, 1, 0, 3, 60, 190, 252, 255, 254, 255, 255]
    let blurred = try directory { mask, pixel in
      let value = step[pixel % 12]
      return (40...200).contains(value) ? value + UInt8(mask) : value
    }
    let data = try blurred.load()
    #expect(data.classNames == ["background", "foreground"])
    #expect(data.found.contains("from 128 on a value is foreground"), "\(data.found)")
    #expect(
      try data.train.read(0).mask.labels.prefix(12) == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
    let jpeg = try directory { _, pixel in
      pixel % 2 == 0 ? UInt8(pixel % 5) : 255 - UInt8(pixel % 7)
    }
    #expect(try jpeg.load().train.read(0).mask.labels.prefix(4) == [0, 1, 0, 1])
  }

  @Test func `that may mean one thing or another are refused, with what to do`() throws {
    let three = try directory { _, pixel in [0, 128, 255][pixel % 3] }
    let sentence = three.sentence()
    #expect(sentence.contains("ambiguous: they have the values 0, 128, 255"), "\(sentence)")
    #expect(sentence.contains("classes.txt a line 'NAME V V V'"), "\(sentence)")
    // As it says.
    try three.write("back 0 0 0\nborder 128 128 128\ncell 255 255 255\n", "classes.txt")
    let data = try three.load()
    #expect(data.classNames == ["back", "border", "cell"])
    #expect(try data.train.read(0).mask.labels.prefix(3) == [0, 1, 2])
    let grays = try directory { mask, pixel in UInt8(truncatingIfNeeded: mask * 50 + pixel % 7 * 9)
    }
    #expect(grays.sentence().contains("save them with exact values"))
  }

  @Test func `of many classes are classes still`() throws {
    let data = try directory { _, pixel in pixel < 90 ? UInt8(pixel) : 255 }.load()
    #expect(data.classNames.count == 90)
  }

  @Test func `of 16 bits that are black and white are two classes`() throws {
    let directory = MaskDirectory()
    for number in 0..<5 {
      try directory.image("images/\(number).png")
      try directory.instances("masks/\(number).png") { $0 % 2 == 0 ? 0 : 65_535 }
    }
    let data = try directory.load()
    #expect(!data.isInstance && data.classNames == ["background", "foreground"])
    #expect(try data.train.read(0).mask.labels.prefix(3) == [0, 1, 0])
  }
}

@Suite struct `The usual layouts of masks` {
  /// The folders of images and masks, each with what masks are called after an image's name.
  static let layouts: [(name: String, pairs: [(image: String, mask: String)])] = [
    ("Images and Masks", [("Images/1.jpg", "Masks/1.png"), ("Images/2.jpg", "Masks/2.png")]),
    ("labels", [("images/my 1.png", "labels/my 1.png"), ("images/2.png", "labels/2.png")]),
    ("gt", [("imgs/1.png", "gt/1_gt.png"), ("imgs/2.png", "gt/2_gt.png")]),
    (
      "annotations", [("images/1.png", "annotations/1.png"), ("images/2.png", "annotations/2.png")]
    ),
    (
      "endings",
      [
        ("images/1.png", "masks/1-mask.png"), ("images/2.png", "masks/2_seg.png"),
        ("images/3.png", "masks/mask_3.png"), ("images/4.png", "masks/4_MASK.png"),
      ]
    ),
    (
      "Roboflow",
      [
        ("train/1.png", "train/1_mask.png"), ("train/2.png", "train/2_mask.png"),
        ("valid/3.png", "valid/3_mask.png"),
      ]
    ),
    (
      "parts outside",
      [
        ("Train/Images/1.png", "Train/Masks/1.png"), ("Train/Images/2.png", "Train/Masks/2.png"),
        ("Test/Images/3.png", "Test/Masks/3.png"),
      ]
    ),
    (
      "parts within",
      [
        ("images/training/1.png", "annotations/training/1.png"),
        ("images/validation/2.png", "annotations/validation/2.png"),
      ]
    ),
    (
      "CamVid",
      [
        ("train/1.png", "trainannot/1.png"), ("val/2.png", "valannot/2.png"),
        ("test/3.png", "testannot/3.png"),
      ]
    ),
    (
      "Cityscapes",
      [
        ("images/train/aachen/a_leftImg8bit.png", "masks/train/aachen/a_gt.png"),
        ("images/val/bonn/b_leftImg8bit.png", "masks/val/bonn/b_gt.png"),
      ]
    ),
    ("one folder", [("1.jpg", "1_mask.png"), ("2.jpg", "2_mask.png")]),
  ]

  @Test(arguments: layouts.indices) func `are recognized, and every file accounted for`(
    index: Int
  ) throws {
    let (name, pairs) = Self.layouts[index]
    let directory = MaskDirectory()
    for (image, mask) in pairs {
      try directory.image(image.replacing(".jpg", with: ".png"))
      try directory.mask(mask) { UInt8($0 % 2) }
    }
    #expect(MaskLayoutFormat.recognized(at: directory.path) == .folders, "\(name)")
    let data = try directory.load()
    #expect(
      data.train.count + data.test.count + (data.validation?.count ?? 0) == pairs.count, "\(name)")
    let used = data.account.entries.filter(\.isUsed)
    #expect(used.reduce(0) { $0 + $1.count } == 2 * pairs.count, "\(name): \(data.account.lines)")
    #expect(data.account.count == 2 * pairs.count)
  }

  @Test func `say which images have no mask, and which masks no image`() throws {
    let directory = MaskDirectory()
    for name in "abcdefghij" {
      if name != "b" { try directory.image("images/\(name).png") }
      if name != "a" { try directory.mask("masks/\(name).png") { UInt8($0 % 2) } }
    }
    try directory.write("words", "README.md")
    try directory.write("\u{FEFF}c\r\nmy x\r\nimages/d.png\r\n", "train.txt")
    #expect(directory.sentence().contains("train.txt, line 2: my x has no image in "))
    try directory.remove("train.txt")
    let data = try directory.load()
    #expect(data.train.count + data.test.count == 8)
    #expect(
      data.account.lines == [
        "used: 8 as images, 8 as masks", "left out: 1 file, without an image extension: README.md",
        "left out: 1 file, images without a mask: images/a.png",
        "left out: 1 file, masks without an image: masks/b.png",
      ])
  }

  @Test func `refused come with what is near`() throws {
    let directory = MaskDirectory()
    try directory.mask("masks/1.png") { UInt8($0 % 2) }
    #expect(
      directory.sentence().contains(
        "masks/ has pictures that may be masks, but there is no images/"))
    try directory.image("images/other.png")
    #expect(directory.sentence().contains("images/other.png has no mask"))
    let other = MaskDirectory()
    try other.image("images/1.png")
    try other.mask("gt/x.png") { UInt8($0 % 2) }
    #expect(other.sentence().contains("no mask has an image's name"))
  }
}
