import Metrics
import Torch
import Training

/// One parameter w, from 0, of loss log(1 - w): each update adds rate / (1 - w), and the loss is NaN once w is
/// above 1, whatever the processor.
final class DivergingTask: TrainingTask {
  struct Score: Metric {
    mutating func merge(_ other: Score) {}
    var values: [MetricValue] { [MetricValue("loss", 0)] }
  }

  private final class Batches: BatchStream {
    private var left: Int
    init(_ count: Int) { left = count }
    func next() -> Int? {
      guard left > 0 else { return nil }
      left -= 1
      return left
    }
  }

  let network = Linear(1, 1)

  init() {
    try? Library.setThreads(1)
    withoutGradient {
      network.namedParameters.forEach { $0.1.value.copy(from: .zeros($0.1.value.shape)) }
    }
  }

  var model: any Module { network }
  let trainingCount = 8
  let lossTerms: [String] = []
  let measures: [String] = []

  func trainingBatches(from position: BatchPosition) -> any BatchStream<Int> { Batches(.max) }
  func evaluationBatches() -> any BatchStream<Int> { Batches(1) }

  func trainingLoss(of batch: Int) -> StepOutput {
    StepOutput(total: (-(network.weight.value.flattened(from: 0).sum() - 1)).logarithm())
  }

  func evaluate(_ batch: Int, into score: inout Score) {}

  func makeScore() -> Score { Score() }

  /// The update after which the weight is above 1, worked out in plain numbers.
  static func lastUpdate(at rates: [Double]) -> Int? {
    var weight = 0.0
    for (index, rate) in rates.enumerated() {
      weight += rate / (1 - weight)
      if weight > 1 { return index + 1 }
    }
    return nil
  }
}
