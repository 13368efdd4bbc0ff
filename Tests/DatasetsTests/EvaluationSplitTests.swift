import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Data that is evaluated needs nothing to train on.
@Suite struct `A split to evaluate on, alone` {
  private var evaluation: DataOptions {
    var options = DataOptions()
    options.isForEvaluation = true
    return options
  }

  @Test(arguments: [["test"], ["val"], ["val", "test"]])
  func `is evaluated, of images with classes`(splits: [String]) throws {
    let folder = TemporaryDirectory()
    for split in splits {
      for name in ["cat", "dog"] {
        for number in 0..<3 {
          try folder.write(
            try ImageFixture.bytes("color.png") + Array("\(split)\(name)\(number)".utf8),
            "\(split)/\(name)/\(number).png")
        }
      }
    }
    let source = try DataSource(named: folder.url.path)
    let data = try source.load(evaluation)
    #expect(data.classNames == ["cat", "dog"] && data.test.count == 6 && data.testSplit == splits.last)
    #expect(!data.notes.contains { $0.contains("several parts") }, "\(data.notes)")
    let unused = data.account.linesOfLeftOut
    #expect(unused.count == splits.count - 1, "\(unused)")
    #expect(splits.count == 1 || unused[0].contains("6 files") && unused[0].contains("val/"), "\(unused)")
    #expect(throws: LayoutError.noTrainingSplit(folder: folder.url.path, parts: splits.sorted())) {
      try source.load()
    }
  }

  @Test func `may be one class`() throws {
    let folder = TemporaryDirectory()
    for number in 0..<3 {
      try folder.write(try ImageFixture.bytes("color.png") + Array("\(number)".utf8), "dog/\(number).png")
    }
    let source = try DataSource(named: folder.url.path)
    let data = try source.load(evaluation)
    #expect(data.classNames == ["dog"] && data.test.count == 3 && data.testSplit == nil)
    #expect(throws: LayoutError.oneFolder(folder: folder.url.path, name: "dog")) { try source.load() }
  }

  @Test func `is evaluated, of images with boxes`() throws {
    let directory = BoxDirectory()
    try directory.write("val: images/val\nnames: [cell]\n", "data.yaml")
    try directory.image("images/val/a.png")
    try directory.write("0 0.5 0.5 0.5 0.5\n", "labels/val/a.txt")
    var options = BoxOptions()
    options.isForEvaluation = true
    let source = try DataSource(named: directory.path)
    let data = try source.loadBoxes(options)
    #expect(data.test.count == 1 && data.testSplit == "val")
    #expect(!data.notes.contains { $0.contains("several parts") }, "\(data.notes)")
    #expect(throws: (any Error).self) { try source.loadBoxes() }
    // As a copy of a published data set of which only a part was fetched.
    try directory.write("train: images/train\nval: images/val\nnames: [cell]\n", "data.yaml")
    #expect(try source.loadBoxes(options).test.count == 1)
    #expect(throws: (any Error).self) { try source.loadBoxes() }
    try directory.write("", "labels/val/a.txt")
    #expect(throws: AnnotationError.noBoxes(path: directory.path, images: "evaluation")) {
      try source.loadBoxes(options)
    }
  }

  @Test func `is evaluated, of images with masks`() throws {
    let directory = MaskDirectory()
    for number in 0..<3 {
      try directory.image("images/test/i\(number).png")
      try directory.mask("masks/test/i\(number).png") { $0 % 3 == 0 ? 255 : 0 }
    }
    let data = try directory.load(evaluation)
    #expect(data.test.count == 3 && data.testSplit == "test")
    #expect(!data.notes.contains { $0.contains("several parts") }, "\(data.notes)")
    #expect(throws: (any Error).self) { try directory.load() }
  }

  @Test(arguments: [[0, 1], [0, 2], [0, 255], [2]])
  func `of masks may lack classes of the model`(values: [UInt8]) throws {
    let directory = MaskDirectory()
    for number in 0..<3 {
      try directory.image("images/i\(number).png")
      try directory.mask("masks/i\(number).png") { values[$0 % values.count] }
    }
    var options = evaluation
    options.maskClasses = ["background", "cat", "dog", "tree"]
    let data = try directory.load(options)
    #expect(data.classNames == options.maskClasses)
    for (label, pixels) in data.test.pixelCounts.enumerated() {
      #expect((pixels > 0) == values.contains(UInt8(label)))
    }
  }

  /// The numbers 0, 1 and 2 are background, cat and dog in the folder's own list.
  @Test(arguments: [["dog", "background", "cat"], ["background", "cat", "dog"]])
  func `of masks is read by the model's classes, whatever the order of the folder's own`(
    classes: [String]
  ) throws {
    let directory = MaskDirectory()
    for number in 0..<3 {
      try directory.image("images/i\(number).png")
      try directory.mask("masks/i\(number).png") { UInt8([0, 0, 0, 1, 1, 2, 255][$0 % 7]) }
    }
    try directory.write("background\ncat\ndog\n", "classes.txt")
    var options = evaluation
    let own = try directory.load(options).test.pixelCounts
    #expect(own[0] > own[1] && own[1] > own[2] && own[2] > 0)
    options.maskClasses = classes
    let data = try directory.load(options)
    #expect(data.classNames == classes)
    for (name, count) in zip(["background", "cat", "dog"], own) {
      #expect(classes.firstIndex(of: name).map { data.test.pixelCounts[$0] } == count)
    }
    options.maskClasses = ["background", "cat", "tree"]
    #expect(try directory.load(options).classNames == ["background", "cat", "dog"])
  }

  @Test func `is evaluated, of shards`() throws {
    let folder = TemporaryDirectory()
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: ImageFixture.path("shards/gnu.tar"))))
    for name in ["test-000000.tar", "test-000001.tar", "val-000000.tar"] { try folder.write(bytes, name) }
    let source = try DataSource(named: folder.url.path)
    let data = try source.load(evaluation)
    #expect(data.test.count == 8 && data.classNames == ["cat", "dog"] && data.testSplit == "test")
    #expect(!data.found.contains("no test shards"), "\(data.found)")
    let unused = data.account.linesOfLeftOut
    #expect(unused.contains { $0.contains("1 file") && $0.contains("val-000000.tar") }, "\(unused)")
    #expect(throws: ShardError.noTrainingShards(folder: folder.url.path)) { try source.load() }
  }
}
