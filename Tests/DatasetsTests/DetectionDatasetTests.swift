import Boxes
import Randomness
import Testing

@testable import Datasets

/// Black images of 64 x 48 pixels with bright rectangles on them, each drawn exactly.
private func store(_ boxes: [[Box]]) -> ImageStore {
  let images = boxes.enumerated().map { index, boxes in
    AnnotatedImage(
      name: "\(index)", path: "\(index)", width: 64, height: 48,
      boxes: boxes.map { AnnotatedBox($0, label: index % 3) })
  }
  return ImageStore(
    images,
    pixels: boxes.map { boxes in
      var pixels = [UInt8](repeating: 0, count: 64 * 48 * 3)
      for box in boxes {
        for row in Int(box.y)..<Int(box.maxY) {
          for column in Int(box.x)..<Int(box.maxX) {
            for channel in 0..<3 { pixels[(row * 64 + column) * 3 + channel] = 255 }
          }
        }
      }
      return pixels
    })
}

private func set(_ boxes: [[Box]], width: Int = 64, height: Int = 48) -> DetectionDataset {
  DetectionDataset(
    store(boxes),
    ImageFrame(width: width, height: height, mean: [0, 0, 0], deviation: [1, 1, 1]),
    name: "rectangles", classNames: ["a", "b", "c"])
}

/// What is kept of a batch.
private struct Seen: Hashable {
  var pixels: [UInt8]
  var boxes: [Float]
  var labels: [Int64]
  var starts: [Int]
  var ignored: [Float]
  var ignoredStarts: [Int]

  init(_ batch: BoxBatch) {
    pixels = Array(batch.pixels.prefix(batch.count * batch.width * batch.height * 3))
    (boxes, labels, starts) = (batch.boxes, batch.labels, batch.starts)
    (ignored, ignoredStarts) = (batch.ignored, batch.ignoredStarts)
  }

  func box(_ index: Int) -> [Float] { Array(boxes[(4 * index)..<(4 * index + 4)]) }
}

