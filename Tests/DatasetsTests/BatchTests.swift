import Foundation
import Randomness
import Synchronization
import Testing

@testable import Datasets

/// A buffer that holds what it was asked for.
private final class Asked: @unchecked Sendable {
  var samples: [Int32] = []
  var position = (epoch: -1, batch: -1)
}

private func loader(_ order: BatchOrder, workers: Int = 1) -> BatchLoader<Asked> {
  BatchLoader(order, workers: workers, makeBuffer: { Asked() }) { request, buffer in
    buffer.samples = Array(request.samples)
    buffer.position = (request.epoch, request.batch)
  }
}

@Suite struct `Batches` {
  @Test func `of an epoch hold every sample once, in an order of the epoch's own`() throws {
    let loader = loader(.training(count: 100, batchSize: 10, seed: 3))
    var epochs: [[Int32]] = []
    for _ in 0..<3 {
      epochs.append(try (0..<10).flatMap { _ in try #require(try loader.next()).samples })
    }
    for epoch in epochs { #expect(epoch.sorted() == Array(0..<100)) }
    #expect(Set(epochs).count == 3)
  }

  @Test(arguments: [(30, [20, 10]), (100, [20, 20, 20, 20, 20]), (500, [20, 20, 20, 20, 20])])
  func `of a part hold so many samples, drawn from all of them`(
    limit: Int, sizes: [Int]
  ) throws {
    let order = BatchOrder.part(of: 100, atMost: limit, batchSize: 20)
    #expect(order.batchesPerEpoch == sizes.count)
    let (loader, again) = (loader(order), loader(order))
    var samples: [[Int32]] = []
    while let batch = try loader.next() {
      samples.append(batch.samples)
      #expect(try again.next()?.samples == batch.samples)
    }
    #expect(samples.map(\.count) == sizes)
    #expect(Set(samples.joined()).count == min(limit, 100))
    // Of the hundred, thirty drawn at random lie in each third but once in a million.
    for third in [0..<33, 33..<66, 66..<100] as [Range<Int32>] {
      #expect(samples.joined().contains { third.contains($0) })
    }
  }

  @Test(arguments: [1, 2, 5]) func `are the same whatever the number of workers`(workers: Int)
    throws
  {
    let order = BatchOrder.training(count: 64, batchSize: 8, seed: 9)
    let (one, many) = (loader(order), loader(order, workers: workers))
    for _ in 0..<40 {
      let (a, b) = (try #require(try one.next()), try #require(try many.next()))
      #expect(a.samples == b.samples && a.position == b.position)
    }
  }

  @Test func `continue from anywhere as if they had begun at the beginning`() throws {
    let whole = loader(.training(count: 50, batchSize: 8, seed: 2))
    // 6 whole batches an epoch: batch 20 is the third of epoch 3.
    for _ in 0..<20 { _ = try whole.next() }
    let part = loader(.training(count: 50, batchSize: 8, seed: 2, epoch: 3, batch: 2))
    for _ in 0..<20 {
      #expect(try #require(try whole.next()).samples == #require(try part.next()).samples)
    }
  }

  @Test func `for evaluation end, with the rest in the last`() throws {
    let loader = loader(.evaluation(count: 25, batchSize: 10))
    var samples: [[Int32]] = []
    while let batch = try loader.next() { samples.append(batch.samples) }
    #expect(samples.map(\.count) == [10, 10, 5])
    #expect(samples.flatMap { $0 } == Array(0..<25))
    #expect(try loader.next() == nil)
  }

  @Test func `are not overwritten while they are in use`() throws {
    let loader = loader(.training(count: 1000, batchSize: 10, seed: 1), workers: 3)
    for _ in 0..<200 {
      let batch = try #require(try loader.next())
      let seen = batch.samples
      usleep(50)
      #expect(batch.samples == seen)
    }
  }

  @Test func `are ready before a slower consumer asks`() throws {
    let loader = loader(.training(count: 1000, batchSize: 10, seed: 1))
    _ = try loader.next()
    usleep(100_000)
    let before = loader.waits
    for _ in 0..<50 {
      _ = try loader.next()
      usleep(4_000)
    }
    // The machine may be busy with something else once in a while.
    #expect(loader.waits - before <= 5)
  }

  @Test func `use few buffers again and again`() throws {
    let made = Mutex(0)
    let loader = BatchLoader(
      .training(count: 100, batchSize: 10, seed: 1), ahead: 3,
      makeBuffer: {
        made.withLock { $0 += 1 }
        return Asked()
      }
    ) { _, _ in }
    for _ in 0..<500 { _ = try loader.next() }
    #expect(made.withLock { $0 } == 4)
  }

  @Test func `that cannot be made tell the consumer why`() throws {
    struct Broken: Error, Equatable { let batch: Int }
    let loader = BatchLoader(
      .training(count: 100, batchSize: 10, seed: 1), makeBuffer: { Asked() }
    ) { request, _ in
      if request.batch == 3 { throw Broken(batch: 3) }
    }
    for _ in 0..<3 { _ = try loader.next() }
    #expect(throws: Broken(batch: 3)) { try loader.next() }
  }

  /// Of 10 samples 3 to 5 are broken: a batch of 3 or 4 alone has 6 in its place, and one of all of them too.
  @Test(arguments: [1, 2, 3])
  func `of broken images alone have the next one that can be read`(batchSize: Int) throws {
    @Sendable func fill(_ request: BatchRequest, _ buffer: Asked) throws {
      buffer.samples = request.samples.filter { !(3...5).contains($0) }
      let broken = BrokenImage(path: "x", fault: .empty)
      if buffer.samples.isEmpty { throw DataError.noneLeft(folder: "x", broken: 3, of: 10, broken) }
    }
    func samples(_ order: BatchOrder, batches: Int) throws -> [[Int32]] {
      let loader = BatchLoader(order, makeBuffer: { Asked() }, fill: fill)
      return try (0..<batches).compactMap { _ in try loader.next()?.samples }
    }
    var order = BatchOrder.evaluation(count: 10, batchSize: batchSize)
    let ending = try samples(order, batches: 10)
    #expect(ending.joined().sorted() == [0, 1, 2, 6, 7, 8, 9], "each of an evaluation counts once")
    (order.isEndless, order.dropsLast) = (true, true)
    let endless = try samples(order, batches: 10 / batchSize)
    let asked = stride(from: 0, to: 10 - batchSize + 1, by: batchSize).map { Array($0..<($0 + batchSize)) }
    for (got, asked) in zip(endless, asked) {
      let readable = asked.filter { !(3...5).contains($0) }
      #expect(got.map(Int.init) == (readable.isEmpty ? [6] : readable))
    }
    #expect(endless.count == 10 / batchSize)
  }

  @Test func `carry boxes of varying number and masks`() throws {
    final class Scenes: @unchecked Sendable { var scenes: [Shapes.Scene] = [] }
    let loader = BatchLoader(
      .training(count: 40, batchSize: 4, seed: 1), workers: 2, makeBuffer: { Scenes() }
    ) { request, buffer in
      buffer.scenes = request.samples.map {
        Shapes.scene(size: 48, most: 5, seed: 7, index: Int($0))
      }
    }
    let scenes = try #require(try loader.next()).scenes
    #expect(scenes.count == 4)
    #expect(scenes.allSatisfy { $0.mask.count == 48 * 48 })
  }
}

@Suite struct `An augmentation` {
  private let image: [UInt8] = Array(1...12)  // 2 rows, 3 columns, 2 channels

  private func augmented(_ augmentation: Augmentation, index: Int) -> [UInt8] {
    var target = [UInt8](repeating: 99, count: 12)
    var stream = RandomStream(seed: 1, for: .augmentation, index: index)
    image.withUnsafeBufferPointer { source in
      target.withUnsafeMutableBufferPointer { target in
        augmentation.apply(
          source, to: PixelImage(pixels: target, height: 2, width: 3, channels: 2), mean: [7, 8],
          stream: &stream, in: AugmentationBuffers())
      }
    }
    return target
  }

  /// The image shifted and mirrored pixel by pixel, as one would on paper.
  private func expected(down: Int, right: Int, mirrored: Bool) -> [UInt8] {
    var result: [UInt8] = []
    for row in 0..<2 {
      for column in 0..<3 {
        let (y, x) = (row - down, (mirrored ? 2 - column : column) - right)
        for channel in 0..<2 {
          let inside = (0..<2).contains(y) && (0..<3).contains(x)
          result.append(inside ? image[(y * 3 + x) * 2 + channel] : 0)
        }
      }
    }
    return result
  }

  @Test func `none leaves the image as it is`() {
    #expect(augmented(.none, index: 0) == image)
  }

  @Test func `shifts and mirrors, every way and no other`() {
    let all = Set(
      (-1...1).flatMap { down in
        (-1...1).flatMap { right in
          [false, true].map { expected(down: down, right: right, mirrored: $0) }
        }
      })
    let seen = Set(
      (0..<500).map { augmented(Augmentation(cropPadding: 1, flips: true), index: $0) })
    #expect(seen == all)
  }

  @Test func `of more padding than there is image leaves black, not a crash`() {
    for index in 0..<200 { _ = augmented(Augmentation(cropPadding: 9), index: index) }
  }
}

@Suite struct `Shapes drawn from a seed` {
  @Test func `are the same for the same seed and index`() {
    let a = Shapes.scene(size: 32, most: 3, seed: 1, index: 5)
    #expect(a == Shapes.scene(size: 32, most: 3, seed: 1, index: 5))
    #expect(a != Shapes.scene(size: 32, most: 3, seed: 2, index: 5))
    #expect(a != Shapes.scene(size: 32, most: 3, seed: 1, index: 6))
  }

  @Test func `have boxes that hold their pixels, and masks of their kinds`() {
    for index in 0..<60 {
      let scene = Shapes.scene(size: 64, most: 4, seed: 3, index: index)
      for box in scene.boxes {
        #expect(0 <= box.left && box.left < box.right && box.right <= 64)
        #expect(0 <= box.top && box.top < box.bottom && box.bottom <= 64)
      }
      let kinds = Set(scene.boxes.map { UInt8($0.kind.rawValue + 1) })
      #expect(kinds.isSubset(of: Set(scene.mask)))
    }
  }

  @Test func `alone fill their box to its edges`() {
    for index in 0..<40 {
      let scene = Shapes.scene(size: 32, most: 1, seed: 4, index: index)
      guard let box = scene.boxes.first else { continue }
      let seen = scene.mask.indices.filter { scene.mask[$0] > 0 }
      #expect(seen.map { $0 % 32 }.min() == box.left)
      #expect(seen.map { $0 % 32 }.max() == box.right - 1)
      #expect(seen.map { $0 / 32 }.min() == box.top)
      #expect(seen.map { $0 / 32 }.max() == box.bottom - 1)
    }
  }

  @Test func `as a data set have every class about equally often`() {
    let data = Shapes.classification(train: 600, test: 60, seed: 1)
    #expect(data.train.count == 600 && data.test.count == 60)
    for kind in 0..<6 {
      let share = data.train.labels.filter { $0 == Int64(kind) }.count
      #expect((60...140).contains(share), "class \(kind): \(share) of 600")
    }
  }
}
