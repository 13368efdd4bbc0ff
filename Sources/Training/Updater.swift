import Planning
import Settings
import Torch

/// How an update is made, beside the numbers that the plan gives it.
public struct UpdateOptions: Sendable, Hashable {
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
  public init(_ settings: ResolvedSettings) {
    self.init(
      accumulate: settings.budget.accumulate, clipNorm: settings.optimizer.clipNorm,
      precision: settings.machine.precision)
  }
}

/// Makes updates of a task's training batches, one after another.
///
/// Training and the range test both update through this, so that what the one measures is what the
/// other does. Several batches to an update have the gradient of one batch of all their images, batch
/// norms and what is drawn at random apart. The last update of an epoch takes the batches that are left, so
/// each epoch has the same number of updates, and where a run continues follows from their number.
final class Updater<Task: TrainingTask> {
  private let task: Task
  private let optimizer: any Optimizer
  private let options: UpdateOptions
  private let device: Device
  private let stream: any BatchStream<Task.Batch>
  private let batchesPerEpoch: Int
  /// The number of the next batch in its epoch.
  private var batch: Int
  /// What draws random numbers in the model, by a seed and the number of batches that were read.
  private let random: [any RandomModule]
  private let seed: UInt64
  private var read: Int
  /// What the loss is multiplied by now, if anything.
  private(set) var scale: LossScale?
  /// Whether the last update's images had a target.
  private(set) var hadTarget = true

  /// Opens the task's training batches at a position, which is the beginning of an update.
  init(
    task: Task, optimizer: any Optimizer, options: UpdateOptions, from position: BatchPosition
  ) throws {
    self.task = task
    self.optimizer = optimizer
    self.options = options
    scale = options.scale
    device = task.model.namedParameters.first?.1.value.device ?? .cpu
    batchesPerEpoch = max(1, task.trainingCount / max(1, position.batchSize))
    batch = position.batch % batchesPerEpoch
    random = task.model.randomModules
    seed = position.purpose == .rangeTest ? ~position.seed : position.seed
    read = position.epoch * batchesPerEpoch + position.batch
    stream = try task.trainingBatches(from: position)
  }

  /// Applies one update with the rates that the optimizer's groups have, and returns what its batches
  /// gave before it.
  ///
  /// - Parameter number: the update's number, for the error that says that it failed.
  /// - Returns: nil if the scaled gradients overflowed and nothing was applied.
  /// - Throws: `TrainingError.gradientsOverflow` if no scale can help.
  func update(number: Int) throws -> StepOutput? {
    optimizer.clearGradients()
    let output = try gradient(number)
    let parameters = optimizer.groups.flatMap(\.parameters)
    if let factor = scale?.factor {
      let isFinite = try checked { unscaleGradients(of: parameters, by: factor) }
      // A loss that is NaN itself is no fault of the scale: the caller sees it.
      guard isFinite || output.total.item().isFinite else { return output }
      guard scale?.take(overflowed: !isFinite) != false else {
        throw TrainingError.gradientsOverflow(update: number)
      }
      guard isFinite else { return nil }
    }
    try checked {
      if let limit = options.clipNorm { clipGradients(of: parameters, to: limit) }
      optimizer.step()
    }
    return output
  }

  /// Returns what the model, as it is in training, gives for a batch; nothing is trained on it.
  func output(to batch: Task.Batch) -> StepOutput {
    withoutGradient { inPrecision { task.train(on: batch) } }
  }

  // MARK: The gradient

  /// Takes the gradient of the next update's batches, and returns their loss.
  private func gradient(_ number: Int) throws -> StepOutput {
    let left = batchesPerEpoch - batch
    let count =
      options.accumulate > batchesPerEpoch ? options.accumulate : min(options.accumulate, left)
    hadTarget = false
    func next() throws -> (batch: Task.Batch, number: Int) {
      guard let next = try stream.next() else {
        throw TrainingError.ranOutOfBatches(update: number)
      }
      batch = (batch + 1) % batchesPerEpoch
      read += 1
      hadTarget = hadTarget || task.hasTarget(next)
      return (next, read - 1)
    }
    if count == 1 {
      let (batch, number) = try next()
      return try checked { add(output(of: batch, number) { task.train(on: $0) }) }
    }
    guard task.hasSums else {
      return try added(UpdateBatches(count: count)) { _ in try next() }
    }
    // All of them have to be known before the gradient of the first can be.
    let batches = try (0..<count).map { _ in try next() }
    return try added(UpdateBatches(count: count, sums: sums(of: batches))) { batches[$0] }
  }

  /// Takes the gradient of several batches, and returns the loss of all of them together.
  private func added(
    _ update: UpdateBatches, _ next: (Int) throws -> (batch: Task.Batch, number: Int)
  ) throws -> StepOutput {
    var sum: StepOutput?
    for index in 0..<update.count {
      let (batch, number) = try next(index)
      sum = try checked {
        let one = add(output(of: batch, number) { task.train(on: $0, of: update) })
        return withoutGradient { sum.map { $0 + one } ?? one }
      }
    }
    return sum ?? StepOutput(total: .zeros([]))
  }

  /// Adds a loss's gradient to those of the parameters.
  private func add(_ output: StepOutput) -> StepOutput {
    if let factor = scale?.factor {
      (output.total.to(.float32) * factor).backward()
    } else {
      output.total.backward()
    }
    return output.detached()
  }

  /// The task's sums over several batches; batch norms' running statistics stay as they are.
  private func sums(of batches: [(batch: Task.Batch, number: Int)]) throws -> [Tensor] {
    let norms = task.model.namedModules.compactMap { $0.1 as? BatchNorm }
    let momenta = norms.map(\.momentum)
    for norm in norms { norm.momentum = 0 }
    defer { for (norm, momentum) in zip(norms, momenta) { norm.momentum = momentum } }
    return try checked {
      try withoutGradient {
        try batches.reduce(into: [Tensor]()) { sums, next in
          let one = try output(of: next.batch, next.number) { try task.sums(of: $0) }
          sums = sums.isEmpty ? one : zip(sums, one).map { $0 + $1 }
        }
      }
    }
  }

  /// Computes something of a batch, with the batch's own random numbers and in the run's precision.
  private func output<Value>(
    of batch: Task.Batch, _ number: Int, _ body: (Task.Batch) throws -> Value
  ) rethrows -> Value {
    random.prepare(seed: seed, batch: number)
    return try inPrecision { try body(batch) }
  }

  private func inPrecision<Value>(_ body: () throws -> Value) rethrows -> Value {
    switch options.precision {
    case .float32: try body()
    case .bfloat16: try withAutocast(to: .bfloat16, on: device, body)
    case .float16: try withAutocast(to: .float16, on: device, body)
    }
  }
}

extension StepOutput {
  /// The same numbers without the graph that leads back to the parameters.
  fileprivate func detached() -> StepOutput {
    StepOutput(
      total: total.detached(), terms: terms.map { $0.detached() },
      measures: measures.map { $0.detached() })
  }

  /// Adds up what two batches of an update gave.
  fileprivate static func + (a: StepOutput, b: StepOutput) -> StepOutput {
    StepOutput(
      total: a.total + b.total, terms: zip(a.terms, b.terms).map { $0 + $1 },
      measures: zip(a.measures, b.measures).map { $0 + $1 })
  }
}
