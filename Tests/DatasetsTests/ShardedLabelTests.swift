import Boxes
import Foundation
import Masks
import TestSupport
import Testing

@testable import Datasets

/// Shards whose images have boxes or masks.
@Suite struct `Tar shards of boxes and masks` {
  private let target = TemporaryDirectory()

  private var shards: String { target.url.path + "/shards" }

  /// Writes a folder as shards of a few images each, and opens these.
  private func sharded(_ folder: String) throws -> DataSource {
    let account = try ShardWriter(of: folder, maximumBytes: 2_000).write(to: shards)
    #expect(account.shards.values.contains { $0 > 1 })
    return try DataSource(named: shards)
  }

  // MARK: Boxes

  /// COCO's format with crowds, ignored boxes, areas, numbers with gaps, a class without a box and an image without one.
  private func coco(parts: [String]) throws -> BoxDirectory {
    let directory = BoxDirectory()
    for (number, part) in parts.enumerated() {
      var (images, boxes): ([String], [String]) = ([], [])
      for index in 0..<7 {
        let id = 100 * number + index
        try directory.image("\(part)/\(index).x.png")
        images.append(
          "{\"id\":\(id),\"file_name\":\"\(index).x.png\",\"width\":37,\"height\":26}")
        for box in 0..<(index % 3) {
          boxes.append(
            "{\"id\":\(10 * id + box),\"image_id\":\(id),\"category_id\":\([90, 3][box]),"
              + "\"bbox\":[\(Double(index) + 0.1),\(1.0 / 3),10.25,\(box + 3)],\"area\":\(index + 7),"
              + "\"iscrowd\":\(box),\"ignore\":\(index == 4 ? 1 : 0)}")
        }
      }
      try directory.write(
        "{\"images\":[\(images.joined(separator: ","))],\"annotations\":[\(boxes.joined(separator: ","))],"
          + "\"categories\":[{\"id\":90,\"name\":\"cat\"},{\"id\":3,\"name\":\"dog\"},{\"id\":7,\"name\":\"a b\"}]}",
        "annotations/instances_\(part).json")
    }
    return directory
  }

  /// What is known of images, by their numbers.
  private func facts(_ images: [AnnotatedImage]) throws -> [Int: [String]] {
    try Dictionary(
      uniqueKeysWithValues: images.map { image in
        let pixels = try ColorImage(file: image.path)
        return (
          image.number ?? -1,
          ["\(image.width) \(image.height) \(pixels.pixels.count)"] + image.boxes.map { "\($0)" }
        )
      })
  }

