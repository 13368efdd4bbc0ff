import Numbers
import Settings
import Torch

/// Makes updates of a task's training batches, one after another.
///
/// Training, the range test and rehearsals update through this, so that what is measured is what training does.
/// Several batches to an update have the gradient of one batch of all their images, batch norms and what is drawn at
/// random apart. The last update of an epoch takes the batches that are left, so each epoch has the same number of
/// updates, and where a run continues follows from their number.
///
/// Where several processes train, each has its slice of every batch, and an update is that of all of them: its gradient,
/// its loss and its measures are the same in each, to the bit.
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
  private var batchesRead: Int
  /// What the loss is multiplied by now, if anything.
  private(set) var scale: LossScale?
  /// Whether the last update's images had a target.
  private(set) var hadTarget = true
  /// Whether a process was asked to pause before the last update ended.
  private(set) var hasPauseRequest = false
  /// Whether the last update was not begun, since its first batch could not be read.
  private(set) var couldNotBegin = false
  /// The images of the last update that this process should have read, and could not.
  private var unreadImages = 0
  private let purpose: BatchPosition.Purpose
  private let group = ProcessGroup.current
  /// The images of a batch, in all processes.
  private let globalBatchSize: Int
  private var reducer: (parameters: [ObjectIdentifier], gradients: ProcessGroup.GradientReducer)?
  // A model's parts are found by reflection, which takes longer than an update may wait for.
  private lazy var parameters = task.model.namedParameters.map(\.1)
  private lazy var norms = task.model.namedModules.compactMap { $0.1 as? BatchNorm }

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
    seed = position.orderSeed.ofProcess(group?.rank ?? 0)
    purpose = position.purpose
    globalBatchSize = min(position.batchSize, task.trainingCount)
    batchesRead = position.epoch * batchesPerEpoch + position.batch
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
    let output = try computeGradient(number)
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

  /// Returns what the model, as it is in training, gives for a batch of so many images, of which this process has its
  /// slice; nothing is trained on it.
  func output(to batch: Task.Batch, of images: Int) throws -> StepOutput {
    try withoutGradient {
      guard let group else { return inPrecision { task.trainingLoss(of: batch) } }
      let sums =
        try task.dependsOnWholeUpdate ? withoutStatistics { try inPrecision { try task.lossSums(of: batch) } } : []
      let update = try UpdateBatches(
        updateToBatchRatio: updateToBatchRatio(of: 1, images: images, in: group),
        sums: allReduced(sums))
      return try allReduced(
        inPrecision { task.trainingLoss(of: batch, in: update) }, flags: [], unread: 0, in: group
      ).output
    }
  }

  // MARK: The gradient

  /// Takes the gradient of the next update's batches, and returns their loss.
  private func computeGradient(_ number: Int) throws -> StepOutput {
    let left = batchesPerEpoch - batch
    let count =
      options.accumulate > batchesPerEpoch ? options.accumulate : min(options.accumulate, left)
    hadTarget = false
    let begun = batchesRead
    func next() throws -> (batch: Task.Batch, number: Int) {
      let found: Task.Batch?
      do { found = try stream.next() } catch {
        couldNotBegin = batchesRead == begun
        throw error
      }
      guard let next = found else {
        throw TrainingError.ranOutOfBatches(update: number)
      }
      batch = (batch + 1) % batchesPerEpoch
      batchesRead += 1
      hadTarget = hadTarget || task.hasTarget(next)
      return (next, batchesRead - 1)
    }
    guard let group else {
      try pauseIfAsked(ProcessGroup.hasPauseRequest)
      if count == 1 {
        let (batch, number) = try next()
        return try checked { backward(output(of: batch, number) { task.trainingLoss(of: $0) }) }
      }
      return try accumulate(count, updateToBatch: Double(count), next)
    }
    try reduceGradients(in: group)
    unreadImages = 0
    let own = try accumulate(
      count, updateToBatch: updateToBatchRatio(of: count, images: globalBatchSize, in: group), next)
    let total = try allReduced(
      own, flags: [hadTarget, ProcessGroup.hasPauseRequest, ProcessGroup.takeLandingRequest()],
      unread: unreadImages, in: group)
    hadTarget = total.flags[0]
    try pauseIfAsked(total.flags[1])
    if total.flags[2], ProcessGroup.isFirst { ProcessGroup.requestLanding() }
    guard total.unread > 0 else { return total.output }
    // The mean is that of the images that were read.
    let share = 1 - total.unread / Double(count * globalBatchSize)
    return try checked {
      _ = unscaleGradients(of: optimizer.groups.flatMap(\.parameters), by: share)
      return withoutGradient { total.output.scaled(by: 1 / share) }
    }
  }

  /// Keeps that the run is to pause after this update.
  ///
  /// - Throws: `TrainingError.paused` in a measurement before the first update, which is made again when the run is resumed.
  private func pauseIfAsked(_ isAsked: Bool) throws {
    hasPauseRequest = isAsked
    if isAsked, purpose == .measurement { throw TrainingError.paused(update: 0) }
  }

  /// What an update's batch adds to it: as much as its images are of all that the update should have.
  ///
  /// - Parameter ratio: the images of the update over those of a batch of this process, if all can be read.
  private func share(of batch: Task.Batch, updateToBatch ratio: Double) -> UpdateBatches {
    guard let group, let read = task.inputs(of: batch).first?.shape.first else {
      return UpdateBatches(updateToBatchRatio: ratio)
    }
    let wanted = group.part(of: globalBatchSize).count
    guard read < wanted, read > 0 else { return UpdateBatches(updateToBatchRatio: ratio) }
    unreadImages += wanted - read
    return UpdateBatches(updateToBatchRatio: ratio * Double(wanted) / Double(read))
  }

  /// Takes the gradient of several batches, and returns the loss of all of them together.
  private func accumulate(
    _ count: Int, updateToBatch ratio: Double, _ next: () throws -> (batch: Task.Batch, number: Int)
  ) throws -> StepOutput {
    guard task.dependsOnWholeUpdate else {
      return try accumulate(count, { share(of: $0, updateToBatch: ratio) }) { _ in try next() }
    }
    // All of them have to be known before the gradient of the first can be.
    let batches = try (0..<count).map { _ in try next() }
    let update = UpdateBatches(
      updateToBatchRatio: ratio, sums: try allReduced(lossSums(of: batches)))
    return try accumulate(count, { _ in update }) { batches[$0] }
  }

  private func accumulate(
    _ count: Int, _ update: (Task.Batch) -> UpdateBatches,
    _ next: (Int) throws -> (batch: Task.Batch, number: Int)
  ) throws -> StepOutput {
    var sum: StepOutput?
    for index in 0..<count {
      let (batch, number) = try next(index)
      let part = update(batch)
      sum = try checked {
        let output = output(of: batch, number) { task.trainingLoss(of: $0, in: part) }
        let one = try index == count - 1 ? backwardAndReduce(output) : backward(output)
        return withoutGradient { sum.map { $0 + one } ?? one }
      }
    }
    return sum ?? StepOutput(total: .zeros([]))
  }

  /// Adds a loss's gradient to those of the parameters.
  private func backward(_ output: StepOutput) -> StepOutput {
    if let factor = scale?.factor {
      (output.total.to(.float32) * factor).backward()
    } else {
      output.total.backward()
    }
    return output.detached()
  }

  /// Adds that of an update's last loss, with those of the other processes.
  private func backwardAndReduce(_ output: StepOutput) throws -> StepOutput {
    guard let reducer else { return backward(output) }
    var detached = output
    try reducer.gradients.allReduce { detached = backward(output) }
    return detached
  }

  /// The task's sums over several batches of this process.
  private func lossSums(of batches: [(batch: Task.Batch, number: Int)]) throws -> [Tensor] {
    try withoutStatistics {
      try checked {
        try withoutGradient {
          try batches.reduce(into: [Tensor]()) { sums, next in
            let one = try output(of: next.batch, next.number) { try task.lossSums(of: $0) }
            sums = sums.isEmpty ? one : zip(sums, one).map { $0 + $1 }
          }
        }
      }
    }
  }

  /// Runs a body in which batch norms' running statistics stay as they are.
  private func withoutStatistics<Value>(_ body: () throws -> Value) rethrows -> Value {
    let momenta = norms.map(\.momentum)
    for norm in norms { norm.momentum = 0 }
    defer { for (norm, momentum) in zip(norms, momenta) { norm.momentum = momentum } }
    return try body()
  }

  /// Computes something of a batch, with the batch's own random numbers and in the run's precision.
  private func output<Value>(
    of batch: Task.Batch, _ number: Int, _ body: (Task.Batch) throws -> Value
  ) rethrows -> Value {
    random.prepare(seed: seed, batch: number)
    return try inPrecision { try body(batch) }
  }

  private func inPrecision<Value>(_ body: () throws -> Value) rethrows -> Value {
    try options.precision.applied(on: device, body)
  }
}