extension DetectionDataset {
  fileprivate func learned(
    _ augmentation: BoxAugmentation, batches: Int, size: Int = 1, seed: UInt64 = 1,
    workers: Int = 2
  ) throws -> [Seen] {
    let loader = trainingLoader(
      .training(count: count, batchSize: size, seed: seed), augmentation: augmentation, seed: seed,
      workers: workers)
    return try (0..<batches).map { _ in Seen(try #require(try loader.next())) }
  }
}

/// The rows and columns of the pixels that are brighter than half: left, top, right, bottom.
private func bright(_ pixels: [UInt8], width: Int) -> [Float]? {
  let positions = stride(from: 0, to: pixels.count, by: 3).filter { pixels[$0] > 127 }.map {
    $0 / 3
  }
  guard let left = positions.map({ $0 % width }).min(),
    let right = positions.map({ $0 % width }).max(),
    let top = positions.map({ $0 / width }).min(), let bottom = positions.map({ $0 / width }).max()
  else { return nil }
  return [left, top, right + 1, bottom + 1].map(Float.init)
}

@Suite struct `Images with boxes` {
  private static let rectangle = Box(x: 10, y: 8, width: 24, height: 12)

  /// Changes that move pixels, and by how much an edge may be off: half a pixel of rounding, and as much
  /// as it takes for a resampled edge to be half bright.
  static let changes: [(String, BoxAugmentation)] = [
    ("none", .none),
    ("flips", BoxAugmentation(flips: true)),
    ("vertical flips", BoxAugmentation(verticalFlips: true)),
    ("turns", BoxAugmentation(rotates90: true)),
    ("turns and flips", BoxAugmentation(flips: true, rotates90: true)),
    ("smaller", BoxAugmentation(scale: 0.4...0.9)),
    ("larger", BoxAugmentation(scale: 1.1...2.5)),
    ("all", BoxAugmentation(flips: true, verticalFlips: true, rotates90: true, scale: 0.5...2)),
  ]

  @Test(arguments: changes.indices) func `have their boxes moved with their pixels`(
    index: Int
  ) throws {
    let (name, augmentation) = Self.changes[index]
    let set = set([[Self.rectangle]])
    var positions: Set<[Float]> = []
    for seen in try set.learned(augmentation, batches: 60) {
      let found = try #require(bright(seen.pixels, width: 64), "an object stays in view")
      let expected = seen.labels.isEmpty ? seen.ignored : seen.boxes
      try #require(expected.count == 4)
      #expect(
        zip(found, expected).allSatisfy { abs($0 - $1) <= 1 },
        "\(name): \(found) is seen and \(expected) said")
      positions.insert(expected)
    }
    let different = ["none": 1, "flips": 2, "vertical flips": 2]
    #expect(different[name].map { positions.count == $0 } ?? (positions.count > 7))
  }

  @Test func `are flipped and rotated exactly`() throws {
    let set = set([[Self.rectangle]], width: 64, height: 64)
    // 64 x 48 fits into the square as it is, somewhere; turned it is 48 x 64.
    let augmentation = BoxAugmentation(flips: true, rotates90: true)
    for seen in try set.learned(augmentation, batches: 20) {
      let found = try #require(bright(seen.pixels, width: 64))
      #expect(zip(found, seen.boxes).allSatisfy { abs($0 - $1) <= 0.5 })
      let (width, height) = (seen.boxes[2] - seen.boxes[0], seen.boxes[3] - seen.boxes[1])
      #expect([[24, 12], [12, 24]].contains([width.rounded(), height.rounded()]))
    }
  }

  @Test func `of four are put together, each with its boxes`() throws {
    let set = set([
      [Self.rectangle], [Box(x: 0, y: 0, width: 20, height: 20)],
      [Box(x: 40, y: 20, width: 20, height: 20), Box(x: 4, y: 4, width: 8, height: 8)], [],
    ])
    let augmentation = BoxAugmentation(flips: true, scale: 0.8...1.5, mosaic: 1)
    var most = 0
    for seen in try set.learned(augmentation, batches: 80) {
      let all = seen.boxes + seen.ignored
      let boxes = stride(from: 0, to: all.count, by: 4).map { Array(all[$0..<($0 + 4)]) }
      most = max(most, seen.labels.count)
      for (index, level) in seen.pixels.enumerated() where index % 3 == 0 && level > 200 {
        let (x, y) = (Float(index / 3 % 64) + 0.5, Float(index / 3 / 64) + 0.5)
        #expect(
          boxes.contains { $0[0] - 1 < x && x < $0[2] + 1 && $0[1] - 1 < y && y < $0[3] + 1 },
          "a bright pixel lies in a box")
      }
      for box in boxes where box[2] - box[0] > 4 && box[3] - box[1] > 4 {
        let (column, row) = (Int((box[0] + box[2]) / 2), Int((box[1] + box[3]) / 2))
        #expect(seen.pixels[(row * 64 + column) * 3] > 200, "the middle of a box is bright")
      }
    }
    #expect(most >= 3)
  }

