import Numbers
import Randomness

extension BatchOrder {
  /// Returns the samples of an epoch in which every class comes equally often, or one time more than others.
  ///
  /// There are as many as samples. A class is gone through in a new order again and again, until it has come often enough,
  /// so that each of its samples comes as often as the others, or one time more. Which classes come one time more
  /// changes from epoch to epoch.
  static func balanced(
    _ labels: [Int64], epoch: Int, stream: inout RandomStream
  ) -> [Int32] {
    let classes = Dictionary(grouping: labels.indices.map { Int32($0) }) { labels[Int($0)] }
      .sorted { $0.key < $1.key }.map(\.value)
    guard !classes.isEmpty else { return [] }
    let (share, rest) = labels.count.quotientAndRemainder(dividingBy: classes.count)
    var drawn: [Int32] = []
    drawn.reserveCapacity(labels.count)
    for (number, members) in classes.enumerated() {
      let turn = (number + epoch % classes.count * rest) % classes.count
      var left = share + (turn < rest ? 1 : 0)
      while left > 0 {
        drawn += members.shuffled(using: &stream).prefix(left)
        left -= min(left, members.count)
      }
    }
    return drawn
  }

  /// How often each of an epoch's samples came before in it; nil where none comes twice.
  func rounds(of permutation: [Int32]) -> [Int32]? {
    guard balancedLabels != nil else { return nil }
    var counts = [Int32](repeating: 0, count: count)
    return permutation.map { sample in
      defer { counts[Int(sample)] += 1 }
      return counts[Int(sample)]
    }
  }
}

/// The batches of an order, one after another.
public struct BatchRequests: IteratorProtocol {
  private struct Epoch {
    let number: Int
    let order: [Int32]
    let rounds: [Int32]?
  }

  private let order: BatchOrder
  private var number = 0
  private var epochs: [Epoch] = []

  /// Begins at the order's first batch.
  public init(_ order: BatchOrder) { self.order = order }

  /// Returns what the next batch is made of; nil behind the end.
  public mutating func next() -> BatchRequest? {
    guard let position = order.position(of: number) else { return nil }
    number += 1
    let epoch = epoch(position.epoch)
    let start = position.batch * order.batchSize
    let whole = min(order.batchSize, epoch.order.count - start)
    let part = order.isEndless ? order.share.part(of: whole) : 0..<whole
    let range = start + part.lowerBound..<start + part.upperBound
    return BatchRequest(
      epoch: position.epoch, batch: position.batch, samples: epoch.order[range],
      rounds: epoch.rounds?[range])
  }

  private mutating func epoch(_ number: Int) -> Epoch {
    if let known = epochs.first(where: { $0.number == number }) { return known }
    let permutation = order.permutation(epoch: number)
    let epoch = Epoch(number: number, order: permutation, rounds: order.rounds(of: permutation))
    epochs = epochs.suffix(1) + [epoch]
    return epoch
  }
}
