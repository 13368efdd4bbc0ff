import Foundation
import TestSupport
import Testing

@testable import Datasets

/// A folder of images of the fixtures: where each lies, and which it is.
func imageFolder(_ files: [(path: String, fixture: String)]) throws -> TemporaryDirectory {
  let folder = TemporaryDirectory()
  for (path, fixture) in files {
    // What is behind an image's end is not read, and makes it no copy of another.
    try folder.write(try ImageFixture.bytes(fixture) + Array(path.utf8), path)
  }
  return folder
}

extension TemporaryDirectory {
  func load(_ options: DataOptions = DataOptions()) throws -> ImageData {
    try DataSource(named: url.path).load(options)
  }

  /// The folder's two sets, which lie in memory.
  func sets(
    _ options: DataOptions = DataOptions()
  ) throws -> (train: ImageSet, test: ImageSet) {
    let data = try load(options)
    return (try #require(data.train as? ImageSet), try #require(data.test as? ImageSet))
  }

  /// The sentence with which the folder is refused.
  func refusal(_ options: DataOptions = DataOptions()) -> String {
    let error = #expect(throws: (any Error).self) { try load(options) }
    guard let error, error is DataError || error is LayoutError else {
      Issue.record("\(String(describing: error))")
      return ""
    }
    return "\(error)"
  }
}

private func pixels(_ name: String) -> [UInt8] {
  ImageFixture.all.first { $0.name == name }?.pixels ?? []
}

private let split: [(path: String, fixture: String)] = [
  ("train/dog/2.png", "interlaced.png"), ("train/dog/1.png", "color.png"),
  ("train/cat/a.PNG", "alpha.png"), ("test/cat/x.png", "palette.png"),
  ("test/dog/y.png", "gamma.png"),
]

@Suite struct `A folder of images` {
  @Test func `with a split is read class by class, file by file`() throws {
    let folder = try imageFolder(split)
    let (data, sets) = (try folder.load(), try folder.sets())
    #expect(data.found == "an image folder: train/ and test/ with 2 classes")
    #expect(data.classNames == ["cat", "dog"])
    #expect(data.train.labels == [0, 1, 1] && data.test.labels == [0, 1])
    #expect((data.train.height, data.train.width, data.train.channels) == (26, 37, 3))
    #expect(
      sets.train.pixels == pixels("alpha.png") + pixels("color.png") + pixels("interlaced.png"))
    #expect(sets.test.pixels == pixels("palette.png") + pixels("gamma.png"))
    #expect(data.broken == [])
  }

  @Test(arguments: DataLayout.evaluationNames) func `knows the common names of the other part`(
    name: String
  ) throws {
    let folder = try imageFolder(
      split.map { ($0.path.replacingOccurrences(of: "test/", with: name + "/"), $0.fixture) })
    #expect(try folder.load().found == "an image folder: train/ and \(name)/ with 2 classes")
  }

  @Test func `of three parts has a validation and a test split`() throws {
    let files = split.map { ($0.path, $0.fixture) }
    #expect(try imageFolder(files).load().validation == nil)
    let parts = try imageFolder(
      files + [
        ("val/dog/1.png", "gray.png"), ("val/dog/2.png", "gray.png"),
      ])
    let data = try parts.load()
    #expect(data.found == "an image folder: train/, val/ and test/ with 2 classes")
    #expect((data.train.count, data.validation?.count, data.test.count) == (3, 2, 2))
    #expect(data.validation?.labels == [1, 1])
  }

  @Test func `has its classes in the order of their bytes`() throws {
    // By language ä stands at a, and the small letters before the large ones.
    let names = ["b", "Z", "ä", "a", "10", "9"]
    let folder = try imageFolder(
      names.flatMap { [("\($0)/1.png", "gray.png"), ("\($0)/2.png", "gray.png")] })
    #expect(try folder.load().classNames == ["10", "9", "Z", "a", "b", "ä"])
  }

