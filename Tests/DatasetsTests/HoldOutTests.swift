import Boxes
import Foundation
import Masks
import Randomness
import TestSupport
import Testing

@testable import Datasets

private func items(_ classes: [[Int]]) -> [HoldOut.Item] { classes.map { .init(classes: $0) } }

@Suite struct `Images that are held out` {
  @Test func `are the same share of each class, and none is a class's only image`() {
    // A tenth of 30, of 14, of 2 and of 1: 3, 1 (of 1.4), at least 1, none.
    let labels = [30, 14, 2, 1].enumerated().flatMap { [Int](repeating: $0, count: $1) }
      .shuffled()
    let held = HoldOut.choose(items(labels.map { [$0] }), share: 0.1, seed: 1)
    #expect((0..<4).map { label in held.count { labels[$0] == label } } == [3, 1, 1, 0])
  }

  @Test func `follow from the seed`() {
    let all = items((0..<200).map { [$0 % 5] })
    let held = HoldOut.choose(all, share: 0.2, seed: 7)
    #expect(held.count == 40)
    #expect(HoldOut.choose(all, share: 0.2, seed: 7) == held)
    #expect(HoldOut.choose(all, share: 0.2, seed: 8) != held)
  }

  @Test func `that are the same image stay together`() {
    let all = (0..<60).map { HoldOut.Item(key: "\($0 / 3).png", classes: [0]) }
    let held = HoldOut.choose(all, share: 0.25, seed: 2)
    #expect(held.count == 15, "five of twenty images, each of which is there three times")
    for index in held { #expect((0..<3).allSatisfy { held.contains(index / 3 * 3 + $0) }) }
  }

  @Test func `leave each of several classes an image on either side where that can be`() {
    // If both 0 and 1 were held out, class 2 would have none to train on.
    for seed in 0..<50 as Range<UInt64> {
      let all = [[0, 2], [1, 2], [0], [1], [3], [3]] as [[Int]]
      let held = HoldOut.choose(items(all), share: 0.4, seed: seed)
      for label in 0..<4 {
        let own = all.indices.filter { all[$0].contains(label) }
        #expect(own.contains(where: held.contains), "class \(label), seed \(seed)")
        #expect(!own.allSatisfy(held.contains), "class \(label), seed \(seed)")
      }
    }
  }

  @Test(arguments: 0..<30 as Range<UInt64>)
  func `take no class its last image, whatever the images show`(seed: UInt64) {
    var stream = RandomStream(seed: seed, for: .shapes)
    let all = (0..<80).map { _ in
      // Class c is on one image of 2^c, and some images show nothing.
      (0..<8).filter { Int.random(in: 0..<(1 << $0), using: &stream) == 0 && $0 > 0 }
    }
    let share = Double.random(in: 0.05...0.6, using: &stream)
    let held = HoldOut.choose(items(all), share: share, seed: seed)
    for label in 0..<8 {
      let own = all.indices.filter { all[$0].contains(label) }
      #expect(own.isEmpty || own.contains { !held.contains($0) }, "class \(label)")
      // The most frequent class decides how many there are in all.
      if own.count > 20 {
        #expect(abs(Double(own.count(where: held.contains)) - share * Double(own.count)) <= 8)
      }
    }
    #expect(!held.isEmpty && held.count < 80)
  }
}

@Suite struct `A data set with images held out` {
  /// Five images of 2 by 2 pixels, each of one level.
  private static let small = ImageData(
    name: "levels",
    train: ImageSet(
      height: 2, width: 2, channels: 1,
      pixels: [10, 20, 30, 40, 50, 60].flatMap { [UInt8](repeating: $0, count: 4) },
      labels: [0, 0, 0, 1, 1, 1]),
    test: ImageSet(
      height: 2, width: 2, channels: 1, pixels: [1, 1, 1, 1], labels: [0]),
    classNames: ["a", "b"], found: "")

