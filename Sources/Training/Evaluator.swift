import Torch

/// Judges a model on a task's evaluation data, once through, without gradient.
///
/// The model is put in evaluation mode and back into training mode, and nothing else of it changes.
public func evaluate<Task: TrainingTask>(_ task: Task) throws -> Task.Score {
  task.model.setTraining(false)
  defer { task.model.setTraining(true) }
  let batches = try task.evaluationBatches()
  var score = task.makeScore()
  while let batch = try batches.next() {
    try checked {
      try withoutGradient { try task.evaluate(batch, into: &score) }
    }
  }
  return score
}