  @Test func `of gray images alone has one channel, and three where one has color`() throws {
    let files = [
      ("train/a/1.png", "gray.png"), ("train/b/1.png", "bits.png"),
      ("test/a/1.png", "gray-palette.png"),
    ]
    let gray = try imageFolder(files).sets()
    #expect(gray.train.channels == 1 && gray.test.channels == 1)
    #expect(gray.train.pixels == pixels("gray.png") + pixels("bits.png"))
    #expect(
      try imageFolder(files).load().notes == [
        "note: 1 class without test images, so never evaluated: b"
      ])
    let mixed = try imageFolder(files + [("test/b/1.png", "color.png")]).sets()
    #expect(mixed.train.channels == 3 && mixed.test.channels == 3)
    #expect(
      mixed.train.pixels
        == (pixels("gray.png") + pixels("bits.png")).flatMap { [$0, $0, $0] })
  }

  @Test func `without a split is split, the same way each time, every class by itself`() throws {
    let files =
      (0..<10).map { ("many/\($0).png", "gray.png") }
      + (0..<3).map { ("few/\($0).png", "gray.png") } + [("one/0.png", "gray.png")]
    let folder = try imageFolder(files)
    try folder.write([1], "runs/one-1/metrics.csv")
    let data = try folder.load()
    #expect(data.found.contains("3 classes without a test set"))
    #expect(data.found.hasSuffix("without images, so not classes: runs/"))
    #expect(data.notes == ["note: 1 class with one image, so never evaluated: one"])
    #expect(
      data.account.lines == [
        "used: 11 as training images, 3 as test images",
        "left out: 1 file, in folders that are not classes: runs/one-1/metrics.csv",
      ])
    // few, many, one: of ten images two are kept, of three one, of one none.
    #expect(data.test.labels == [0, 1, 1])
    #expect(data.train.labels == [0, 0] + Array(repeating: 1, count: 8) + [2])

    let layout = try DataLayout(of: folder.url.path)
    func test(_ seed: UInt64) throws -> [ImageFolder.File] {
      try ImageFolder(folder.url.path, layout, splitSeed: seed).test
    }
    #expect(try test(1) == test(1))
    #expect(Set(try (1...20).map(test)).count > 10)
    let whole = try ImageFolder(folder.url.path, layout, splitSeed: 1)
    #expect(Set(whole.train + whole.test).count == 14)
  }

  @Test func `with train alone is split too`() throws {
    let folder = try imageFolder(
      (0..<5).flatMap { [("train/a/\($0).png", "gray.png"), ("train/b/\($0).png", "gray.png")] })
    let data = try folder.load()
    #expect(data.train.count == 8 && data.test.count == 2)
    #expect(data.found.hasSuffix("a fifth of each class in train/ is the test set"))
  }

  @Test func `of several sizes is brought to the one that is asked for`() throws {
    let folder = try imageFolder([
      ("train/a/1.png", "color.png"), ("train/b/1.png", "turned.png"),
      ("test/a/1.png", "color.png"),
    ])
    let (train, test) = try folder.sets(DataOptions(imageSize: 9))
    #expect((train.height, train.width, train.channels) == (9, 9, 3))
    let expected = try #require(ImageFixture.all.first { $0.name == "color.png at 9" })
    #expect(expected.distance(to: Array(train.pixels.prefix(243))) <= 1)
    #expect(expected.distance(to: test.pixels) <= 1)
  }

  @Test func `reads the same on any number of threads`() throws {
    let folder = try imageFolder(
      (0..<40).flatMap { [("a/\($0).jpg", "color-420.jpg"), ("b/\($0).jpg", "progressive.jpg")] })
    let (one, other) = (try folder.sets(), try folder.sets())
    #expect(one.train.pixels == other.train.pixels && one.train.labels == other.train.labels)
  }
}

@Suite struct `A folder with broken images` {
  /// A hundred images of two classes each, and some broken ones.
  private func folder(broken: [(path: String, bytes: [UInt8])]) throws -> TemporaryDirectory {
    let folder = try imageFolder(
      (0..<100).flatMap { [("a/\($0).png", "color.png"), ("b/\($0).png", "gamma.png")] })
    for (path, bytes) in broken { try folder.write(bytes, path) }
    return folder
  }

