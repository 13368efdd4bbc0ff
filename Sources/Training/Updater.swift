import Planning
import Torch

/// How an update is made, beside the numbers that the plan gives it.
public struct UpdateForm: Sendable, Hashable {
  /// Batches whose mean gradient is one update's.
  public var accumulate: Int
  /// What the joint norm of all gradients is brought down to where it is larger, if anything.
  public var clipNorm: Double?

  /// Creates a form; by default an update is made of one batch, as its gradient is.
  public init(accumulate: Int = 1, clipNorm: Double? = nil) {
    self.accumulate = max(1, accumulate)
    self.clipNorm = clipNorm
  }

  /// The form that settings ask for.
  public init(_ settings: RunSettings) {
    self.init(accumulate: settings.accumulate ?? 1, clipNorm: settings.clipNorm)
  }
}

/// Makes updates of a task's training batches, one after another.
///
/// Training and the range test both update through this, so that what the one measures is what the
/// other does. Several batches to an update have the gradient of one batch of all their images: each
/// counts by its share. The batches of an epoch that fill no update are passed over, so an epoch is
/// always as many whole updates, and where a run goes on follows from their number.
final class Updater<Task: TrainingTask> {
  private let task: Task
  private let optimizer: any Optimizer
  private let form: UpdateForm
  private let stream: any BatchStream<Task.Batch>
  private let batchesPerEpoch: Int
  private var batch: Int

  /// Opens the task's training batches at a position, which is the beginning of an update.
  init(
    task: Task, optimizer: any Optimizer, form: UpdateForm, from position: BatchPosition
  ) throws {
    self.task = task
    self.optimizer = optimizer
    self.form = form
    batchesPerEpoch = task.trainingCount / max(1, position.batchSize)
    batch = position.batch
    stream = try task.trainingBatches(from: position)
  }

  /// Applies one update with the rates that the optimizer's groups have, and returns the means over
  /// its batches of what they gave before it.
  ///
  /// - Parameter number: the update's number, for who is told that it failed.
  func update(number: Int) throws -> StepOutput {
    optimizer.clearGradients()
    try passOverRest(number)
    var outputs: [StepOutput] = []
    for _ in 0..<form.accumulate {
      let batch = try next(number)
      outputs.append(try checked { gradient(of: batch) })
    }
    return try checked {
      if let limit = form.clipNorm {
        clipGradients(of: optimizer.groups.flatMap(\.parameters), to: limit)
      }
      optimizer.step()
      return withoutGradient { StepOutput.mean(of: outputs) }
    }
  }

  /// Adds a batch's share of the gradient, and returns what it gave.
  private func gradient(of batch: Task.Batch) -> StepOutput {
    let output = task.train(on: batch)
    guard form.accumulate > 1 else {
      output.total.backward()
      return output
    }
    (output.total * (1 / Double(form.accumulate))).backward()
    return output.detached()
  }

  private func next(_ number: Int) throws -> Task.Batch {
    guard let next = try stream.next() else {
      throw TrainingError.ranOutOfBatches(update: number)
    }
    batch += 1
    return next
  }

  /// Passes over the epoch's last batches where they are too few for an update.
  private func passOverRest(_ number: Int) throws {
    guard form.accumulate > 1, form.accumulate <= batchesPerEpoch,
      batch + form.accumulate > batchesPerEpoch
    else { return }
    for _ in batch..<batchesPerEpoch { _ = try next(number) }
    batch = 0
  }
}

extension StepOutput {
  /// The same numbers without the graph that leads back to the parameters.
  fileprivate func detached() -> StepOutput {
    StepOutput(
      total: total.detached(), terms: terms.map { $0.detached() },
      measures: measures.map { $0.detached() })
  }

  /// Returns the mean of each number over several outputs of one task; the only one as it is.
  fileprivate static func mean(of outputs: [StepOutput]) -> StepOutput {
    guard outputs.count > 1 else { return outputs[0] }
    func mean(_ scalar: (StepOutput) -> Tensor) -> Tensor {
      Tensor.stacked(outputs.map(scalar)).mean()
    }
    return StepOutput(
      total: mean(\.total),
      terms: outputs[0].terms.indices.map { index in mean { $0.terms[index] } },
      measures: outputs[0].measures.indices.map { index in mean { $0.measures[index] } })
  }
}
