import Testing

@testable import Datasets

@Suite("A share of a batch order")
struct BatchShareTests {
  private final class Samples: @unchecked Sendable { var samples: [Int32] = [] }

  private func read(_ order: BatchOrder, batches: Int) throws -> [[Int32]] {
    let loader = BatchLoader(order, makeBuffer: Samples.init) { request, buffer in
      buffer.samples = Array(request.samples)
    }
    var found: [[Int32]] = []
    while found.count < batches, let next = try loader.next() { found.append(next.samples) }
    return found
  }

  @Test(
    "of training is a slice of each batch, all of which are the batch", arguments: [1, 2, 3, 5])
  func training(count: Int) throws {
    let order = BatchOrder.training(count: 23, batchSize: 7, seed: 4, epoch: 1, batch: 2)
    let whole = try read(order, batches: 8)
    let parts = try (0..<count).map { try read(order.sharing(.init($0, of: count)), batches: 8) }
    for batch in 0..<8 {
      #expect(parts.flatMap { $0[batch] } == whole[batch])
      let sizes = parts.map { $0[batch].count }
      #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
    }
  }

  @Test("of an evaluation is a stretch of its batches", arguments: [1, 2, 3, 5])
  func evaluation(count: Int) throws {
    for order in [
      BatchOrder.evaluation(count: 23, batchSize: 7), .part(of: 40, atMost: 11, batchSize: 4),
      .evaluation(count: 0, batchSize: 4),
    ] {
      let whole = try read(order, batches: 99)
      let parts = try (0..<count).map { try read(order.sharing(.init($0, of: count)), batches: 99) }
      #expect(parts.flatMap(\.self) == whole)
    }
  }
}
