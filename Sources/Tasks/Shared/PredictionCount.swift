import Datasets

/// How many files became predictions, and how many could not be read.
public struct PredictionCount: Sendable, Hashable {
  /// Files with a prediction.
  public var predicted = 0
  /// Files that were left out.
  public var broken = 0

  /// Creates a count of nothing.
  public init() {}

  /// Predicts image files, a few batches of them at a time, so that the memory does not grow with their number.
  ///
  /// - Parameters:
  ///   - open: starts to read some of the files, and says which of them could not be read.
  ///   - onBroken: is told of files that cannot be read; they have no prediction.
  ///   - onBatch: takes a batch, the files that are being read, and the number of those before them; returns how
  ///     many it predicted.
  static func counting<Batch>(
    _ paths: some Sequence<String>, batchSize: Int, onBroken: (BrokenImage) -> Void,
    open: ([String]) -> (loader: BatchLoader<Batch>, broken: () -> [BrokenImage]),
    onBatch: (Batch, _ files: [String], _ before: Int) throws -> Int
  ) throws -> PredictionCount {
    var count = PredictionCount()
    var paths = paths.makeIterator()
    var before = 0
    while true {
      var some: [String] = []
      while some.count < 8 * batchSize, let path = paths.next() { some.append(path) }
      guard !some.isEmpty else { return count }
      let (loader, broken) = open(some)
      while let batch = try loader.next() { count.predicted += try onBatch(batch, some, before) }
      before += some.count
      let left = broken()
      count.broken += left.count
      left.forEach(onBroken)
    }
  }
}