  @Test(arguments: [["train", "val", "test"], ["train", "val"], ["train"]])
  func `keep every box, its class and its part`(parts: [String]) throws {
    let folder = try coco(parts: parts)
    let (old, new) = (
      try DataSource(named: folder.path).loadBoxes(), try sharded(folder.path).loadBoxes()
    )
    #expect(new.classNames == old.classNames && new.classNumbers == old.classNumbers)
    #expect(new.classNames == ["dog", "a b", "cat"] && new.classNumbers == [3, 7, 90])
    if parts.count > 1 {
      #expect(try facts(new.train.images) == facts(old.train.images))
      #expect(try facts(new.test.images) == facts(old.test.images))
      #expect(new.validation?.count == old.validation?.count)
      #expect(
        try facts(new.validation?.images ?? []) == facts(old.validation?.images ?? []))
    } else {
      #expect(
        try facts(new.train.images + new.test.images)
          == facts(old.train.images + old.test.images))
      #expect(new.test.count == old.test.count, "a fifth of them")
    }
    #expect(new.leftOut.isEmpty && new.account.linesOfLeftOut.isEmpty)
    // And out of them again.
    let back = target.url.path + "/coco"
    let data = try #require(AnnotationFormat.recognized(at: shards)).read(shards)
    _ = try DetectionConversion(of: data, to: .coco, images: .link).write(to: back)
    let unpacked = try AnnotationFormat.coco.read(back).splits.flatMap(\.images)
    #expect(unpacked.count == 7 * parts.count)
    for image in unpacked {
      #expect(try ColorImage(file: image.path).pixels.count == 37 * 26 * 3)
    }
  }

  @Test func `have boxes by names or numbers, as other programs write them`() throws {
    let path = try ImageFixture.path("shards/boxes.tar")
    let data = try #require(AnnotationFormat.recognized(at: path)).read(path)
    #expect(data.classNames == ["cat", "dog", "4"] && data.classNumbers == nil)
    let images = data.splits.flatMap(\.images)
    #expect(images.map(\.name) == ["0.png", "1.png", "2.png"])
    #expect(
      images.map(\.boxes) == [
        [
          AnnotatedBox(Box(x: 1, y: 2, width: 10.5, height: 5), label: 1),
          AnnotatedBox(Box(x: 3, y: 4, width: 5, height: 6), label: 2, area: 9, isCrowd: true),
        ],
        [], [AnnotatedBox(Box(x: 0, y: 0, width: 2, height: 2), label: 0, isDifficult: true)],
      ])
    let header = try ImageDecoder().header(of: images[2].path)
    #expect((images[2].width, images[2].height) == (header.width, header.height))
  }

  @Test func `give any number of processes the same batches`() throws {
    let folder = try coco(parts: ["train", "val"])
    let source = try withExtendedLifetime(folder) { try sharded(folder.path) }
    func batches(_ share: BatchOrder.Share) throws -> [[UInt8]] {
      // Each process goes through the archives by itself.
      let set = try source.loadBoxes().train
      let loader = set.trainingLoader(
        .training(count: set.count, batchSize: 4, seed: 3, epoch: 1).sharing(share),
        augmentation: BoxAugmentation(flips: true), seed: 5, workers: 2)
      return try (0..<4).map { _ in
        let batch = try #require(try loader.next())
        return Array(batch.pixels.prefix(batch.count * batch.width * batch.height * 3))
      }
    }
    let whole = try batches(.whole)
    let parts = try [batches(.init(0, of: 2)), batches(.init(1, of: 2))]
    #expect((0..<4).allSatisfy { parts[0][$0] + parts[1][$0] == whole[$0] })
    #expect(Set(whole).count == 4)
  }

  // MARK: Masks

  private func masks(
    _ parts: [String], _ kind: String = "masks", _ draw: (MaskDirectory, String, Int) throws -> Void
  ) throws -> MaskDirectory {
    let directory = MaskDirectory()
    for part in parts {
      for index in 0..<6 {
        try directory.image("\(part)images/\(index).jpg", width: 12 + index)
        try draw(directory, "\(part)\(kind)/\(index).png", index)
      }
    }
    return directory
  }

  private func expectTheSame(_ directory: MaskDirectory) throws -> SegmentationData {
    let (old, new) = (try directory.load(), try sharded(directory.path).loadMasks())
    #expect(new.classNames == old.classNames && new.isInstance == old.isInstance)
    func images(_ sets: [SegmentationDataset?]) throws -> [String: MaskedImage] {
      try Dictionary(
        uniqueKeysWithValues: sets.compactMap(\.self).flatMap { set in
          try set.names.indices.map { (set.names[$0], try set.read($0)) }
        })
    }
    if old.isDivided {
      #expect(try images([new.train]) == images([old.train]))
      #expect(try images([new.validation]) == images([old.validation]))
      #expect(try images([new.test]) == images([old.test]))
    } else {
      #expect(try images([new.train, new.test]) == images([old.train, old.test]))
      #expect(new.test.count == old.test.count)
    }
    #expect(new.account.linesOfLeftOut.isEmpty)
    return new
  }

  @Test func `keep every pixel of masks of classes, and its part`() throws {
    let folder = try masks(["train/", "val/", "test/"]) { folder, name, index in
      try folder.mask(name, width: 12 + index) { $0 < 12 ? 255 : UInt8(($0 + index) % 3) }
    }
    try folder.write("sky\nroad\nhouse\n", "classes.txt")
    let data = try expectTheSame(folder)
    #expect(data.classNames == ["sky", "road", "house"])
  }

  @Test func `keep instances, colors and two levels`() throws {
    let instances = try masks([""], "instances") { folder, name, index in
      try folder.instances(name, width: 12 + index) { UInt16(300 * ($0 % 4)) }
    }
    #expect(try expectTheSame(instances).isInstance)
    try FileManager.default.removeItem(atPath: shards)
    let colors = try masks([""]) { folder, name, index in
      try folder.colored(name, width: 12 + index) { $0 % 2 == 0 ? [0, 0, 0] : [9, 8, 7] }
    }
    try colors.write("ground 0 0 0\nroof 9 8 7\n", "classes.txt")
    #expect(try expectTheSame(colors).classNames == ["ground", "roof"])
    try FileManager.default.removeItem(atPath: shards)
    let levels = try masks([""]) { folder, name, index in
      try folder.mask(name, width: 12 + index) { $0 % 5 == 0 ? 255 : 0 }
    }
    #expect(try expectTheSame(levels).classNames == ["background", "foreground"])
  }

  @Test func `keep VOC's classes, which its format names`() throws {
    let folder = MaskDirectory()
    for index in 0..<4 {
      try folder.image("JPEGImages/\(index).jpg")
      try folder.mask("SegmentationClass/\(index).png") { $0 % 12 < 2 ? 255 : UInt8($0 % 3) }
    }
    for (list, names) in [("train", "0\n1\n"), ("val", "2\n3\n")] {
      try folder.write(names, "ImageSets/Segmentation/\(list).txt")
    }
    #expect(try expectTheSame(folder).classNames == MaskClasses.voc)
  }

  @Test func `have a mask as a PNG beside a JPEG, as other programs write them`() throws {
    let data = try DataSource(named: ImageFixture.path("shards/masks.tar")).loadMasks()
    let images = data.train.names + data.test.names
    #expect(
      Set(images) == ["a", "b", "c"] && data.classNames == ["background", "class 1", "class 2"])
    let pixels = (data.train.pixelCounts + data.test.pixelCounts).reduce(0, +)
    #expect(pixels == 3 * 37 * 26)
  }

  @Test func `are images to predict on, whatever they are labeled with`() throws {
    let names = ["boxes.tar", "masks.tar"]
    let files = try names.map { try ImageFixture.path("shards/" + $0) }
    let paths = try ImagePaths.unpacked(files + ["b.jpg", "-"])
    #expect(
      paths.map { lastPart(DataSource.shown($0)) } == [
        "0.png", "1.png", "2.png", "a.jpg", "b.jpg", "c.jpg", "b.jpg", "-",
      ])
    #expect(Array(ImagePaths(Array(paths.dropLast()))) == Array(paths.dropLast()))
    #expect(ImagePaths.file(of: paths[0]) == files[0] && ImagePaths.file(of: "b.jpg") == "b.jpg")
    #expect(throws: ShardError.self) { try ImagePaths.unpacked([files[0] + "{1,2}.tar"]) }
    #expect(try ImageDecoder().header(of: paths[3]).width == 37)
  }

  // MARK: Refusals

  private func refusal(_ fixture: String, _ change: (inout Data) throws -> Void) throws -> String {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: ImageFixture.path("shards/" + fixture)))
    try change(&bytes)
    let file = target.url.path + "/a.tar"
    try bytes.write(to: URL(fileURLWithPath: file))
    let error = #expect(throws: (any Error).self) {
      let source = try DataSource(named: file)
      if fixture == "boxes.tar" {
        _ = try source.loadBoxes()
      } else {
        _ = try source.loadMasks()
      }
    }
    return error.map { DataSource.shown("\($0)") } ?? ""
  }

  private func replace(_ old: String, _ new: String, in bytes: inout Data) throws {
    let range = try #require(bytes.range(of: Data(old.utf8)))
    #expect(old.utf8.count == new.utf8.count, "the places of other members stay")
    bytes.replaceSubrange(range, with: Data(new.utf8))
  }

  @Test func `that are cut short or changed are refused in a sentence`() throws {
    for file in ["boxes.tar", "masks.tar"] {
      #expect(try refusal(file) { $0.removeLast($0.count * 2 / 5) }.contains("a.tar is truncated"))
      #expect(try refusal(file) { $0.removeLast(10_240 - 5_120) }.contains("truncated"))
    }
    let file = target.url.path + "/a.tar/0.json"
    for (old, new, sentence) in [
      ("10.5, 5]", "10.5   ]", "\(file): annotations[0].bbox is a list of 3 numbers"),
      ("10.5, 5]", "-9.5, 5]", "\(file): annotations[0].bbox is inverted"),
      ("10.5, 5]", "\"ab\", 5]", "\(file): annotations[0].bbox[2] is something else"),
      ("\"category\": \"dog\"", "\"categorx\": \"dog\"", "annotations[0].category is missing"),
      ("\"width\": 37", "\"width\": -7", "width or height is -7 x 26 pixels"),
      ("{\"width\": 37", "x\"width\": 37", "the label of 0.json is 'not readable as JSON'"),
    ] {
      #expect(
        try refusal("boxes.tar") { try replace(old, new, in: &$0) }.contains(sentence), "\(old)")
    }
    #expect(
      try refusal("boxes.tar") { try replace("annotations\": []", "annotatioms\": []", in: &$0) }
        .contains("nothing says the class of 1.png"))
  }

  @Test func `of several kinds are refused by the first that differs`() throws {
    let folder = TemporaryDirectory()
    for (name, fixture) in [("train-0.tar", "boxes.tar"), ("train-1.tar", "masks.tar")] {
      try folder.write(
        [UInt8](Data(contentsOf: URL(fileURLWithPath: ImageFixture.path("shards/" + fixture)))),
        name)
    }
    let error = #expect(throws: ShardError.self) {
      try DataSource(named: folder.url.path).loadBoxes()
    }
    #expect(error.map { "\($0)".contains("train-1.tar: a.jpg has no boxes") } == true)
    let classes = try DataSource(named: ImageFixture.path("shards/boxes.tar"))
    #expect(throws: ShardError.self) { try classes.load() }
    #expect(throws: DataError.self) { try ShardWriter(of: folder.url.path, maximumBytes: 1) }
  }
}
