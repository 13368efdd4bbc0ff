import Foundation
import Metrics
import Settings
import TestSupport
import Testing
import Torch
import Tuning
import Vision

@testable import Datasets
@testable import Tasks
@testable import Training

/// What some updates leave.
private struct Trained: Sendable, Equatable {
  /// All weights at the end.
  var weights: [Float] = []
  /// The loss of each update.
  var losses: [Double] = []
  /// The bits of all weights after each update, in short, as this process hashes them.
  var digests: [Int] = []
}

/// Trains a task from its beginning, by whichever processes there are.
private func train<Task: TrainingTask>(
  _ task: Task, updates: Int, batchSize: Int, accumulate: Int = 1, clip: Double? = nil,
  unfreezing: Int? = nil,
  rate: Double = 0.01
) throws -> Trained {
  let optimizer = SGD(
    [
      ParameterGroup(
        parameters: task.model.namedParameters, learningRate: rate, momentum: 0.9,
        weightDecay: 1e-4)
    ], nesterov: true)
  let first = task.model.namedParameters[0].1
  if unfreezing != nil { first.isFrozen = true }
  let updater = try Updater(
    task: task, optimizer: optimizer,
    options: UpdateOptions(accumulate: accumulate, clipNorm: clip),
    from: BatchPosition(seed: 3, batchSize: batchSize))
  var trained = Trained()
  for update in 1...updates {
    let output = try #require(try updater.update(number: update))
    trained.losses.append(output.total.item())
    trained.weights = task.model.namedParameters.flatMap { $0.1.value.floats() }
    var hasher = Hasher()
    trained.weights.withUnsafeBytes { hasher.combine(bytes: $0) }
    trained.digests.append(hasher.finalize())
    if update == unfreezing { first.isFrozen = false }
  }
  return trained
}

/// The largest difference between two lists, as a share of the largest number.
private func difference(_ one: [Float], _ other: [Float]) -> Float {
  guard one.count == other.count, let largest = other.map(abs).max(), largest > 0 else {
    return .infinity
  }
  return (zip(one, other).map { abs($0 - $1) }.max() ?? .infinity) / largest
}

