import Numbers
import Randomness

/// Which samples make up which batch.
public struct BatchOrder: Sendable, Hashable {
  /// Samples in the data set.
  public var count: Int
  /// Samples in a batch.
  public var batchSize: Int
  /// The seed of the order, or nil for the order in which the samples lie.
  public var seed: UInt64?
  /// The number of samples of the order that are used; nil for all of them.
  public var limit: Int?
  /// Whether the rest of an epoch that fills no batch is left out.
  public var dropsLast: Bool
  /// Whether another epoch follows each.
  public var isEndless: Bool
  /// The epoch to begin in.
  public var firstEpoch: Int
  /// The batch of that epoch to begin with.
  public var firstBatch: Int
  /// The class of each sample where all classes come equally often in an epoch; nil where each sample comes once.
  public var balancedLabels: [Int64]?
  /// Which part is read here: of training its slice of each batch, of an evaluation so many of the batches.
  public var share = Share.whole

  /// One of equal parts of a list, as several processes divide it.
  public struct Share: Sendable, Hashable {
    /// The part's number, from 0.
    public let index: Int
    /// The number of parts.
    public let count: Int

    /// The only part.
    public static let whole = Share(0, of: 1)

    /// Creates a part.
    ///
    /// - Precondition: there is a part of that number.
    public init(_ index: Int, of count: Int) {
      precondition(index >= 0 && index < count, "There is no part \(index) of \(count).")
      (self.index, self.count) = (index, count)
    }

    /// The part of so many; the parts follow one another, and differ by one at most.
    ///
    ///     Share(1, of: 3).part(of: 8)   // 3..<6
    public func part(of whole: Int) -> Range<Int> {
      (whole * index + count - 1) / count..<(whole * (index + 1) + count - 1) / count
    }
  }

  /// Returns the same order, of which a part is read.
  public func sharing(_ share: Share) -> BatchOrder {
    var order = self
    order.share = share
    return order
  }

  /// Training: shuffled anew in each epoch, whole batches only, for ever.
  ///
  /// - Parameter balancing: the class of each sample, where all are to come equally often.
  public static func training(
    count: Int, batchSize: Int, seed: UInt64, epoch: Int = 0, batch: Int = 0,
    balancing labels: [Int64]? = nil
  ) -> BatchOrder {
    BatchOrder(
      count: count, batchSize: batchSize, seed: seed, dropsLast: true, isEndless: true,
      firstEpoch: epoch, firstBatch: batch, balancedLabels: labels)
  }

  /// Evaluation: each sample once, in order.
  public static func evaluation(count: Int, batchSize: Int) -> BatchOrder {
    BatchOrder(
      count: count, batchSize: batchSize, seed: nil, dropsLast: false, isEndless: false,
      firstEpoch: 0, firstBatch: 0)
  }

  /// A part of an evaluation: so many samples drawn from all of them, the same ones each time.
  public static func part(of count: Int, atMost limit: Int, batchSize: Int) -> BatchOrder {
    var order = evaluation(count: count, batchSize: batchSize)
    (order.seed, order.limit) = (0, max(0, limit))
    return order
  }

  /// Batches in an epoch; at least 1 where there is a sample.
  public var batchesPerEpoch: Int {
    let count = min(count, limit ?? count)
    guard count > 0, batchSize > 0 else { return 0 }
    return dropsLast ? max(1, count / batchSize) : (count + batchSize - 1) / batchSize
  }

  /// Returns the samples of an epoch in order.
  func permutation(epoch: Int) -> [Int32] {
    var order = (0..<Int32(count)).map { $0 }
    guard let seed else { return order }
    var stream = RandomStream(seed: seed, for: .order, epoch: epoch)
    if let balancedLabels {
      order = Self.balanced(balancedLabels, epoch: epoch, stream: &stream)
    }
    order.shuffle(using: &stream)
    return Array(order.prefix(limit ?? count))
  }

  /// Returns the n-th batch from the beginning, or nil behind the end.
  func position(of number: Int) -> (epoch: Int, batch: Int)? {
    guard batchesPerEpoch > 0 else { return nil }
    guard isEndless else {
      let batch = firstBatch + number
      let mine = share.part(of: max(0, batchesPerEpoch - firstBatch))
      return mine.contains(number + mine.lowerBound) ? (firstEpoch, batch + mine.lowerBound) : nil
    }
    let absolute = firstBatch + number
    return (firstEpoch + absolute / batchesPerEpoch, absolute % batchesPerEpoch)
  }
}
