import Foundation
import Numbers
import Runs
import Schedules
import Torch
import Tuning

/// The one training loop.
///
/// It owns the count of applied updates, asks the plan for the rates at that count, and nothing else
/// ever writes them. Losses are read back every few updates; rows go to `metrics.csv`; the model is
/// judged at the end of every epoch and at every trough; checkpoints are written at troughs, every
/// so many updates, and at the end. It runs on one thread, and nothing in it waits but for data.
public final class Trainer<Task: TrainingTask> {
  /// What a trainer is given beside the task and the plan.
  public struct Options: Sendable {
    /// The seed of order and augmentation.
    public var seed: UInt64
    /// Updates between checkpoints.
    public var checkpointEvery: Int
    /// Epochs between evaluations; the model is judged at cycles' ends and at the run's besides.
    public var evaluateEvery: Int
    /// How an update is made; its batches together have the budget's `batchSize`.
    public var form: UpdateForm
    /// What each checkpoint's metadata carries.
    public var metadata: [String: String]

    /// Creates options.
    public init(
      seed: UInt64, checkpointEvery: Int, evaluateEvery: Int = 1, form: UpdateForm = UpdateForm(),
      metadata: [String: String] = [:]
    ) {
      self.seed = seed
      self.checkpointEvery = checkpointEvery
      self.evaluateEvery = evaluateEvery
      self.form = form
      self.metadata = metadata
    }
  }

  let task: Task
  private let optimizer: any Optimizer
  let plan: Plan
  let budget: Budget
  let options: Options
  private let folder: RunFolder
  let metrics: MetricsWriter
  let watch: CurveWatch?
  private let freezing: Freezing?
  private let averaging: Averaging?
  private var patience: Patience?
  let onEvent: (TrainingEvent) -> Void

  /// The number of updates applied so far.
  public private(set) var step: Int
  private(set) var skipped: Int
  /// Updates without anything to learn on their images.
  private var withoutTarget: Int
  private var scale: LossScale?
  private let troughs: Set<Int>
  private var readback: LossReadback
  private(set) var lastCheckpoint: URL?
  private let started = ContinuousClock.now
  private let secondsBefore: Double

  /// Creates a trainer at the start of a run, or where a checkpoint left it.
  ///
  /// - Parameters:
  ///   - progress: how far the run has come; the task's model and the optimizer are as after it.
  ///   - metrics: the run's table, cut to the progress.
  ///   - watch: what looks at the losses, and has seen those before the progress.
  ///   - freezing: what is not learned.
  ///   - averaging: what is judged in the model's place; as it was after the progress.
  ///   - patience: what ends the run early, and has seen the cycles before the progress.
  public init(
    task: Task, optimizer: any Optimizer, plan: Plan, budget: Budget, options: Options,
    folder: RunFolder, metrics: MetricsWriter, watch: CurveWatch? = nil,
    freezing: Freezing? = nil, averaging: Averaging? = nil, patience: Patience? = nil,
    after progress: Checkpoint.Progress = .init(step: 0, seconds: 0), lastCheckpoint: URL? = nil,
    onEvent: @escaping (TrainingEvent) -> Void = { _ in }
  ) {
    self.task = task
    self.optimizer = optimizer
    self.plan = plan
    self.budget = budget
    self.options = options
    self.folder = folder
    self.metrics = metrics
    self.watch = watch
    self.freezing = freezing
    self.averaging = averaging
    self.patience = patience
    self.onEvent = onEvent
    step = progress.step
    skipped = progress.skipped
    withoutTarget = progress.withoutTarget
    scale = options.form.scale.map { progress.scale ?? $0 }
    self.lastCheckpoint = lastCheckpoint
    secondsBefore = progress.seconds
    troughs = Set(plan.troughs(upTo: budget.totalSteps))
    readback = LossReadback(
      scalarsPerUpdate: 1 + task.lossTerms.count + task.measures.count,
      device: task.model.namedParameters.first?.1.value.device ?? .cpu)
  }

