import Torch

/// Evaluates a model on a task's evaluation data, once through, without gradient.
///
/// The model is put in evaluation mode and back into training mode, and nothing else of it changes: its
/// batch norms are folded into their convolutions after the first batch, and taken apart at the end.
///
/// Of several processes each evaluates its part, and all get the score of all of them; before that they average the
/// running statistics of batch norms, which are of each process's own batches.
public func evaluate<Task: TrainingTask>(_ task: Task) throws -> Task.Score {
  try evaluate(task, on: task.evaluationBatches())
}

/// Evaluates a task's model on these batches; `evaluate` takes the place of the task's own way to add one to the score.
func evaluate<Task: TrainingTask>(
  _ task: Task, on batches: any BatchStream<Task.Batch>,
  by evaluate: ((Task.Batch, inout Task.Score) throws -> Void)? = nil
) throws -> Task.Score {
  try ProcessGroup.current?.allReduceMean(task.model.statistics)
  task.model.setTraining(false)
  let folding = FoldingOnce(repeatingFirst: false)
  defer {
    folding.undo()
    task.model.setTraining(true)
  }
  var score = task.makeScore()
  // One process alone evaluates only the very first batch before norms are folded; so do several.
  var isToFold = !ProcessGroup.isFirst && evaluate == nil
  while let batch = try batches.next() {
    try checked {
      try withoutGradient {
        if let evaluate {
          try evaluate(batch, &score)
        } else {
          if isToFold {
            var unused = task.makeScore()
            try folding { try task.evaluate(batch, into: &unused) }
            isToFold = false
          }
          try folding { try task.evaluate(batch, into: &score) }
        }
      }
    }
  }
  guard ProcessGroup.current != nil else { return score }
  // In the order of the parts, as one process would have added them.
  return try ProcessGroup.allGather(score).reduce(into: task.makeScore()) { $0.merge($1) }
}

extension Module {
  /// The running statistics: whatever is kept in float32 and not trained.
  var statistics: [Tensor] { namedBuffers.map(\.1.value).filter { $0.type == .float32 } }
}