  @Test func `leaves them out, with path and reason, and no gap`() throws {
    let cut = Array(try ImageFixture.bytes("color.png").prefix(200))
    let folder = try folder(broken: [("a/0.png", cut), ("b/50.png", [])])
    let data = try folder.load()
    #expect(data.broken.count == 2)
    #expect(
      Set(data.broken.map(\.path)) == [folder.url.path + "/a/0.png", folder.url.path + "/b/50.png"])
    #expect(data.broken.contains { $0.fault == .empty })
    #expect(data.broken.contains { if case .damaged = $0.fault { true } else { false } })
    #expect(data.train.count + data.test.count == 198)
    let (train, test) = try folder.sets()
    for set in [train, test] {
      for index in 0..<set.count {
        let own = Array(set.pixels[(index * set.bytesPerImage)...].prefix(set.bytesPerImage))
        #expect(own == pixels("color.png"))
      }
    }
  }

  @Test(arguments: [nil, 32]) func `knows which of them are test images`(size: Int?) throws {
    let folder = TemporaryDirectory()
    for part in ["train", "test"] {
      for number in 0..<100 {
        try folder.write(try ImageFixture.bytes("color.png"), "\(part)/a/\(number).png")
        try folder.write(try ImageFixture.bytes("gamma.png"), "\(part)/b/\(number).png")
      }
    }
    for path in ["train/a/1.png", "train/b/2.png", "test/b/3.png"] { try folder.write([], path) }
    let data = try folder.load(DataOptions(imageSize: size, arePhotographs: size != nil))
    #expect(data.broken.count == 3 && data.brokenTestImages == 1)
    #expect(data.train.count == 198 && data.test.count == 199)
  }

  @Test func `is refused where they are more than one in a hundred, unless it is allowed`() throws {
    let text = Array("This is no image.".utf8)
    let folder = try folder(broken: (0..<3).map { ("a/\($0).png", text) })
    let words = folder.refusal()
    #expect(words.contains("3 of 200 images are broken, the first"))
    #expect(words.contains("it has none of the supported formats (JPEG, PNG"))
    #expect(words.contains("--allow-broken"))
    #expect(try folder.load(DataOptions(allowsBroken: true)).broken.count == 3)
  }

  @Test func `alone is refused even if it is allowed`() throws {
    let folder = TemporaryDirectory()
    for path in ["a/1.jpg", "b/1.jpg"] { try folder.write([], path) }
    #expect(folder.refusal(DataOptions(allowsBroken: true)).contains("2 of 2 images are broken"))
  }
}

@Suite struct `A folder that is no data set` {
  @Test func `is refused by what was looked for and what is there`() throws {
    let folder = TemporaryDirectory()
    #expect(folder.refusal().hasSuffix("Found: nothing."))
    try folder.write([1], "notes.txt")
    try folder.write([1], "pictures/1.txt")
    let words = folder.refusal()
    #expect(words.contains("has no known data format: expected IDX files"))
    #expect(words.hasSuffix("Found: pictures/, notes.txt."))
  }

  @Test func `for a class without images is refused by that class`() throws {
    let folder = try imageFolder(split)
    try folder.write([1], "train/cow/1.heic")
    #expect(
      folder.refusal().contains(
        "train/cow is a class folder without a readable image (JPEG, PNG, WebP, TIFF, "
          + "BMP, GIF); found: 1.heic."))
  }

  @Test func `for a class only of the evaluation split is refused by that class`() throws {
    let folder = try imageFolder(split + [("test/cow/1.png", "color.png")])
    #expect(
      folder.refusal().contains(
        "test/cow is a class of the evaluation split, but the training split has no class"))
  }

  @Test func `for one image a class is refused, since none is left for evaluation`() throws {
    let folder = try imageFolder([("a/1.png", "gray.png"), ("b/1.png", "gray.png")])
    #expect(folder.refusal().contains("too few images"))
  }
}