// MARK: Several processes

extension Updater {
  /// Has the gradients of the parameters that are trained now summed over the processes.
  private func reduceGradients(in group: ProcessGroup) throws {
    let trained = parameters.filter { !$0.isFrozen }
    let identities = trained.map { ObjectIdentifier($0) }
    guard reducer?.parameters != identities else { return }
    // The hooks of the old one are gone before those of the new one come.
    reducer = nil
    reducer = (identities, try ProcessGroup.GradientReducer(trained, in: group))
  }

  /// The images of an update of so many batches of all processes, over those of one of this process's batches.
  private func updateToBatchRatio(of count: Int, images: Int, in group: ProcessGroup) throws -> Double {
    guard images >= group.size else {
      throw GroupError.fewImages(batch: images, size: group.size)
    }
    let mine = group.part(of: images).count
    return Double(count * images) / Double(mine)
  }

  /// Sums over processes, in their place; the task's own are shared with nobody where there is one process.
  private func allReduced(_ sums: [Tensor]) throws -> [Tensor] {
    guard let group, !sums.isEmpty else { return sums }
    let own = try checked { withoutGradient { sums.map { $0.detached().contiguous().clone() } } }
    try group.allReduce(own)
    return own
  }

  /// What the processes' batches gave together, which flags one of them has raised, and how many images they could not
  /// read, by one message.
  private func allReduced(
    _ output: StepOutput, flags: [Bool], unread: Int, in group: ProcessGroup
  ) throws -> (output: StepOutput, flags: [Bool], unread: Double) {
    try checked {
      try withoutGradient {
        let numbers = flags.map { $0 ? 1 : 0 } + [Double(unread)]
        let losses = ([output.total] + output.terms + output.measures).map {
          $0.detached().to(.float32)
        }
        let counts = numbers.map { Tensor.full([], $0) }
        // Losses on a card are not waited for, as the flags are.
        let messages = device == .cpu ? [losses + counts] : [losses, counts]
        var next = try messages.map(Tensor.stacked).flatMap { message in
          try group.allReduce([message])
          return (0..<message.size(0)).map { message.narrowed(0, from: $0, count: 1).reshaped([]) }
        }[...]
        let output = StepOutput(
          total: next.removeFirst(), terms: output.terms.map { _ in next.removeFirst() },
          measures: output.measures.map { _ in next.removeFirst() })
        return (output, flags.map { _ in next.removeFirst().item() > 0 }, next.removeFirst().item())
      }
    }
  }
}

extension UInt64 {
  /// A seed of the random numbers that the model draws in a process: process 0 has those of one by itself.
  func ofProcess(_ rank: Int) -> UInt64 { self ^ UInt64(rank) &* 0x9E37_79B9_7F4A_7C15 }
}