/// Checks that several processes train as one does with the same batches, that all have the same bits, and that they
/// have them again.
private func expectTheSame(
  sizes: [Int] = [2, 3], to tolerance: Float = 1e-5,
  _ body: @escaping @Sendable () throws -> Trained
) throws {
  try Library.setThreads(1)
  let one = try body()
  for size in sizes {
    let all = try members(size, body)
    #expect(all.count == size)
    for other in all.dropFirst() {
      #expect(other.digests == all[0].digests, "the bits of \(size) processes")
      #expect(other.losses == all[0].losses)
    }
    #expect(difference(all[0].weights, one.weights) < tolerance, "\(size) processes")
    let losses = (all[0].losses.map(Float.init), one.losses.map(Float.init))
    #expect(difference(losses.0, losses.1) < 1e-4, "\(losses)")
    if size == 2 { #expect(try members(size, body)[0].digests == all[0].digests, "once more") }
  }
}

@Suite(.serialized) struct `Several processes` {
  @Test func `learn classes as one process does`() throws {
    try expectTheSame { try train(smallClassification(), updates: 50, batchSize: 7) }
  }

  /// A process that could not read one of its images has a smaller part of the mean.
  @Test func `learn from the images that can be read as one process does`() throws {
    let directory = TemporaryDirectory()
    for number in 0..<24 {
      let pixels = (0..<16 * 16 * 3).map { UInt8(($0 * (number + 3)) % 251) }
      let png = pixels.withUnsafeBufferPointer {
        PNG.encoded($0, width: 16, height: 16, channels: 3)
      }
      let file = directory.url("train/\(number % 2 == 0 ? "cat" : "dog")/\(number).png")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try (number == 5 ? png.prefix(2 * png.count / 3) : png).write(to: file)
    }
    let path = directory.url.path
    try expectTheSame(sizes: [2]) {
      let data = try DataSource(named: path).load(
        DataOptions(imageSize: 12, arePhotographs: true, allowsBroken: true))
      let network = Sequential([
        Convolution(3, 8, kernel: 3, stride: 2, bias: true), ReLU(),
        Function { $0.flattened(from: 1) }, Linear(8 * 36, 2),
      ])
      network.initialize(seed: 1)
      let task = ClassificationTask(
        network: network, data: data, augmentation: .none, labelSmoothing: 0.1, device: .cpu)
      let trained = try train(task, updates: 12, batchSize: data.train.count / 2)
      if ProcessGroup.current == nil { #expect(data.train.broken.count == 1) }
      return trained
    }
  }

  @Test func `add up several batches, clip and unfreeze as one process does`() throws {
    try expectTheSame {
      try train(
        smallClassification(), updates: 20, batchSize: 5, accumulate: 2, clip: 0.5, unfreezing: 6)
    }
  }

  @Test func `learn masks as one process does`() throws {
    try expectTheSame { try train(smallSegmentation(), updates: 50, batchSize: 5) }
  }

  @Test func `learn masks by focal loss of several batches as one process does`() throws {
    try expectTheSame(sizes: [2]) {
      try train(smallSegmentation("focal+dice"), updates: 20, batchSize: 3, accumulate: 3)
    }
  }

  @Test func `learn boxes as one process does`() throws {
    try expectTheSame { try train(smallDetection(), updates: 50, batchSize: 4, rate: 0.001) }
  }

  @Test func `learn boxes as one process does, where each image counts alike`() throws {
    try expectTheSame(sizes: [2]) {
      try train(smallDetection(averagesImages: true), updates: 10, batchSize: 3, rate: 0.001)
    }
  }

  @Test func `have the same bits with batch norms of each process's own statistics`() throws {
    let all = try members(3) {
      let task = smallClassification(norms: true)
      let trained = try train(task, updates: 10, batchSize: 7)
      func statistics() -> [Float] { task.model.statistics.flatMap { $0.floats() } }
      let own = statistics()
      _ = try evaluate(task)
      let shared = statistics()
      _ = try evaluate(task)
      return (trained.digests, own, shared, statistics())
    }
    #expect(all[1].0 == all[0].0 && all[2].0 == all[0].0)
    #expect(all[0].1 != all[1].1)
    for member in all {
      #expect(member.2 == all[0].2, "averaged before an evaluation")
      #expect(member.3 == member.2, "and left as they are by the next")
    }
    for index in all[0].2.indices {
      let mean = all.map { Double($0.1[index]) }.reduce(0, +) / 3
      #expect(abs(Double(all[0].2[index]) - mean) <= 1e-6 * max(1, abs(mean)))
    }
  }

  @Test func `learn by batch norms of all images as one process does`() throws {
    // That of one process has another order of its sums.
    try expectTheSame(to: 1e-4) {
      let task = smallClassification(norms: true)
      task.model.synchronizeBatchNorms()
      var trained = try train(task, updates: 20, batchSize: 7)
      trained.weights += task.model.statistics.flatMap { $0.floats() }
      return trained
    }
  }

  // MARK: Evaluation

  private func expectTheSameScore(
    exactly: Bool = false, sizes: [Int] = [2, 3],
    _ body: @escaping @Sendable () throws -> [MetricValue]
  ) throws {
    try Library.setThreads(1)
    let one = try body()
    for size in sizes {
      for values in try members(size, body) {
        #expect(values.map(\.name) == one.map(\.name))
        for (value, alone) in zip(values, one) {
          let isLoss = value.name == "loss"
          #expect(
            exactly && !isLoss
              ? value.value == alone.value || value.value.isNaN && alone.value.isNaN
              : abs(value.value - alone.value) <= 1e-12 * max(1, abs(alone.value)),
            "\(value.name) by \(size)")
        }
      }
    }
  }

  @Test func `evaluate classes together as one does`() throws {
    // More batches of 128 than processes, and fewer.
    for test in [300, 100] {
      try expectTheSameScore { try evaluate(smallClassification(norms: true, test: test)).values }
    }
  }

  @Test func `evaluate masks together as one does`() throws {
    try expectTheSameScore { try evaluate(smallSegmentation(test: 4)).values }
  }

  @Test func `evaluate boxes together as one does, COCO's metrics exactly`() throws {
    try expectTheSameScore(exactly: true) {
      let task = try smallDetection(test: 140)
      _ = try ProcessGroup.alone { try train(task, updates: 4, batchSize: 4) }
      return try evaluate(task).values
    }
  }

  // MARK: Range tests

  /// The losses and the rates of a range test, and what it is compared with.
  private struct Curve: Sendable, Equatable {
    var losses: [Float]
    var rates: [Double]
    var baseline: Double?
    var seconds: Double?
  }

  private static func curve<Task: TrainingTask>(_ task: Task) throws -> Curve {
    let optimizer = SGD([
      ParameterGroup(parameters: task.model.namedParameters, learningRate: 0)
    ])
    let (curve, seconds) = try RangeTester(task: task, optimizer: optimizer).timedCurve(
      sweep: RangeTestSweep(lowest: 1e-5, highest: 1e-2, steps: 12), seed: 1, batchSize: 5)
    return Curve(
      losses: curve.points.map { Float($0.loss) }, rates: curve.points.map(\.learningRate),
      baseline: curve.baselineLoss, seconds: seconds)
  }
  @Test(arguments: ["classes", "masks", "boxes"])
  func `test the range of rates as one process does`(kind: String) throws {
    @Sendable func body() throws -> Curve {
      switch kind {
      case "classes": try Self.curve(smallClassification())
      case "masks": try Self.curve(smallSegmentation())
      default: try Self.curve(smallDetection())
      }
    }
    try Library.setThreads(1)
    let one = try body()
    #expect(one.losses.count == 12)
    let all = try members(3, body)
    for other in all {
      #expect(other == all[0], "with the clock of one")
      #expect(other.rates == one.rates && other.baseline == one.baseline)
      #expect(difference(other.losses, one.losses) < 1e-4)
    }
  }

  // MARK: Decisions

  private struct Refused: Error, CustomStringConvertible { var description: String { "no room" } }

  @Test func `share what the first decides, or why it cannot`() throws {
    let shared = try members(3) {
      let clock = try ProcessGroup.broadcastFromFirst { ProcessGroup.current == nil ? 4.5 : 0 }
      let numbers = try ProcessGroup.broadcastFromFirst { [Double.infinity, -0.0, 0.1] }
      let nothing: Int? = try ProcessGroup.broadcastFromFirstIfAny { nil }
      let all = try ProcessGroup.allGather(ProcessGroup.isFirst)
      return (clock, numbers, nothing, all)
    }
    for one in shared {
      #expect(one.0 == 4.5 && one.1 == [.infinity, 0, 0.1] && one.2 == nil)
      #expect(one.3 == [true, false, false])
    }
    let failures = try members(2) { () -> String in
      do {
        try ProcessGroup.onFirst { throw Refused() }
        return "none"
      } catch { return "\(error)" }
    }
    #expect(failures == ["no room", "process 0 failed: no room"])
  }

  @Test func `begin together or not at all`() throws {
    let failures = try members(2) { () -> String in
      do {
        try ProcessGroup.together { if !ProcessGroup.isFirst { throw Refused() } }
        return "none"
      } catch { return "\(error)" }
    }
    #expect(failures == ["process 1 failed: no room", "no room"])
  }

  @Test func `are no more than a batch has images`() throws {
    #expect(throws: GroupError.fewImages(batch: 2, size: 3)) {
      _ = try members(3) { try train(smallClassification(), updates: 1, batchSize: 2) }
    }
  }
}
