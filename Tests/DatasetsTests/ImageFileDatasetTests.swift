import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Files of the fixtures, of several sizes and kinds; the class is the number in the list.
private func files(_ names: [String]) throws -> [ImageFileDataset.File] {
  try names.enumerated().map { .init(path: try ImageFixture.path($1), label: Int64($0)) }
}

private let names = [
  "photo.jpg", "color.png", "turned.png", "gray.jpg", "orientation-6.jpg", "cmyk.jpg", "alpha.png",
]

private func pixels(_ batch: ImageBatch, _ set: ImageFileDataset) -> [UInt8] {
  Array(batch.pixels.prefix(batch.count * set.bytesPerImage))
}

@Suite struct `Photographs` {
  private func training(
    _ set: ImageFileDataset, workers: Int = 1, seed: UInt64 = 3, _ augmentation: Augmentation,
    batches: Int
  ) throws -> [[UInt8]] {
    let loader = set.batches(
      .training(count: set.count, batchSize: 3, seed: seed), augmentation: augmentation,
      seed: seed, workers: workers)
    return try (0..<batches).map { _ in pixels(try #require(try loader.next()), set) }
  }

  @Test func `to train on are the same whatever the number of threads`() throws {
    let set = ImageFileDataset(try files(names), size: 24)
    let augmentation = Augmentation(cropPadding: 2, flips: true)
    let one = try training(set, augmentation, batches: 12)
    #expect(one == (try training(set, workers: 2, augmentation, batches: 12)))
    #expect(one == (try training(set, workers: 5, augmentation, batches: 12)))
    #expect(Set(one).count == 12, "every epoch sees other parts")
    #expect(one != (try training(set, seed: 4, augmentation, batches: 12)))
  }

  @Test func `to train on are parts, half flipped horizontally`() throws {
    let set = ImageFileDataset(
      try files(["color.png"]), size: 37, crop: RandomCrop(scale: 1...1, ratio: 1...1))
    let loader = set.batches(
      .training(count: 1, batchSize: 1, seed: 1), augmentation: Augmentation(flips: true), seed: 1,
      workers: 1)
    // A whole square does not fit into 37x26, so that it is always the middle one.
    let seen = try (0..<64).map { _ in pixels(try #require(try loader.next()), set) }
    let mirrored = seen.map { image in
      (0..<37).flatMap { row in
        (0..<37).reversed().flatMap { column in image[((row * 37 + column) * 3)...].prefix(3) }
      }
    }
    #expect(Set(seen).count == 2)
    #expect(Set(mirrored) == Set(seen))
    #expect((16...48).contains(seen.filter { $0 == seen[0] }.count))
  }

  @Test func `for evaluation are each image's center, in order`() throws {
    let set = ImageFileDataset(try files(["color.png", "gamma.png", "color.png"]), size: 14)
    let loader = set.batches(
      .evaluation(count: 3, batchSize: 2), augmentation: nil, seed: 0, workers: 2)
    let expected = try #require(ImageFixture.all.first { $0.name == "middle of color.png at 14" })
    var labels: [Int64] = []
    while let batch = try loader.next() {
      labels += batch.labels.prefix(batch.count)
      for start in stride(from: 0, to: batch.count * set.bytesPerImage, by: set.bytesPerImage) {
        #expect(
          expected.distance(to: Array(batch.pixels[start..<(start + set.bytesPerImage)])) <= 1)
      }
    }
    #expect(labels == [0, 1, 2])
  }

  @Test func `have the mean and deviation of the center crops`() throws {
    let expected = try #require(ImageFixture.all.first { $0.name == "middle of color.png at 14" })
    let set = ImageFileDataset(try files(["color.png", "color.png"]), size: 14)
    for channel in 0..<3 {
      let levels = stride(from: channel, to: expected.pixels.count, by: 3)
        .map { Double(expected.pixels[$0]) / 255 }
      let mean = levels.reduce(0, +) / Double(levels.count)
      let variance = levels.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(levels.count)
      #expect(abs(set.mean[channel] - mean) < 0.002)
      #expect(abs(set.deviation[channel] - variance.squareRoot()) < 0.002)
    }
  }

  @Test func `that are gray alone have one channel`() throws {
    let set = ImageFileDataset(try files(["gray.png"]), size: 7, channels: 1)
    let loader = set.batches(
      .evaluation(count: 1, batchSize: 1), augmentation: nil, seed: 0, workers: 1)
    let expected = try #require(ImageFixture.all.first { $0.name == "middle of gray.png at 7" })
    #expect(expected.distance(to: pixels(try #require(try loader.next()), set)) <= 1)
  }

  @Test func `that turn out broken are left out of their batch, and counted`() throws {
    let folder = TemporaryDirectory()
    let cut = Array(try ImageFixture.bytes("photo.jpg").prefix(3000))
    try folder.write(cut, "cut.jpg")
    let broken = folder.url.appendingPathComponent("cut.jpg").path
    var all = try files(Array(repeating: "color.png", count: 199))
    all.insert(.init(path: broken, label: 777), at: 100)
    let set = ImageFileDataset(all, size: 16)
    let loader = set.batches(
      .evaluation(count: 200, batchSize: 50), augmentation: nil, seed: 0, workers: 2)
    var labels: [Int64] = []
    var counts: [Int] = []
    while let batch = try loader.next() {
      labels += batch.labels.prefix(batch.count)
      counts.append(batch.count)
    }
    #expect(counts == [50, 50, 49, 50])
    #expect(labels == (0..<199).map(Int64.init))
    #expect(set.broken.map(\.path) == [broken])
    #expect(set.broken.allSatisfy { if case .damaged = $0.fault { true } else { false } })
  }

  @Test func `of which too many turn out broken are refused, unless it is allowed`() throws {
    let folder = TemporaryDirectory()
    let cut = Array(try ImageFixture.bytes("color-444.jpg").prefix(700))
    try folder.write(cut, "cut.jpg")
    let broken = ImageFileDataset.File(
      path: folder.url.appendingPathComponent("cut.jpg").path, label: 0)
    let all = try files(Array(repeating: "color.png", count: 9)) + [broken]
    func read(_ files: [ImageFileDataset.File], allowed: Bool) throws -> Int {
      let set = ImageFileDataset(files, size: 16, allowsBroken: allowed)
      let loader = set.batches(
        .evaluation(count: files.count, batchSize: 4), augmentation: nil, seed: 0, workers: 1)
      var count = 0
      while let batch = try loader.next() { count += batch.count }
      return count
    }
    let error = #expect(throws: DataError.self) { try read(all, allowed: false) }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(
      sentence.contains("photographs: 1 of 10 images are broken, the first \(broken.path)"),
      "\(sentence)")
    #expect(try read(all, allowed: true) == 9)
    #expect(throws: DataError.self) { try read([broken], allowed: true) }
    // A whole batch of an evaluation may be broken: nobody counts its batches.
    let good = all.dropLast()
    let neighbors = Array(good.prefix(4)) + Array(repeating: broken, count: 8) + good.prefix(3)
    #expect(try read(neighbors, allowed: true) == 7)
    // In training its place is taken by an image that can be read, where there is one.
    func train(_ files: [ImageFileDataset.File]) throws -> [Int64] {
      let set = ImageFileDataset(files, size: 16, allowsBroken: true)
      let loader = set.batches(
        .training(count: 2, batchSize: 1, seed: 1), augmentation: nil, seed: 0, workers: 1)
      return try (0..<2).compactMap { _ in try loader.next()?.labels[0] }
    }
    #expect(try train([good[3], broken]) == [3, 3])
    #expect(throws: DataError.self) { try train([broken, broken]) }
  }
}

@Suite struct `A folder of photographs` {
  private func folder(_ names: [String]) throws -> TemporaryDirectory {
    let folder = TemporaryDirectory()
    for (index, name) in names.enumerated() {
      for part in ["train/a", "train/b", "test/a"] {
        let target = folder.url.appendingPathComponent("\(part)/\(index)-\(name)")
        try FileManager.default.createDirectory(
          at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: try ImageFixture.path(name), toPath: target.path)
      }
    }
    return folder
  }

  @Test(arguments: [
    // Of several sizes: left in their files. Half of the images have a short side of 26: 32 pixels.
    (["color.png", "turned.png", "photo.jpg"], Int?.none, Int?.some(32)),
    (["photo.jpg"], nil, 224), (["photo.jpg"], 128, 128), (["photo.jpg"], 97, 97),
    (["color.png"], 97, 97), (["photo.jpg"], 96, nil), (["color.png", "photo.jpg"], 96, nil),
    (["color.png"], nil, nil),
  ])
  func `leaves large images and those of several sizes in their files, unless they become small`(
    names: [String], asked: Int?, crop: Int?
  ) throws {
    let folder = try folder(names)
    let data = try DataSource(named: folder.url.path).load(DataOptions(imageSize: asked))
    #expect((data.train as? ImageFileDataset)?.size == crop)
    #expect((data.test is ImageFileDataset) == (crop != nil))
    #expect(data.train.count == 2 * names.count && data.train.channels == 3)
    #expect(data.found.contains("photographs of") == (crop != nil))
  }

  @Test func `says how large they are, and what becomes of them`() throws {
    let folder = try folder(["color.png", "photo.jpg"])
    let data = try DataSource(named: folder.url.path).load(DataOptions(imageSize: 128))
    #expect(
      data.found
        == "an image folder: train/ and test/ with 2 classes; photographs of 37x26 to 320x240 pixels, cropped to 128x128"
    )
  }
}

@Suite struct `Photographs that are resized by a bicubic filter` {
  private struct Case: Decodable {
    let file: String
    let channels: Int
    let short: Int
    let size: Int
    let pixels: [UInt8]
  }

