import Metrics
import Torch
import Training

/// One parameter w of loss (w - 1 - s)^2 / 2 and score 1 - |w - 1|, where s is 0.1 and -0.1 in turn.
final class ParabolaTask: TrainingTask {
  struct Batch {
    let shift: Double
  }

  struct Score: Metric {
    var parameter = Double.nan
    mutating func merge(_ other: Score) {}
    var values: [MetricValue] {
      let distance = abs(parameter - 1)
      return [
        MetricValue("loss", distance * distance / 2), MetricValue("score", max(0, 1 - distance)),
      ]
    }
  }

  private final class Batches: BatchStream {
    private var given = 0
    private let count: Int
    init(_ count: Int) { self.count = count }
    func next() -> Batch? {
      guard given < count else { return nil }
      given += 1
      return Batch(shift: given % 2 == 0 ? 0.1 : -0.1)
    }
  }

  let network = Linear(1, 1)

  init(from start: Float = 0.2) {
    try? Library.setThreads(1)
    withoutGradient {
      network.weight.value.copy(from: Tensor([start], shape: [1, 1]))
      network.bias?.value.copy(from: .zeros([1]))
    }
  }

  var model: any Module { network }
  let trainingCount = 4
  let lossTerms: [String] = []
  let measures: [String] = []
  let evaluationMetrics = ["score"]

  func trainingBatches(from position: BatchPosition) -> any BatchStream<Batch> { Batches(.max) }
  func evaluationBatches() -> any BatchStream<Batch> { Batches(1) }

  func trainingLoss(of batch: Batch) -> StepOutput {
    let distance = network.weight.value.flattened(from: 0).sum() - (1 + batch.shift)
    return StepOutput(total: distance * distance / 2)
  }

  func evaluate(_ batch: Batch, into score: inout Score) {
    score.parameter = network.weight.value.detached().flattened(from: 0).sum().item()
  }

  func makeScore() -> Score { Score() }
}