  @Test func `has three parts, measured anew, and says how many images they have`() throws {
    let data = try Self.small.holdingOut(0.3)
    #expect(data.counts == "levels: 4 training, 2 validation and 1 test images")
    #expect(data.validation != nil)
    #expect(
      data.heldOut == HeldOutSplit(share: 0.3, images: 2, of: 6, missingClasses: []))
    let (train, validation) = (
      try #require(data.train as? ImageSet), try #require(data.validation as? ImageSet)
    )
    func levels(_ set: ImageSet) throws -> [UInt8] {
      let loader = set.batches(
        .evaluation(count: set.count, batchSize: set.count), augmentation: nil, seed: 0, workers: 1)
      let batch = try #require(try loader.next())
      #expect(Array(batch.labels.prefix(batch.count)) == set.labels)
      return (0..<batch.count).map { batch.slot($0, size: 4)[0] }
    }
    let own = try levels(train)
    #expect(try (own + levels(validation)).sorted() == [10, 20, 30, 40, 50, 60])
    #expect(train.labels.sorted() == [0, 0, 1, 1] && validation.labels == [0, 1])
    let mean = own.reduce(0) { $0 + Double($1) / 255 / 4 }
    let square = own.reduce(0) { $0 + pow(Double($1) / 255 - mean, 2) / 4 }
    #expect(abs(train.mean[0] - mean) < 1e-12)
    #expect(abs(train.deviation[0] - square.squareRoot()) < 1e-12)
  }