  @Test func `lose boxes of which too little is left, which are then to be ignored`() throws {
    // Scaled by two, what is seen is 32 x 24 pixels of the image.
    let boxes = [
      Box(x: 0, y: 0, width: 32, height: 24), Box(x: 20, y: 0, width: 40, height: 24),
      Box(x: 27, y: 0, width: 20, height: 24), Box(x: 31.5, y: 0, width: 1, height: 1),
      Box(x: 40, y: 30, width: 8, height: 8),
    ]
    var image = AnnotatedImage(name: "", path: "", width: 64, height: 48)
    image.boxes = boxes.enumerated().map { AnnotatedBox($1, label: $0) }
    image.boxes.append(AnnotatedBox(Box(x: 1, y: 2, width: 3, height: 4), label: 5, isCrowd: true))
    image.boxes.append(
      AnnotatedBox(Box(x: 1, y: 2, width: 3, height: 5), label: 6, isDifficult: true))
    let batch = BoxBatch(capacity: 1, width: 64, height: 48)
    batch.begin(BatchRequest(epoch: 0, batch: 0, samples: [0]))
    batch.add(
      image,
      in: Tile(scale: 2, frame: PixelRectangle(left: 0, top: 0, width: 64, height: 48)),
      minimumVisible: 0.3)
    batch.end(0)
    // 12 of 40 columns are just three tenths; 5 of 20 are a quarter; half a column is one pixel wide.
    #expect(batch.labels == [0, 1])
    #expect(batch.boxes == [0, 0, 64, 48, 40, 0, 64, 48])
    #expect(batch.ignoredLabels == [2, 3, 5, 6])
    #expect(batch.ignored.prefix(8) == [54, 0, 64, 48, 63, 0, 64, 2])
    #expect((batch.starts, batch.ignoredStarts) == ([0, 2], [0, 4]))
  }

  @Test func `are the same whatever the number of threads, and other in each epoch`() throws {
    let set = set((0..<7).map { [Box(x: Double(5 * $0), y: 3, width: 20, height: 30)] })
    let augmentation = BoxAugmentation(
      flips: true, scale: 0.5...2, colorJitter: ColorJitter(brightness: 0.3, contrast: 0.3),
      mosaic: 0.5)
    let one = try set.learned(augmentation, batches: 12, size: 3, workers: 1)
    for workers in [2, 5] {
      #expect(try set.learned(augmentation, batches: 12, size: 3, workers: workers) == one)
    }
    #expect(Set(one).count == 12)
    #expect(try set.learned(augmentation, batches: 12, size: 3, seed: 2, workers: 2) != one)
  }

