import Foundation
import Masks
import Randomness
import Testing

@testable import Datasets

/// Images made in memory, of several sizes, with instances.
private struct Drawn: MaskSource {
  let sizes: [ImageSize]

  func read(_ index: Int, by decoder: ImageDecoder) throws(ImageFault) -> MaskedImage {
    let size = sizes[index]
    if size.width == 13 { throw .damaged("as the test wants it") }
    // The mask says where a pixel lies, and so does its color.
    let labels = (0..<size.area).map { UInt16($0) }
    return MaskedImage(
      pixels: MaskDirectory.pixels(size.width, size.height),
      mask: LabelMap(width: size.width, height: size.height, labels: labels))
  }

  func path(of index: Int) -> String { "drawn \(index)" }

  func set(allowsBroken: Bool = false, maximumInMemory: Int = 1 << 20) -> SegmentationDataset {
    SegmentationDataset(
      self, name: "drawn", classNames: ["background", "object"], isInstance: true,
      names: sizes.indices.map { "\($0)" }, sizes: sizes, pixelCounts: [0, 1],
      allowsBroken: allowsBroken, maximumInMemory: maximumInMemory)
  }
}

private func image(_ width: Int, _ height: Int) throws -> MaskedImage {
  try Drawn(sizes: [ImageSize(width: width, height: height)]).read(0, by: ImageDecoder())
}

/// A crop's pixels and labels.
private func cut(
  _ image: MaskedImage, size: Int, _ map: CropMap
) -> (pixels: [UInt8], labels: [UInt16]) {
  var pixels = [UInt8](repeating: 0, count: size * size * 3)
  let mask = pixels.withUnsafeMutableBufferPointer {
    CropCutter().cut(image, size: size, by: map, to: $0)
  }
  return (pixels, mask.labels)
}

extension CropMap {
  /// A map of so many pixels to the right and down.
  fileprivate init(left: Float, top: Float) {
    var stream = RandomStream(seed: 1, for: .augmentation)
    self.init(.none, size: 4, of: ImageSize(width: 4, height: 4), stream: &stream)
    (c, f) = (left, top)
  }
}

