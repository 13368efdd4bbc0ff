import Datasets
import Metrics
import Torch
import Training

/// Telling three clouds of points apart, by two linear layers without any norm.
///
/// Its loss is a mean over points, so that batches together are one larger batch.
final class PointsTask: TrainingTask {
  struct Batch {
    /// [N, 4], float32.
    let points: Tensor
    /// [N], int64.
    let clouds: Tensor
  }

  let network: Sequential
  let trainingCount: Int
  private let points: Tensor
  private let clouds: Tensor
  /// The batches that have been read, to see which they were.
  private(set) var read: [[Int64]] = []

  init(points count: Int = 64, seed: UInt64 = 2) {
    try? Library.setThreads(1)
    network = Sequential(Linear(4, 16), ReLU(), Linear(16, 3))
    network.initialize(seed: seed)
    trainingCount = count
    clouds = Tensor((0..<count).map { Int64($0 % 3) }, shape: [count])
    points = Tensor.normal([count, 4], seed: 1) + clouds.to(.float32).unsqueezed(1)
  }

  var model: any Module { network }
  let lossTerms: [String] = []
  let measures: [String] = []

  func trainingBatches(from position: BatchPosition) -> any BatchStream<Batch> {
    PointStream(
      .training(
        count: trainingCount, batchSize: position.batchSize, seed: position.seed,
        epoch: position.epoch, batch: position.batch)
    ) { [self] numbers in
      if position.purpose == .training { read.append(numbers) }
      return batch(of: numbers)
    }
  }

  func evaluationBatches() -> any BatchStream<Batch> {
    PointStream(.evaluation(count: trainingCount, batchSize: trainingCount), batch)
  }

  private func batch(of numbers: [Int64]) -> Batch {
    let rows = Tensor(numbers, shape: [numbers.count])
    return Batch(points: points.rows(rows), clouds: clouds.rows(rows))
  }

  func trainingLoss(of batch: Batch) -> StepOutput {
    StepOutput(total: crossEntropy(network(batch.points), batch.clouds))
  }

  func evaluate(_ batch: Batch, into score: inout PointScore) {
    score.loss = crossEntropy(network(batch.points), batch.clouds).item()
  }

  func makeScore() -> PointScore { PointScore() }
}

/// The loss over all points, which are one batch.
struct PointScore: Metric {
  var loss = Double.nan
  mutating func merge(_ other: PointScore) {}
  var values: [MetricValue] { [MetricValue("loss", loss)] }
}

private final class Numbers: @unchecked Sendable { var numbers: [Int64] = [] }

private final class PointStream: BatchStream {
  private let loader: BatchLoader<Numbers>
  private let make: ([Int64]) -> PointsTask.Batch

  init(_ order: BatchOrder, _ make: @escaping ([Int64]) -> PointsTask.Batch) {
    self.make = make
    loader = BatchLoader(order, makeBuffer: Numbers.init) { request, buffer in
      buffer.numbers = request.samples.map(Int64.init)
    }
  }

  func next() throws -> PointsTask.Batch? {
    guard let numbers = try loader.next()?.numbers else { return nil }
    return try checked { make(numbers) }
  }
}
