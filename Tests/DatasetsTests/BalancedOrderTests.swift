import Testing

@testable import Datasets

@Suite struct `An order in which classes come equally often` {
  /// 60 images of class 0, 9 of class 2, 3 of class 5; none of others.
  private let labels =
    [Int64](repeating: 0, count: 60) + [Int64](repeating: 2, count: 9) + [5, 5, 5]

  private func order(_ seed: UInt64 = 4, batchSize: Int = 8) -> BatchOrder {
    .training(count: labels.count, batchSize: batchSize, seed: seed, balancing: labels)
  }

  @Test func `has as many of each in an epoch, and as many as there are images`() {
    for epoch in 0..<5 {
      let samples = order().permutation(epoch: epoch)
      #expect(samples.count == 72)
      for label in [0, 2, 5] as [Int64] {
        #expect(samples.count { labels[Int($0)] == label } == 24)
      }
    }
  }

  @Test func `has each image of a class as often as the others, or one time more`() {
    let samples = order().permutation(epoch: 1)
    let counts = Dictionary(samples.map { ($0, 1) }, uniquingKeysWith: +)
    #expect((60..<69).allSatisfy { [2, 3].contains(counts[$0] ?? 0) }, "24 of 9")
    #expect((69..<72).allSatisfy { counts[$0] == 8 }, "24 of 3")
    #expect((0..<60).allSatisfy { (counts[$0] ?? 0) <= 1 }, "24 of 60")
  }

  @Test func `shows all images of a large class over some epochs`() {
    let seen = Set((0..<20).flatMap { order().permutation(epoch: $0) })
    #expect(seen.count == 72)
  }

  @Test func `gives the rest of a division to another class in each epoch`() {
    let uneven: [Int64] = [0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2]
    let order = BatchOrder.training(count: 11, batchSize: 1, seed: 1, balancing: uneven)
    let counts = (0..<3).map { epoch in
      let samples = order.permutation(epoch: epoch)
      return (0..<3 as Range<Int64>).map { label in samples.count { uneven[Int($0)] == label } }
    }
    #expect(counts.allSatisfy { $0.sorted() == [3, 4, 4] })
    #expect((0..<3).allSatisfy { label in counts.map { $0[label] }.reduce(0, +) == 11 })
  }

  @Test func `follows from seed and epoch alone`() {
    var (whole, later) = (BatchRequests(order()), BatchRequests(order()))
    let all = (0..<30).compactMap { _ in whole.next() }
    for _ in 0..<13 { _ = later.next() }
    var from = order()
    (from.firstEpoch, from.firstBatch) = (1, 4)
    var resumed = BatchRequests(from)
    for index in 13..<30 {
      let (one, other) = (later.next(), resumed.next())
      #expect(one?.samples == all[index].samples && other?.samples == all[index].samples)
      #expect(Array(other?.rounds ?? []) == Array(all[index].rounds ?? []))
    }
    #expect(order(5).permutation(epoch: 0) != order(4).permutation(epoch: 0))
  }

  /// The same image twice in an epoch would be the same picture twice.
  @Test func `augments an image anew each time that it comes in an epoch`() throws {
    let set = ImageSet(
      height: 6, width: 6, channels: 1, pixels: (0..<72 * 36).map { UInt8(truncatingIfNeeded: $0) },
      labels: labels)
    let loader = set.batches(
      order(batchSize: 72), augmentation: Augmentation(cropPadding: 4, flips: true), seed: 1,
      workers: 1)
    let batch = try #require(try loader.next())
    let pictures = (0..<72).filter { batch.samples[$0] == 70 }.map {
      Array(batch.slot($0, size: 36))
    }
    #expect(pictures.count == 8)
    // Of 162 shifts and mirrors eight drawn at random are at least five different ones, but once in ten thousand.
    #expect(Set(pictures).count >= 5)
  }

  @Test func `reads in each process its slice of every batch`() {
    var whole = BatchRequests(order())
    var parts = (0..<3).map { BatchRequests(order().sharing(.init($0, of: 3))) }
    for _ in 0..<20 {
      let all = whole.next()?.samples ?? []
      let together = parts.indices.flatMap { Array(parts[$0].next()?.samples ?? []) }
      #expect(together == Array(all))
    }
  }
}
