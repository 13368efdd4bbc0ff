import Foundation
import Torch

/// Several states of one model, which predict together.
public final class Ensemble {
  private let model: any Module
  private let members: [[Tensor]]

  /// Creates the ensemble of a model as checkpoints have it, and as it is now if that is wanted.
  public init(
    of model: any Module, members files: some Sequence<URL>, andItself: Bool = false
  ) throws {
    self.model = model
    let now = try ModelCopy(of: model)
    var members: [[Tensor]] = []
    for file in files {
      try Checkpoint.loadWeights(into: model, from: file)
      members.append(try ModelCopy(of: model).named.map(\.1))
    }
    try now.restore()
    if andItself { members.append(now.named.map(\.1)) }
    self.members = members
  }

  /// The number of states.
  public var count: Int { members.count }

  /// Returns the mean of what a body computes by the model in each of its states.
  public func mean(_ output: () -> Tensor) -> Tensor {
    let tensors = model.namedTensors.map(\.1)
    var sum: Tensor?
    for member in members {
      withoutGradient {
        for (tensor, weights) in zip(tensors, member) { tensor.copy(from: weights) }
      }
      let output = output()
      sum = sum.map { $0 + output } ?? output
    }
    return (sum ?? output()) / Double(max(1, count))
  }
}

/// Evaluates an ensemble; the model stays as it is.
func evaluate<Task: TrainingTask>(
  _ task: Task, by ensemble: Ensemble, on batches: any BatchStream<Task.Batch>
) throws -> Task.Score {
  let now = try ModelCopy(of: task.model)
  let score = Result {
    try evaluate(task, on: batches) { batch, score in
      try task.evaluate(batch, by: ensemble, into: &score)
    }
  }
  try now.restore()
  return try score.get()
}
