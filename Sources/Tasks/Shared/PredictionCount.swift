import Datasets
import Torch

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
  /// Of several processes each predicts its share of those batches, and process 0 has the files' names and takes the
  /// predictions.
  ///
  /// - Parameters:
  ///   - open: starts to read this process's share of some files, and says which could not be read.
  ///   - onBroken: is called with files that cannot be read; they have no prediction.
  ///   - predict: predicts a batch, of the files that are being read and the number of those before them.
  ///   - onPredictions: takes predictions in the order of the files.
  static func counting<Batch, Prediction: Codable>(
    _ paths: some Sequence<String>, batchSize: Int, onBroken: (BrokenImage) -> Void,
    open: ([String]) -> (loader: BatchLoader<Batch>, broken: () -> [BrokenImage]),
    predict: (Batch, _ files: [String], _ before: Int) throws -> [Prediction],
    onPredictions: ([Prediction]) throws -> Void
  ) throws -> PredictionCount {
    var count = PredictionCount()
    var paths = paths.makeIterator()
    var before = 0
    func take(_ predictions: [Prediction], _ broken: [BrokenImage]) throws {
      count.predicted += predictions.count
      count.broken += broken.count
      guard ProcessGroup.isFirst else { return }
      if !predictions.isEmpty { try onPredictions(predictions) }
      broken.forEach(onBroken)
    }
    while true {
      let some = try ProcessGroup.broadcastFromFirst {
        var some: [String] = []
        while some.count < 8 * batchSize, let path = paths.next() { some.append(path) }
        return some
      }
      guard !some.isEmpty else { return count }
      let (loader, broken) = open(some)
      var own: [Prediction] = []
      while let batch = try loader.next() {
        let predictions = try predict(batch, some, before)
        // One process keeps none of them.
        if ProcessGroup.current == nil { try take(predictions, []) } else { own += predictions }
      }
      before += some.count
      let all = try ProcessGroup.allGather(Outcome(predictions: own, broken: broken()))
      try take(all.flatMap(\.predictions), all.flatMap(\.broken))
    }
  }

  /// What a process made of its share of some files.
  private struct Outcome<Prediction: Codable>: Codable {
    let predictions: [Prediction]
    let broken: [BrokenImage]
  }
}
