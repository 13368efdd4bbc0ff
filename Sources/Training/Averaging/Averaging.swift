import Metrics
import Planning
import Runs
import Settings
import Torch

/// What a run averages, which is then evaluated instead of the model itself.
public enum Averaging {
  /// Its weights as they go.
  case moving(MovingAverage)
  /// Its states at the ends of cycles.
  case troughs(TroughAverage)

  /// Creates what the settings ask for; nil if they ask for nothing.
  public init?(
    _ settings: ResolvedSettings, of model: any Module, troughs: [Int], in folder: RunFolder
  ) throws {
    if let decay = settings.averageDecay {
      self = .moving(try MovingAverage(of: model, decay: decay))
    } else if let kind = settings.evaluation.average {
      self = .troughs(TroughAverage(kind, troughs: troughs, in: folder))
    } else {
      return nil
    }
  }

  /// The mean of the weights that the run keeps from update to update, if it does.
  var moving: MovingAverage? {
    if case .moving(let average) = self { average } else { nil }
  }
}

/// The evaluation of an average.
struct AveragedModel {
  /// Its metrics.
  var values: [MetricValue]
  /// Whether its loss is finite.
  var isLossFinite: Bool
  /// Its weights, where it is one model.
  var weights: [(String, Tensor)]

  init(_ score: some Metric, weights: [(String, Tensor)]) {
    (values, isLossFinite) = (score.values, score.isLossFinite)
    self.weights = weights
  }
}

extension Averaging {
  /// Evaluates the average after so many updates, and leaves the model as it is; nil where there is none
  /// yet.
  ///
  /// - Parameter isFinal: whether it is evaluated on what the final metrics are of.
  func evaluateAverage<Task: TrainingTask>(
    _ task: Task, after step: Int, seed: UInt64, batchSize: Int, isFinal: Bool = false
  ) throws -> AveragedModel? {
    let now = try ModelCopy(of: task.model)
    let evaluated = Result {
      try evaluateInPlace(task, after: step, seed: seed, batchSize: batchSize, isFinal: isFinal)
    }
    try now.restore()
    task.model.setTraining(true)
    return try evaluated.get()
  }

  private func evaluateInPlace<Task: TrainingTask>(
    _ task: Task, after step: Int, seed: UInt64, batchSize: Int, isFinal: Bool
  ) throws -> AveragedModel? {
    func batches() throws -> any BatchStream<Task.Batch> {
      isFinal ? try task.finalBatches() : try task.evaluationBatches()
    }
    switch self {
    case .moving(let average):
      try average.shareStatistics()
      try average.install()
      return AveragedModel(try evaluate(task, on: batches()), weights: average.named)
    case .troughs(let average):
      let files = average.files(after: step)
      guard !files.isEmpty else { return nil }
      switch average.kind {
      case .swa:
        try average.installMean(into: task.model, after: step)
        try task.reestimateStatistics(seed: seed, batchSize: batchSize)
        let score = try evaluate(task, on: batches())
        return AveragedModel(score, weights: try ModelCopy(of: task.model).named)
      case .snapshots:
        let ensemble = try Ensemble(
          of: task.model, members: files.dropLast(), andItself: true)
        return AveragedModel(
          try evaluate(task, by: ensemble, on: batches()), weights: [])
      }
    }
  }
}
