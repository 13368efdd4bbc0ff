import Foundation
import Masks
import Testing

@testable import Datasets

@Suite struct `A mask file` {
  private struct Known: Decodable {
    let height, width, channels: Int
    let numbers: [UInt16]
  }

  @Test func `keeps the numbers that Pillow wrote`() throws {
    let folder = try #require(ImageFixture.folder).appendingPathComponent("masks")
    let index = try Data(contentsOf: folder.appendingPathComponent("masks.json"))
    let cases = try JSONDecoder().decode([String: Known].self, from: index)
    #expect(cases.count == 9)
    let decoder = ImageDecoder()
    for (name, known) in cases {
      let mask = try decoder.mask(of: folder.appendingPathComponent(name).path)
      #expect(mask.size == ImageSize(width: known.width, height: known.height), "\(name)")
      #expect(mask.channels == known.channels && mask.numbers == known.numbers, "\(name)")
      #expect((mask.palette != nil) == name.hasPrefix("palette"), "\(name)")
      #expect(mask.isWide == (name == "gray-16.png"), "\(name)")
    }
  }

  @Test func `that Rondo writes keeps its numbers too`() throws {
    let directory = MaskDirectory()
    let map = LabelMap(width: 3, height: 2, labels: [0, 1, 254, LabelMap.ignored, 7, 20])
    try directory.write(PNG.classes(map), "classes.png")
    try directory.write(PNG.instances(map), "instances.png")
    let decoder = ImageDecoder()
    #expect(try decoder.mask(of: directory.path("classes.png")).numbers == [0, 1, 254, 255, 7, 20])
    #expect(try decoder.mask(of: directory.path("instances.png")).numbers == map.labels)
    // VOC's palette begins so.
    #expect(MaskColors.voc(1) == .init(128, 0, 0) && MaskColors.voc(20) == .init(0, 64, 128))
    #expect(MaskColors.voc(255) == .init(224, 224, 192))
  }

  @Test func `cut short is refused`() throws {
    let directory = MaskDirectory()
    try directory.instances("whole.png", width: 60, height: 40) { UInt16($0) }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: directory.path("whole.png")))
    for count in [9, 40, bytes.count / 2, bytes.count - 20] {
      try directory.write(bytes.prefix(count), "cut.png")
      #expect(throws: ImageDecoder.MaskFault.self) {
        try ImageDecoder().mask(of: directory.path("cut.png"))
      }
    }
  }
}

@Suite struct `A folder of images and masks` {
  /// Ten images, a to j, with masks of three classes.
  private func folder() throws -> MaskDirectory {
    let directory = MaskDirectory()
    for name in "abcdefghij" {
      try directory.image("images/\(name).png")
      try directory.mask("masks/\(name).png") { $0 < 12 ? 255 : UInt8($0 % 3) }
    }
    return directory
  }