@Suite struct `A crop` {
  @Test func `that nothing is done to has the image's own pixels, from anywhere in it`() throws {
    let image = try image(20, 17)
    var positions: Set<Int> = []
    for index in 0..<200 {
      var stream = RandomStream(seed: 5, for: .augmentation, index: index)
      let map = CropMap(
        .none, size: 6, of: ImageSize(width: 20, height: 17), stream: &stream)
      let (pixels, labels) = cut(image, size: 6, map)
      let first = Int(labels[0])
      positions.insert(first)
      for index in 0..<36 {
        let from = first + index / 6 * 20 + index % 6
        #expect(Int(labels[index]) == from)
        #expect(
          Array(pixels[(3 * index)..<(3 * index + 3)])
            == Array(image.pixels[(3 * from)..<(3 * from + 3)]))
      }
    }
    // There are 15 by 12 places, and a good part of them is seen.
    #expect(positions.count > 80)
  }

  @Test func `larger than its image holds all of it, mirrored beyond, where the mask is ignored`()
    throws
  {
    let image = try image(3, 2)
    let (pixels, labels) = cut(image, size: 7, CropMap(left: -2, top: -3))
    let ignored = LabelMap.ignored
    #expect(Array(labels[21..<28]) == [ignored, ignored, 0, 1, 2, ignored, ignored])
    #expect(Array(labels[28..<35]) == [ignored, ignored, 3, 4, 5, ignored, ignored])
    #expect(labels.count { $0 != ignored } == 6)
    // NumPy's pad with 'reflect': 2 1 0 1 2 1 0 to both sides, and 1 0 1 0 1 0 1 up and down.
    let columns = stride(from: 0, to: 21, by: 3).map { Int(pixels[$0]) / 5 }
    #expect(columns == [2, 1, 0, 1, 2, 1, 0])
    let rows = stride(from: 1, to: 147, by: 21).map { Int(pixels[$0]) / 5 }
    #expect(rows == [1, 0, 1, 0, 1, 0, 1])
    for index in 0..<50 {
      var stream = RandomStream(seed: 5, for: .augmentation, index: index)
      let map = CropMap(.none, size: 7, of: ImageSize(width: 3, height: 2), stream: &stream)
      #expect(cut(image, size: 7, map).labels.count { $0 != ignored } == 6)
    }
  }

  @Test func `that is mirrored and rotated is one of the eight views of its part, exactly`() throws {
    let image = try image(5, 5)
    let augmentation = MaskAugmentation(flips: true, rotates90: true)
    var views: Set<[UInt16]> = []
    for index in 0..<200 {
      var stream = RandomStream(seed: 2, for: .augmentation, index: index)
      let map = CropMap(
        augmentation, size: 5, of: ImageSize(width: 5, height: 5), stream: &stream)
      let (pixels, labels) = cut(image, size: 5, map)
      #expect(labels.sorted() == (0..<25).map { UInt16($0) })
      for (index, label) in labels.enumerated() {
        #expect(pixels[3 * index] == image.pixels[3 * Int(label)])
      }
      views.insert(labels)
    }
    #expect(views.count == 8)
  }

  @Test(arguments: [(true, false), (false, true), (true, true)])
  func `that is mirrored across or down is as often one as the other`(across: Bool, down: Bool)
    throws
  {
    let image = try image(2, 2)
    var counts: [[UInt16]: Int] = [:]
    for index in 0..<400 {
      var stream = RandomStream(seed: 2, for: .augmentation, index: index)
      let map = CropMap(
        MaskAugmentation(flips: across, verticalFlips: down), size: 2,
        of: ImageSize(width: 2, height: 2), stream: &stream)
      counts[cut(image, size: 2, map).labels, default: 0] += 1
    }
    let views: [[UInt16]] =
      [[0, 1, 2, 3]] + (across ? [[1, 0, 3, 2]] : []) + (down ? [[2, 3, 0, 1]] : [])
      + (across && down ? [[3, 2, 1, 0]] : [])
    #expect(Set(counts.keys) == Set(views))
    // Four deviations of a binomial count.
    let share = 1 / Double(views.count)
    let reach = 4 * (400 * share * (1 - share)).squareRoot()
    #expect(counts.values.allSatisfy { abs(Double($0) - 400 * share) < reach }, "\(counts)")
  }

  @Test func `of photographs are mirrored across alone, of what has no up both ways`() {
    #expect(MaskAugmentation.upright.flips && !MaskAugmentation.upright.verticalFlips)
    #expect(MaskAugmentation.default.flips && MaskAugmentation.default.verticalFlips)
    #expect(
      MaskAugmentation.default.descriptions == [
        "half flipped horizontally, half flipped vertically", "rotated by multiples of 90 degrees",
        "rotated by up to 15 degrees", "scaled by 0.8 to 1.25",
        "elastic deformation of about 4 pixels",
        "brightness by up to 0.2", "contrast by up to 0.2", "saturation by up to 0.2",
      ])
    #expect(MaskAugmentation.none.descriptions.isEmpty)
  }

  @Test func `lies between pixels where it is moved by a part of one, and its mask at the nearest`()
    throws
  {
    let image = try image(8, 8)
    let (pixels, labels) = cut(image, size: 4, CropMap(left: 1.25, top: 2.5))
    // Red is five times the column: 1.25 gives 6.25, and green 12.5.
    #expect(pixels[0] == 6 && (pixels[1] == 12 || pixels[1] == 13))
    #expect(labels[0] == 3 * 8 + 1)
  }

  @Test func `moves image and mask by the same map, whatever is done`() throws {
    let image = try image(48, 48)
    for index in 0..<20 {
      var stream = RandomStream(seed: 4, for: .augmentation, index: index)
      let augmentation = MaskAugmentation(
        flips: true, rotates90: true, rotation: 30, scale: 0.7...1.4, elastic: 3, elasticGrid: 16)
      let map = CropMap(
        augmentation, size: 24, of: ImageSize(width: 48, height: 48), stream: &stream)
      let (pixels, labels) = cut(image, size: 24, map)
      for (index, label) in labels.enumerated() where label != LabelMap.ignored {
        let (column, row) = (Int(label) % 48, Int(label) / 48)
        #expect(abs(Int(pixels[3 * index]) - 5 * column) <= 3)
        #expect(abs(Int(pixels[3 * index + 1]) - 5 * row) <= 3)
      }
    }
  }

  @Test func `is scaled and rotated as far as is allowed, and the deformation has its deviation`() {
    let augmentation = MaskAugmentation(rotation: 20, scale: 0.5...2, elastic: 5)
    var (scales, angles, moves): ([Float], [Float], [Float]) = ([], [], [])
    for index in 0..<400 {
      var stream = RandomStream(seed: 6, for: .augmentation, index: index)
      let map = CropMap(
        augmentation, size: 64, of: ImageSize(width: 300, height: 300), stream: &stream)
      let step = (map.a * map.a + map.d * map.d).squareRoot()
      scales.append(1 / step)
      angles.append(atan2(-map.d, map.a) * 180 / .pi)
      moves += (map.grid?.right ?? []).map { $0 / step }
    }
    #expect(scales.allSatisfy { (0.499...2.001).contains($0) })
    #expect(angles.allSatisfy { abs($0) <= 20.001 } && angles.contains { $0 > 18 })
    // As many are made larger as smaller.
    #expect((150...250).contains(scales.count { $0 > 1 }))
    let square = moves.reduce(0) { $0 + $1 * $1 } / Float(moves.count)
    #expect(abs(square.squareRoot() - 5) < 0.2)
  }

  @Test func `has a smooth deformation, which a grid of equal displacements makes a shift`() {
    var stream = RandomStream(seed: 6, for: .augmentation)
    let grid = ElasticGrid(size: 40, spacing: 16, deviation: 4, stream: &stream)
    #expect(grid.weights.allSatisfy { abs($0.sum() - 1) < 1e-6 })
    var (x, y) = ([Float](repeating: 0, count: 40), [Float](repeating: 0, count: 40))
    var points = [SIMD2<Float>](repeating: .zero, count: grid.across)
    x.withUnsafeMutableBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        points.withUnsafeMutableBufferPointer { grid.add(row: 9, toX: x, y: y, points: $0) }
      }
    }
    let steps = zip(x, x.dropFirst()).map { abs($1 - $0) }
    #expect((steps.max() ?? 9) < 1 && (x.map(abs).max() ?? 0) > 0.1)
  }
}