  /// Trains to the end of the budget, or of the patience, and returns the final figures on the
  /// evaluation data; none if there was nothing left to train.
  public func train() throws -> [MetricValue] {
    task.model.setTraining(true)
    freezing?.apply(after: step)
    var form = options.form
    form.scale = scale
    let updater = try Updater(
      task: task, optimizer: optimizer, form: form, from: position(after: step + skipped))
    var final: [MetricValue] = []
    while step < budget.totalSteps, patience?.isOver(after: step) != true {
      guard try update(by: updater) else { continue }
      if isMilestone { final = try pause() }
    }
    if withoutTarget > 0 { onEvent(.withoutTarget(updates: withoutTarget, of: step)) }
    if let patience, step < budget.totalSteps {
      onEvent(.stopped(update: step, best: patience.bestUpdate, cycles: patience.cycles))
    }
    return final
  }

  // MARK: One update

  /// Where an update's first batch lies, by the updates that were made before it; one that was left out has
  /// read its batches too.
  func position(after read: Int) -> BatchPosition {
    let batches = options.form.accumulate
    return BatchPosition(
      seed: options.seed, batchSize: budget.batchSize / batches,
      epoch: read / budget.stepsPerEpoch, batch: read % budget.stepsPerEpoch * batches)
  }

  /// Makes an update; returns whether it was applied, and one that was not advances nothing.
  private func update(by updater: Updater<Task>) throws -> Bool {
    let values = plan.values(at: step)
    apply(values)
    let output = try updater.update(number: step + 1)
    scale = updater.scale
    if !updater.hadTarget {
      withoutTarget += 1
      if withoutTarget == 1 { onEvent(.withoutTarget(updates: 1, of: step + 1)) }
    }
    guard let output else {
      skipped += 1
      onEvent(.skipped(update: step + 1, scale: scale?.factor ?? 1))
      return false
    }
    step += 1
    if freezing?.ends(after: step) == true { freezing?.apply(after: step) }
    if let average = averaging?.moving { try checked { average.take(after: step) } }
    readback.append(
      .init(number: step, epoch: (step - 1) / budget.stepsPerEpoch, values: values), output)
    if readback.isFull { try readLosses() }
    return true
  }

  private func apply(_ values: PlanValues) {
    for index in optimizer.groups.indices {
      optimizer.groups[index].learningRate = plan.learningRate(
        ofGroup: optimizer.groups[index].name, at: step)
      if let momentum = values.momentum { optimizer.groups[index].momentum = momentum }
      if let decay = values.weightDecay { optimizer.groups[index].weightDecay = decay }
    }
  }

  private func readLosses() throws {
    let seconds = elapsed
    try readback.read { update, scalars in
      let loss = scalars[scalars.startIndex]
      let rest = scalars.dropFirst()
      let measured = rest.suffix(task.measures.count)
      try metrics.append(
        MetricsRow(
          update: update.number, epoch: update.epoch, split: .train,
          learningRate: update.values.learningRate, momentum: update.values.momentum,
          weightDecay: update.values.weightDecay, loss: loss,
          values: Array(rest) + task.judgedFigures.map { _ in nil }, seconds: seconds))
      let finding = watch?.take(loss: loss, learningRate: update.values.learningRate)
      guard loss.isFinite else { throw try stop(atLoss: loss, of: update, finding) }
      onEvent(
        .updated(
          UpdateReport(
            update: update.number, total: budget.totalSteps, epoch: update.epoch,
            learningRate: update.values.learningRate, loss: loss,
            measures: zip(task.measures, measured).map { MetricValue($0, $1) },
            seconds: seconds)))
      if let finding {
        onEvent(.watched(finding))
        if watch?.acts == true { throw try takenBack(by: finding) }
      }
    }
  }

