import Torch

/// Evaluates a model on a task's evaluation data, once through, without gradient.
///
/// The model is put in evaluation mode and back into training mode, and nothing else of it changes: its
/// batch norms are folded into their convolutions after the first batch, and taken apart at the end.
public func evaluate<Task: TrainingTask>(_ task: Task) throws -> Task.Score {
  try evaluate(task, on: task.evaluationBatches())
}

/// The same on some of the evaluation data, and perhaps in another way than the task's own.
func evaluate<Task: TrainingTask>(
  _ task: Task, on batches: any BatchStream<Task.Batch>,
  by evaluate: ((Task.Batch, inout Task.Score) throws -> Void)? = nil
) throws -> Task.Score {
  task.model.setTraining(false)
  let folding = FoldingOnce()
  defer {
    folding.undo()
    task.model.setTraining(true)
  }
  var score = task.makeScore()
  while let batch = try batches.next() {
    try checked {
      try withoutGradient {
        if let evaluate {
          try evaluate(batch, &score)
        } else {
          try folding { try task.evaluate(batch, into: &score) }
        }
      }
    }
  }
  return score
}