  @Test func `for evaluation lie whole in the upper left corner, and boxes find back`() throws {
    let set = set(
      [[Self.rectangle], [], [Box(x: 0, y: 0, width: 64, height: 48)]], width: 32, height: 32)
    let loader = set.evaluationLoader(.evaluation(count: 3, batchSize: 2), workers: 2)
    let first = try #require(try loader.next())
    #expect((first.count, first.starts) == (2, [0, 1, 1]))
    #expect(first.boxes == [5, 4, 17, 10])
    #expect(bright(Seen(first).pixels, width: 32) == [5, 4, 17, 10])
    let placement = first.placements[0]
    #expect(placement == ImagePlacement(scale: 0.5, width: 64, height: 48))
    #expect(placement.original(Box(minX: 5, minY: 4, maxX: 17, maxY: 10)) == Self.rectangle)
    #expect(placement.placed(Self.rectangle) == Box(minX: 5, minY: 4, maxX: 17, maxY: 10))
    // A box that reaches into the padding ends at the image's edge.
    #expect(
      placement.original(Box(x: 20, y: 20, width: 20, height: 20))
        == Box(minX: 40, minY: 40, maxX: 64, maxY: 48))
    let second = try #require(try loader.next())
    #expect(second.count == 1 && second.samples[0] == 2)
    #expect(try loader.next() == nil)
  }

  @Test func `in files are read as they are kept in memory`() throws {
    let path = try ImageFixture.path("photo.jpg")
    let header = try ImageDecoder().header(of: path)
    let image = AnnotatedImage(
      name: "photo", path: path, width: header.width, height: header.height,
      boxes: [AnnotatedBox(Box(x: 5, y: 5, width: 30, height: 20), label: 0)])
    let frame = ImageFrame(width: 48, height: 32, mean: [0.5, 0.5, 0.5], deviation: [1, 1, 1])
    func pixels(memory: Int) throws -> [UInt8] {
      let set = DetectionDataset([image], name: "", classNames: ["a"], frame: frame, memory: memory)
      let loader = set.evaluationLoader(.evaluation(count: 1, batchSize: 1), workers: 1)
      return Seen(try #require(try loader.next())).pixels
    }
    let (kept, read) = (try pixels(memory: .max), try pixels(memory: 0))
    #expect(kept.count == 48 * 32 * 3 && read.count == kept.count)
    // Decoded at the same eighths, one whole and one with its surroundings; both resized once.
    #expect(zip(kept, read).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
  }

  @Test func `that are broken are left out, and told`() throws {
    let good = try ImageFixture.path("color.png")
    let files = [(good, 37, 26), (good, 30, 26), ("/nowhere.png", 37, 26), (good, 37, 26)]
    let images = files.map {
      AnnotatedImage(
        name: $0, path: $0, width: $1, height: $2,
        boxes: [AnnotatedBox(Box(x: 1, y: 1, width: 9, height: 9), label: 0)])
    }
    let set = DetectionDataset(
      images, name: "some", classNames: ["a"], longSide: 32, allowsBroken: true)
    let loader = set.evaluationLoader(.evaluation(count: 4, batchSize: 4), workers: 1)
    let batch = try #require(try loader.next())
    #expect((batch.count, batch.starts.count, batch.labels.count) == (2, 3, 2))
    #expect(Array(batch.samples.prefix(2)) == [0, 3])
    #expect(
      set.broken.map { "\($0.fault)" } == [
        "it has 37x26 pixels, and its annotation says 30x26",
        "it cannot be read (No such file or directory)",
      ])
    let strict = DetectionDataset(images, name: "some", classNames: ["a"], longSide: 32)
    #expect(throws: DataError.self) {
      try strict.evaluationLoader(.evaluation(count: 4, batchSize: 4), workers: 1).next()
    }
  }

  @Test func `without boxes come into the same frame`() throws {
    let names = ["color.png", "photo.jpg", "gray.jpg"]
    let paths = try names.map(ImageFixture.path) + ["/nowhere.jpg"]
    let frame = ImageFrame(width: 32, height: 32, mean: [0, 0, 0], deviation: [1, 1, 1])
    let files = FramedFiles(paths, in: frame)
    let batch = try #require(try files.batches(ofAtMost: 4, workers: 1).next())
    #expect(batch.count == 3)
    #expect(batch.placements[0] == ImagePlacement(scale: 32.0 / 37, width: 37, height: 26))
    #expect(files.broken.map(\.path) == ["/nowhere.jpg"])
  }
}

@Suite struct `A frame` {
  private func images(_ sizes: [(Int, Int)]) -> [AnnotatedImage] {
    sizes.map { AnnotatedImage(name: "", path: "", width: $0.0, height: $0.1) }
  }

  @Test func `has the images' proportions, and sides of sixteen`() {
    func size(_ sizes: [(Int, Int)], _ longSide: Int? = nil) -> [Int] {
      let size = ImageFrame.size(of: images(sizes), longSide: longSide)
      return [size.width, size.height]
    }
    #expect(size([(640, 480)]) == [320, 240])
    #expect(size([(480, 640), (480, 640), (500, 300)]) == [240, 320])
    #expect(size([(640, 480)], 256) == [256, 192])
    #expect(size([(640, 480)], 300) == [300, 240])
    #expect(size([(128, 128)]) == [128, 128])
    #expect(size([(1000, 100)]) == [320, 32])
    #expect(size([(37, 26)]) == [48, 48])
  }

  @Test func `is kept with a model's weights`() {
    let frame = ImageFrame(
      width: 320, height: 240, mean: [0.1, 0.2, 1.0 / 3], deviation: [1, 0.5, 0.25])
    #expect(ImageFrame(metadata: frame.metadata) == frame)
    var large = frame
    (large.width, large.height) = (20_000, 20_000)
    #expect(ImageFrame(metadata: large.metadata) == nil, "1.2 GB for an image that nobody has")
    for key in frame.metadata.keys {
      var damaged = frame.metadata
      damaged[key] = "0x"
      #expect(ImageFrame(metadata: damaged) == nil)
    }
  }
}