  /// Seconds since training began, earlier sessions of the run included.
  public var elapsed: Double { secondsBefore + (ContinuousClock.now - started).seconds }

  // MARK: Between updates

  private var isToBeJudged: Bool {
    troughs.contains(step)
      || step % budget.stepsPerEpoch.multipliedOrMax(by: options.evaluateEvery) == 0
      || step == budget.totalSteps
  }

  private var isMilestone: Bool {
    isToBeJudged || step % options.checkpointEvery == 0
  }

  /// Judges and saves, as the step demands; returns the figures if the model was judged.
  private func pause() throws -> [MetricValue] {
    try readLosses()
    var values: [MetricValue] = []
    var average: AveragedModel?
    if isToBeJudged {
      values = try evaluate(task).values
      try record(values, as: task.judgedPart == "validation" ? .validation : .test)
      onEvent(.evaluated(update: step, values: values))
      watch?.take(values, after: step)
      average = try judgeAverage()
      if let average {
        try record(average.values, as: .average)
        onEvent(.averageEvaluated(update: step, values: average.values))
      }
      if troughs.contains(step) || step == budget.totalSteps {
        for finding in watch?.findings() ?? [] { onEvent(.watched(finding)) }
      }
    }
    if troughs.contains(step) || step == budget.totalSteps || step % options.checkpointEvery == 0 {
      try save(average)
    }
    let judged = average?.values ?? values
    if troughs.contains(step) {
      let figures = judged.map { ($0.name, $0.value) }
      patience?.take(Dictionary(figures, uniquingKeysWith: { $1 }), after: step)
    }
    return judged
  }

  private func judgeAverage(isFinal: Bool = false) throws -> AveragedModel? {
    try averaging?.judge(
      task, after: step, seed: options.seed,
      batchSize: budget.batchSize / options.form.accumulate, isFinal: isFinal)
  }

  /// Returns the figures of what the run is judged by as it stands: the average, if there is one.
  ///
  /// - Parameter isFinal: whether they are of the part that the final figures are of.
  public func judge(isFinal: Bool = false) throws -> [MetricValue] {
    if let average = try judgeAverage(isFinal: isFinal) { return average.values }
    return try evaluate(
      task, on: isFinal ? task.finalBatches() : task.evaluationBatches()
    ).values
  }

  private func record(_ values: [MetricValue], as split: MetricsRow.Split) throws {
    let byName = Dictionary(
      values.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    try metrics.append(
      MetricsRow(
        update: step, epoch: (step - 1) / budget.stepsPerEpoch, split: split,
        learningRate: nil, momentum: nil, weightDecay: nil, loss: byName["loss"],
        values: task.columns.map { byName[$0] }, seconds: elapsed))
  }

  /// Writes a checkpoint; every row up to it is on disk first, and its parameters are finite.
  private func save(_ average: AveragedModel?) throws {
    guard try task.model.isFinite() else { throw try stopAtParameters() }
    try metrics.flush()
    let file = folder.checkpoint(at: step)
    try Checkpoint.write(
      task.model, optimizer,
      at: .init(
        step: step, seconds: elapsed, skipped: skipped, scale: scale, withoutTarget: withoutTarget),
      average: averaging?.moving?.named ?? average?.weights ?? [], metadata: options.metadata,
      to: file)
    lastCheckpoint = file
    // To its start a run may be taken back; where it cannot be, there is no such checkpoint.
    try folder.removeOldCheckpoints(keepingLast: 2, and: troughs.union([0]))
    onEvent(.saved(file: file))
  }
}

extension Module {
  /// Whether all parameters and running statistics are finite numbers; waits for the device.
  func isFinite() throws -> Bool {
    try checked {
      withoutGradient {
        let sums = namedTensors.map { $0.1.detached().to(.float32).sum() }
        return sums.isEmpty || Tensor.stacked(sums).sum().item().isFinite
      }
    }
  }
}

extension Swift.Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