@Suite struct `Batches of crops` {
  private static let drawn = Drawn(
    sizes: (0..<9).map { ImageSize(width: 20 + 3 * $0, height: 40 - 2 * $0) })
  private static let options = CropOptions(
    size: 24, target: .borders(BorderTarget(width: 1)), weights: BorderWeights(),
    augmentation: .default)

  private func batches(
    _ set: SegmentationDataset, workers: Int, epoch: Int = 0, batch: Int = 0, seed: UInt64 = 3,
    count: Int = 5
  ) throws -> [[UInt8]] {
    let order = BatchOrder.training(
      count: 2 * set.count, batchSize: 4, seed: seed, epoch: epoch, batch: batch)
    let loader = set.crops(order, Self.options, seed: seed, workers: workers)
    return try (0..<count).map { _ in
      let batch = try #require(try loader.next())
      #expect(batch.count == 4)
      let weights = try #require(batch.weights)
      return Array(batch.pixels) + Array(batch.targets) + weights.map { UInt8($0) }
        + batch.samples.map(UInt8.init)
    }
  }

  @Test func `follow from seed and place alone, on any number of threads, kept in memory or not`()
    throws
  {
    let set = Self.drawn.set()
    #expect(set.isInMemory && !Self.drawn.set(maximumInMemory: 10).isInMemory)
    let one = try batches(set, workers: 1, count: 8)
    #expect(try batches(set, workers: 3, count: 8) == one)
    #expect(try batches(Self.drawn.set(maximumInMemory: 10), workers: 2, count: 8) == one)
    // There are four batches in an epoch; a resumed run begins with the sixth.
    #expect(try batches(set, workers: 1, epoch: 1, batch: 1, count: 3) == Array(one[5...]))
    #expect(try batches(set, workers: 1, seed: 4, count: 8) != one)
  }

  @Test func `have 255 and the weight 0 where nothing is known`() throws {
    let set = Drawn(sizes: [ImageSize(width: 10, height: 10)]).set()
    let loader = set.crops(
      .training(count: 1, batchSize: 1, seed: 1),
      CropOptions(size: 16, target: .classes, weights: BorderWeights()), seed: 1, workers: 1)
    let batch = try #require(try loader.next())
    let weights = try #require(batch.weights)
    #expect(batch.targets.count { $0 == 255 } == 156)
    #expect(weights.count { $0 == 0 } == 156)
    #expect(batch.targets.count { $0 == 1 } == 99)
  }

  @Test func `leave out broken images, until they are too many`() throws {
    let sizes = [ImageSize](repeating: ImageSize(width: 8, height: 8), count: 150)
    let one = Drawn(sizes: [ImageSize(width: 13, height: 8)] + sizes)
    let loader = one.set().crops(
      .evaluation(count: 151, batchSize: 151), CropOptions(size: 8), seed: 1, workers: 1)
    let batch = try #require(try loader.next())
    #expect(batch.count == 150 && batch.samples[0] == 1)
    let half = Drawn(sizes: [ImageSize(width: 13, height: 8), ImageSize(width: 8, height: 8)])
    let order = BatchOrder.evaluation(count: 2, batchSize: 2)
    #expect(throws: DataError.self) {
      try half.set().crops(order, CropOptions(size: 8), seed: 1, workers: 1).next()
    }
    let allowed = half.set(allowsBroken: true)
    #expect(try allowed.crops(order, CropOptions(size: 8), seed: 1, workers: 1).next()?.count == 1)
    #expect(allowed.broken.map(\.path) == ["drawn 0"])
    let whole = allowed.whole(.evaluation(count: 2, batchSize: 1), workers: 1)
    #expect(try whole.next()?.image == nil)
    let second = try #require(try whole.next())
    #expect(second.index == 1 && second.image?.width == 8)
    #expect(try whole.next() == nil)
  }
}

@Suite struct `Shapes with masks` {
  @Test func `are drawn anew the same, with their classes and a background`() throws {
    let data = ShapesWithMasks.data(train: 6, test: 3, size: 48, seed: 2)
    #expect(
      data.classNames == ["background", "circle", "square", "triangle", "star", "cross", "ring"])
    #expect(data.train.count == 6 && data.test.count == 3)
    #expect(data.train.pixelCounts.reduce(0, +) == 6 * 48 * 48)
    let (first, again) = (
      try data.test.read(0),
      try ShapesWithMasks.data(
        train: 6, test: 3, size: 48, seed: 2
      ).test.read(0)
    )
    #expect(first == again && first.mask.highest <= 6 && first.mask.highest > 0)
    #expect(data.train.mean.allSatisfy { (0.2...0.8).contains($0) })
  }
}