  /// The levels between the two filters are rounded to bytes, here after the columns and there after the rows.
  @Test func `are as Pillow makes them, to four levels and a half in the mean`() throws {
    let cases = try JSONDecoder().decode(
      [Case].self, from: Data(ImageFixture.bytes("bicubic.json")))
    #expect(cases.count == 4)
    for fixture in cases {
      let set = ImageFileDataset(
        try files([fixture.file]), size: fixture.size, channels: fixture.channels,
        cropShare: Double(fixture.size) / Double(fixture.short), interpolation: .bicubic)
      #expect(set.shortSide == fixture.short)
      let loader = set.batches(
        .evaluation(count: 1, batchSize: 1), augmentation: nil, seed: 0, workers: 1)
      let seen = pixels(try #require(try loader.next()), set)
      #expect(seen.count == fixture.pixels.count)
      let distances = zip(seen, fixture.pixels).map { abs(Int($0) - Int($1)) }
      let mean = Double(distances.reduce(0, +)) / Double(distances.count)
      #expect(
        (distances.max() ?? .max) <= 4 && mean < 0.6, "\(fixture.file) at \(fixture.short): \(mean)"
      )
      let plain = ImageFileDataset(
        try files([fixture.file]), size: fixture.size, channels: fixture.channels,
        cropShare: Double(fixture.size) / Double(fixture.short))
      let other = pixels(
        try #require(
          try plain.batches(
            .evaluation(count: 1, batchSize: 1), augmentation: nil, seed: 0, workers: 1
          ).next()), plain)
      #expect(other != seen, "another filter gives other pixels")
    }
  }

  @Test func `say so in what a model carries, and read it back`() throws {
    let set = ImageFileDataset(try files(["color.png"]), size: 14, interpolation: .bicubic)
    let known = Preprocessing(of: set, momentsOf: set)
    #expect(known.metadata["interpolation"] == "bicubic")
    #expect(Preprocessing(metadata: known.metadata) == known)
    var metadata = known.metadata
    metadata["interpolation"] = nil
    #expect(Preprocessing(metadata: metadata)?.interpolation == .bilinear, "as older files are")
    metadata["interpolation"] = "lanczos"
    #expect(Preprocessing(metadata: metadata) == nil)
    metadata = known.metadata
    (metadata["size"], metadata["resize"]) = ("20000x20000x3", "20000")
    #expect(Preprocessing(metadata: metadata) == nil, "1.2 GB for an image that nobody has")
  }
}
