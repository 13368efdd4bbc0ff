import Planning
import Torch

/// How an update is made, beside the numbers that the plan gives it.
public struct UpdateForm: Sendable, Hashable {
  /// Batches whose mean gradient is one update's.
  public var accumulate: Int
  /// What the joint norm of all gradients is brought down to where it is larger, if anything.
  public var clipNorm: Double?
  /// How numbers are kept between the model's layers.
  public var precision: Precision
  /// What the loss is multiplied by, if anything.
  public var scale: LossScale?

  /// Creates a form; by default an update is made of one batch, as its gradient is, in float32.
  public init(
    accumulate: Int = 1, clipNorm: Double? = nil, precision: Precision = .float32
  ) {
    self.accumulate = max(1, accumulate)
    self.clipNorm = clipNorm
    self.precision = precision
    scale = precision == .float16 ? LossScale() : nil
  }

  /// The form that settings ask for.
  public init(_ settings: RunSettings) {
    self.init(
      accumulate: settings.accumulate ?? 1, clipNorm: settings.clipNorm,
      precision: settings.precision.flatMap(Precision.init(rawValue:)) ?? .float32)
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
  private let device: Device
  private let stream: any BatchStream<Task.Batch>
  private let batchesPerEpoch: Int
  private var batch: Int
  /// What draws random numbers in the model, by a seed and the number of batches that were read.
  private let random: [any RandomModule]
  private let seed: UInt64
  private var read: Int
  /// What the loss is multiplied by now, if anything.
  private(set) var scale: LossScale?

  /// Opens the task's training batches at a position, which is the beginning of an update.
  init(
    task: Task, optimizer: any Optimizer, form: UpdateForm, from position: BatchPosition
  ) throws {
    self.task = task
    self.optimizer = optimizer
    self.form = form
    scale = form.scale
    device = task.model.namedParameters.first?.1.value.device ?? .cpu
    batchesPerEpoch = task.trainingCount / max(1, position.batchSize)
    batch = position.batch
    random = task.model.randomModules
    seed = position.purpose == .rangeTest ? ~position.seed : position.seed
    read = position.epoch * batchesPerEpoch + position.batch
    stream = try task.trainingBatches(from: position)
  }

  /// Applies one update with the rates that the optimizer's groups have, and returns the means over
  /// its batches of what they gave before it.
  ///
  /// - Parameter number: the update's number, for who is told that it failed.
  /// - Returns: nil if the scaled gradients overflowed and nothing was applied.
  /// - Throws: `TrainingError.gradientsOverflow` if no scale can help.
  func update(number: Int) throws -> StepOutput? {
    optimizer.clearGradients()
    try passOverRest(number)
    var outputs: [StepOutput] = []
    for _ in 0..<form.accumulate {
      let batch = try next(number)
      outputs.append(try checked { gradient(of: batch) })
    }
    let output = try checked { withoutGradient { StepOutput.mean(of: outputs) } }
    let parameters = optimizer.groups.flatMap(\.parameters)
    if let factor = scale?.factor {
      let isFinite = try checked { unscaleGradients(of: parameters, by: factor) }
      // A loss that is no number itself is no fault of the scale: who reads it sees it.
      guard isFinite || output.total.item().isFinite else { return output }
      guard scale?.take(overflowed: !isFinite) != false else {
        throw TrainingError.gradientsOverflow(update: number)
      }
      guard isFinite else { return nil }
    }
    try checked {
      if let limit = form.clipNorm { clipGradients(of: parameters, to: limit) }
      optimizer.step()
    }
    return output
  }

  /// Adds a batch's share of the gradient, and returns what it gave.
  private func gradient(of batch: Task.Batch) -> StepOutput {
    let output = inPrecision { task.train(on: batch) }
    guard form.accumulate > 1 || scale != nil else {
      output.total.backward()
      return output
    }
    let share = (scale?.factor ?? 1) / Double(form.accumulate)
    (output.total.to(.float32) * share).backward()
    return output.detached()
  }

  /// Returns what the model, as it is in training, gives for a batch; nothing is learned from it.
  func answer(to batch: Task.Batch) -> StepOutput {
    withoutGradient { inPrecision { task.train(on: batch) } }
  }

  private func inPrecision(_ body: () -> StepOutput) -> StepOutput {
    switch form.precision {
    case .float32: body()
    case .bfloat16: withAutocast(to: .bfloat16, on: device, body)
    case .float16: withAutocast(to: .float16, on: device, body)
    }
  }

  private func next(_ number: Int) throws -> Task.Batch {
    guard let next = try stream.next() else {
      throw TrainingError.ranOutOfBatches(update: number)
    }
    random.prepare(seed: seed, batch: read)
    batch += 1
    read += 1
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