  @Test func `names the classes that have none, and is refused where no class can spare one`()
    throws
  {
    func data(_ labels: [Int64]) -> ImageData {
      let set = ImageSet(
        height: 1, width: 1, channels: 1, pixels: labels.map { _ in 7 }, labels: labels)
      return ImageData(
        name: "few", train: set, test: set, classNames: ["a", "b", "c"], found: "")
    }
    #expect(try data([0, 1, 1, 2]).holdingOut(0.1).heldOut?.missingClasses == ["a", "c"])
    let error = #expect(throws: DataError.self) { try data([0, 1, 2]).holdingOut(0.5) }
    #expect(
      "\(try #require(error))".hasPrefix(
        "few has too few training images (3) to hold some of them out for validation"))
  }

  @Test func `augments the other images as it does with all of them`() throws {
    var pixels: [UInt8] = []
    for image in 0..<20 {
      for pixel in 0..<192 { pixels.append(UInt8((image * 11 + pixel) % 256)) }
    }
    let whole = ImageSet(
      height: 8, width: 8, channels: 3, pixels: pixels, labels: (0..<20).map { $0 % 2 })
    let positions = [1, 4, 5, 11, 18]
    let augmentation = Augmentation(
      cropPadding: 2, flips: true,
      colorJitter: ColorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1))
    func images(_ set: any LabeledImages) throws -> [[UInt8]] {
      let loader = set.batches(
        .evaluation(count: set.count, batchSize: set.count), augmentation: augmentation, seed: 5,
        workers: 1)
      let batch = try #require(try loader.next())
      return (0..<batch.count).map { Array(batch.slot($0, size: 192)) }
    }
    let (all, part) = (try images(whole), try images(whole.part(positions)))
    #expect(part == positions.map { all[$0] })
    // A part of a part is known by its number in the whole too.
    #expect(try images(whole.part(positions).part([2, 4])) == [all[5], all[18]])
    #expect(Set(all).count == 20)
  }

  @Test func `augments photographs as it does with all of them`() throws {
    let names = ["color.png", "gamma.png", "alpha.png", "palette.png"]
    let set = ImageFileDataset(
      try names.enumerated().map { .init(path: try ImageFixture.path($1), label: Int64($0)) },
      size: 12)
    func images(_ set: any LabeledImages) throws -> [[UInt8]] {
      let loader = set.batches(
        .evaluation(count: set.count, batchSize: set.count),
        augmentation: Augmentation(flips: true),
        seed: 3, workers: 1)
      let batch = try #require(try loader.next())
      return (0..<batch.count).map { Array(batch.slot($0, size: set.bytesPerImage)) }
    }
    let all = try images(set)
    #expect(Set(all).count == 4)
    #expect(try images(set.part([3, 1])) == [all[3], all[1]])
  }

  @Test func `augments images with boxes as it does with all of them`() throws {
    let data = try Shapes.detection(train: 40, test: 4, size: 32, most: 3, seed: 1)
    let held = try data.holdingOut(0.25)
    let validation = try #require(held.validation)
    #expect(held.train.count + validation.count == 40)
    #expect(
      (held.train.images + validation.images).map(\.path).sorted()
        == data.train.images.map(\.path).sorted())
    #expect(validation.frame == held.train.frame)
    for kind in Shapes.Kind.allCases {
      for part in [held.train, validation] {
        #expect(part.images.contains { $0.boxes.contains { $0.label == kind.rawValue } })
      }
    }
    func images(_ set: DetectionDataset) throws -> [String: [Float]] {
      let loader = set.trainingLoader(
        .evaluation(count: set.count, batchSize: set.count),
        augmentation: BoxAugmentation(flips: true, rotates90: true, scale: 0.5...2), seed: 9, workers: 1
      )
      let batch = try #require(try loader.next())
      return Dictionary(
        uniqueKeysWithValues: (0..<batch.count).map { index in
          let own = batch.starts[index]..<batch.starts[index + 1]
          return (
            set.images[Int(batch.samples[index])].path,
            Array(batch.boxes[(4 * own.lowerBound)..<(4 * own.upperBound)])
          )
        })
    }
    let all = try images(data.train)
    for (path, boxes) in try images(held.train) { #expect(all[path] == boxes, "\(path)") }
  }

  @Test func `crops images with masks as it does with all of them`() throws {
    let directory = MaskDirectory()
    for index in 0..<8 {
      try directory.image("images/\(index).png", width: 16, height: 14)
      // One class is on two images alone.
      try directory.mask("masks/\(index).png", width: 16, height: 14) { pixel in
        pixel < 30 ? 1 : pixel > 180 && index < 2 ? 2 : 0
      }
    }
    try directory.write("background\nnucleus\ndebris\n", "classes.txt")
    let data = try directory.load()
    let whole = data.train
    let part = whole.part([1, 3, 4])
    #expect(part.names == [1, 3, 4].map { whole.names[$0] })
    #expect(part.imageCounts == [1, 3, 4].map { whole.imageCounts?[$0] ?? [] })
    let sum = (0..<3).map { label in
      [1, 3, 4].reduce(0) { $0 + (whole.imageCounts?[$1][label] ?? 0) }
    }
    #expect(part.pixelCounts == sum)
    func crops(_ set: SegmentationDataset, rounds: Int) throws -> [[UInt8]] {
      let loader = set.crops(
        .evaluation(count: rounds * set.count, batchSize: rounds * set.count),
        CropOptions(size: 8, augmentation: .default), seed: 4, workers: 1)
      let batch = try #require(try loader.next())
      return (0..<batch.count).map { Array(batch.slot($0, in: batch.pixels, channels: 3)) }
    }
    let (all, own) = (try crops(whole, rounds: 2), try crops(part, rounds: 2))
    let count = whole.count
    #expect(Set(all).count == 2 * count)
    #expect(own == [1, 3, 4, count + 1, count + 3, count + 4].map { all[$0] })

    let held = try data.holdingOut(0.2)
    let validation = try #require(held.validation)
    #expect(Set(held.train.names).isDisjoint(with: validation.names))
    #expect(Set(held.train.names).isDisjoint(with: held.test.names))
    #expect(Set(held.train.names + validation.names) == Set(whole.names))
    #expect(held.test.names == data.test.names)
  }

  @Test func `comes of one folder of classes as three parts, the same ones each time`() throws {
    let folder = TemporaryDirectory()
    for name in ["cat", "dog"] {
      try FileManager.default.createDirectory(
        at: folder.url.appendingPathComponent(name), withIntermediateDirectories: true)
      // Of two sizes, so that they stay in their files.
      for index in 0..<20 {
        try folder.write(
          try ImageFixture.bytes(index % 2 == 0 ? "color.png" : "photo.jpg"),
          "\(name)/\(index).png")
      }
    }
    func parts() throws -> [[String]] {
      let data = try DataSource(named: folder.url.path).load(DataOptions(imageSize: 100))
        .holdingOut(0.25)
      return try [data.train, try #require(data.validation), data.test].map {
        try #require($0 as? ImageFileDataset).paths
      }
    }
    let first = try parts()
    // Of twenty a fifth are test images, and of the other sixteen a quarter.
    #expect(first.map(\.count) == [24, 8, 8])
    #expect(Set(first.joined()).count == 40, "no image is in two parts")
    #expect(try parts() == first)
  }
}