  @Test func `without lists is split, the same way each time`() throws {
    let directory = try folder()
    let data = try directory.load()
    #expect(data.train.count == 8 && data.test.count == 2 && data.validation == nil)
    #expect(Set(data.train.names + data.test.names) == Set("abcdefghij".map(String.init)))
    #expect(try directory.load().test.names == data.test.names)
    #expect(data.classNames == ["background", "class 1", "class 2"])
    #expect(
      data.found
        == "images/ with masks/, a fifth of the images as the test set; 3 classes by number, 255 "
        + "ignored; 12x8 pixels")
    #expect(data.train.pixelCounts == [8 * 28, 8 * 28, 8 * 28])
  }

  @Test func `is split by its lists`() throws {
    let directory = try folder()
    try directory.write("a\nb.png\n\nc\n", "train.txt")
    try directory.write("d\n", "val.txt")
    let two = try directory.load()
    #expect(two.train.names == ["a", "b", "c"] && two.test.names == ["d"])
    #expect(two.validation == nil)
    try directory.write("e\nf\n", "test.txt")
    let three = try directory.load()
    #expect(three.test.names == ["e", "f"] && three.validation?.names == ["d"])
    #expect(three.found.contains("split into train, val, test"))
  }

  @Test func `may have its parts in folders, outside or within`() throws {
    for pattern in ["PART/images", "images/PART"] {
      let directory = MaskDirectory()
      for (part, names) in [("train", "ab"), ("valid", "c")] {
        let images = pattern.replacingOccurrences(of: "PART", with: part)
        for name in names {
          try directory.image("\(images)/\(name).png")
          let masks = images.replacingOccurrences(of: "images", with: "masks")
          try directory.mask("\(masks)/\(name)_mask.png") { UInt8($0 % 2) }
        }
      }
      let data = try directory.load()
      #expect(data.train.names == ["a", "b"] && data.test.names == ["c"], "\(pattern)")
      #expect(data.found.contains("images/ with masks/ in train/, valid/"))
    }
  }

  @Test(arguments: [("photos", "targets"), ("Inputs", "Outputs"), ("frames", "trimaps"), ("data", "seg")])
  func `may have its folders called in other usual ways`(images: String, masks: String) throws {
    let directory = MaskDirectory()
    for name in "abcdef" {
      try directory.image("\(images)/\(name).png")
      try directory.mask("\(masks)/\(name).png") { UInt8($0 % 2) }
    }
    let data = try directory.load()
    #expect(data.train.count + data.test.count == 6)
    #expect(data.found.hasPrefix("\(images)/ with \(masks)/"), "\(data.found)")
    // What a model gave for them lies beside.
    for name in "abcdef" { try directory.mask("labels/\(name).png") { UInt8($0 % 3) } }
    #expect(try directory.load().found.hasPrefix("\(images)/ with labels/"))
  }

  @Test func `in VOC's format has its classes and its lists`() throws {
    let directory = MaskDirectory()
    for name in ["1", "2", "3", "4"] { try directory.image("JPEGImages/\(name).png") }
    for name in ["1", "2", "3"] {
      let map = LabelMap(
        width: 12, height: 8,
        labels: (0..<96).map { $0 == 0 ? LabelMap.ignored : UInt16($0 % 21) })
      try directory.write(PNG.classes(map), "SegmentationClass/\(name).png")
    }
    try directory.write("1\n2\n", "ImageSets/Segmentation/train.txt")
    try directory.write("3\n", "ImageSets/Segmentation/val.txt")
    try directory.write("4\n", "ImageSets/Segmentation/test.txt")
    let data = try directory.load()
    #expect(data.train.names == ["1", "2"] && data.test.names == ["3"])
    #expect(data.classNames.count == 21 && data.classNames[20] == "tvmonitor")
    let mask = try data.train.read(0).mask
    #expect(mask.labels[0] == LabelMap.ignored && mask.labels[20] == 20)
    #expect(data.found.contains("PASCAL VOC's names, since the masks lie in SegmentationClass/"))
  }

  /// As Rondo writes maps of instances: 65,535 is what is ignored.
  @Test func `of instances may have ignored pixels`() throws {
    let directory = MaskDirectory()
    for name in ["a", "b", "c"] {
      try directory.image("images/\(name).png")
      try directory.instances("instances/\(name).png") { [0, 300, LabelMap.ignored][$0 % 3] }
    }
    let data = try directory.load()
    #expect(data.isInstance && data.train.pixelCounts == [data.train.count * 32, data.train.count * 32])
    #expect(try data.train.read(0).mask.labels.prefix(3) == [0, 300, LabelMap.ignored])
  }

  /// The layout of the Oxford-IIIT pets: `images/a.jpg` and `annotations/trimaps/a.png`.
  @Test func `may have its masks a folder deeper than its images`() throws {
    let directory = MaskDirectory()
    for name in ["a", "b", "c"] {
      try directory.image("images/\(name).png")
      try directory.mask("annotations/trimaps/\(name).png") { UInt8($0 % 3 + 1) }
    }
    let data = try directory.load()
    #expect(data.train.count + data.test.count == 3)
    #expect(try DataSource(named: directory.path).hasMasks)
  }

  @Test func `of black and white masks has two classes`() throws {
    let directory = MaskDirectory()
    for name in "ab" {
      try directory.image("images/\(name).png")
      try directory.colored("masks/\(name).png") { $0 % 4 == 0 ? [255, 255, 255] : [0, 0, 0] }
    }
    let data = try directory.load()
    #expect(data.classNames == ["background", "foreground"])
    #expect(data.found.contains("two classes: 0 is background and 255 foreground"))
    #expect(data.train.pixelCounts == [72, 24])
    #expect(try data.train.read(0).mask.labels.prefix(5) == [1, 0, 0, 0, 1])
    try directory.write("cell\n", "classes.txt")
    #expect(try directory.load().classNames == ["background", "cell"])
  }

  @Test func `of colored masks has the classes whose colors are listed`() throws {
    let directory = MaskDirectory()
    for name in "ab" {
      try directory.image("images/\(name).png")
      try directory.colored("masks/\(name).png") { $0 % 2 == 0 ? [10, 20, 30] : [0, 0, 0] }
    }
    #expect(
      directory.sentence()
        == "\(directory.path)/masks/b.png: the color 0 0 0 (48 pixels) is no class, since no "
        + "classes.txt lists colors; write one, with a line 'NAME R G B' for each class.")
    try directory.write("sky 0 0 0\nopen road 10 20 30\nvoid area 1 1 1\n", "classes.txt")
    let data = try directory.load()
    #expect(data.classNames == ["sky", "open road", "void area"])
    #expect(try data.test.read(0).mask.labels.prefix(4) == [1, 0, 1, 0])
    try directory.write("sky 0 0 0\nroad 10 20 31\n", "classes.txt")
    #expect(directory.sentence().contains("the color 10 20 30 (48 pixels) is not among the 2 that"))
  }

  @Test func `of instances knows each of them`() throws {
    for folder in ["instances", "masks"] {
      let directory = MaskDirectory()
      for name in "ab" {
        try directory.image("images/\(name).png")
        try directory.instances("\(folder)/\(name).png") { $0 < 48 ? 0 : UInt16($0 * 600) }
      }
      let data = try directory.load()
      #expect(data.isInstance && data.classNames == ["background", "object"])
      #expect(data.train.pixelCounts == [48, 48])
      #expect(try data.train.read(0).mask.labels[50] == 30_000)
      #expect(data.found.contains("each mask a map of instances"))
    }
  }

  @Test func `of instances is refused where it has none, or is in color`() throws {
    let directory = MaskDirectory()
    for name in "ab" {
      try directory.image("images/\(name).png")
      try directory.instances("instances/\(name).png") { _ in 0 }
    }
    #expect(directory.sentence().contains("have only one class, at every pixel"), "\(directory.sentence())")
    for name in "ab" { try directory.colored("instances/\(name).png") { [UInt8($0 % 2 * 200), 0, 0] } }
    let colored = directory.sentence()
    #expect(colored.contains(".png is in color, but masks in instances/ are numbers"), "\(colored)")
  }

  @Test func `is recognized, and no other`() throws {
    let directory = try folder()
    #expect(MaskLayoutFormat.recognized(at: directory.path) == .folders)
    #expect(try DataSource(named: directory.path).hasMasks && DataSource.shapes.hasMasks)
    #expect(MaskLayoutFormat.recognized(at: directory.path("images")) == nil)
    #expect(!DataSource.fashionMNIST.hasMasks)
    let other = MaskDirectory()
    try other.image("cats/1.png")
    #expect(other.sentence().contains("has no masks of a known format"))
  }

  @Test func `with something wrong is refused by the file, in a sentence`() throws {
    let cases: [(change: (MaskDirectory) throws -> Void, words: String)] = [
      (
        { for name in "cdefg" { try $0.remove("masks/\(name).png") } },
        "/masks/c.png, and 4 more of 10 have none"
      ),
      (
        { for name in "cdefgh" { try $0.remove("images/\(name).png") } },
        "/images/c.png or .jpg, and 5 more of 10 have none"
      ),
      (
        { try $0.mask("masks/c.png", width: 8, height: 12) { _ in 1 } },
        "/masks/c.png has 8x12 pixels, but its image "
      ),
      (
        { directory in
          try directory.write("sky\nsea\n", "classes.txt")
        },
        "/masks/b.png: the value 2 (28 pixels) is outside the 2 classes, which are 0 to 1"
      ),
      ({ try $0.mask("masks/c.png") { _ in 255 } }, "/masks/c.png is ignored at every pixel"),
      (
        { try $0.write(try Data(ImageFixture.bytes("color-420.jpg")), "masks/c.png") },
        "/masks/c.png is not a lossless image"
      ),
      ({ try $0.write("a\nx\n", "train.txt") }, "/train.txt, line 2: x has no image in "),
      (
        { try $0.write("sky 1 2 300\n", "classes.txt") },
        "classes.txt, line 1: a color value is above"
      ),
      ({ try $0.write("sky\nsky\n", "classes.txt") }, "classes.txt, line 2: 'sky' occurs twice"),
      ({ try $0.image("images/c.jpg") }, "have the same name"),
      ({ try $0.write("cut", "masks/c.png") }, "/masks/c.png is not a lossless image"),
      (
        {
          try $0.write("a\n", "train.txt"); try $0.write("", "test.txt")
        }, "no evaluation images"
      ),
    ]
    for (change, words) in cases {
      let directory = try folder()
      try change(directory)
      let sentence = directory.sentence()
      #expect(sentence.contains(words), "\(sentence)")
      #expect(!sentence.contains("\n"))
    }
  }

  /// Masks of 0 and 255 may be of two classes, but not of several that have numbers.
  @Test func `whose foreground is ignored by a run's classes says so`() throws {
    let directory = MaskDirectory()
    for number in 0..<4 {
      try directory.image("images/\(number).png", width: 4, height: 4)
      try directory.mask("masks/\(number).png", width: 4, height: 4) { $0 < 6 ? 255 : 0 }
    }
    var options = DataOptions()
    options.isForEvaluation = true
    options.maskClasses = ["background", "cell", "debris"]
    let notes = try directory.load(options).notes
    #expect(
      notes.contains {
        $0.contains("24 pixels are ignored, as 255 is in masks of numbers; in the run's masks 1 is 'cell'")
      }, "\(notes)")
    options.maskClasses = ["background", "foreground"]
    let two = try directory.load(options)
    #expect(two.test.pixelCounts == [40, 24] && !two.notes.contains { $0.contains("ignored") })
  }

  @Test func `leaves out a broken image, and refuses many`() throws {
    let directory = MaskDirectory()
    for number in 0..<120 {
      try directory.image("images/\(number).png", width: 4, height: 4)
      try directory.mask("masks/\(number).png", width: 4, height: 4) { UInt8($0 % 2) }
    }
    try directory.write("no image", "images/7.png")
    let data = try directory.load()
    #expect(data.broken == [BrokenImage(path: directory.path("images/7.png"), fault: .otherKind)])
    #expect(data.train.count + data.test.count == 119)
    // What of the fifth that is the test set is missing is the broken one, if it belongs there.
    #expect(data.brokenTestImages == 24 - data.test.count)
    try directory.write("no image", "images/8.png")
    #expect(directory.sentence().contains("2 of 120 images are broken"))
    #expect(try directory.load(DataOptions(allowsBroken: true)).broken.count == 2)
  }
}
