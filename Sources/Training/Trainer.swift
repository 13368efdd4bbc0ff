import Formatting
import Foundation
import Metrics
import Numbers
import Planning
import Runs
import Schedules
import Torch
import Tuning

/// The one training loop.
///
/// It owns the count of applied updates, asks the plan for the rates at that count, and nothing else
/// ever writes them. Losses are read back every few updates; the model is evaluated at the end of every
/// epoch and of every cycle; checkpoints are written at the ends of cycles, every so many updates, and at
/// the end. What is to be written, shown or decided besides is an observer's. It runs on one thread, and
/// nothing in it waits but for data.
///
///     let trainer = Trainer(
///       task: task, optimizer: optimizer, plan: plan, budget: budget, in: folder,
///       options: .init(seed: 1, checkpointEvery: 500), observers: [metrics, watch])
///     let metrics = try trainer.train()
public final class Trainer<Task: TrainingTask> {
  let task: Task
  let optimizer: any Optimizer
  let plan: Plan
  private let budget: Budget
  let options: Options
  private let folder: RunFolder
  let observers: ObserverList

  /// The number of updates applied so far.
  public private(set) var step: Int
  private(set) var skipped: Int
  /// Updates without a target on their images.
  private var withoutTarget: Int
  private var scale: LossScale?
  private let cycleEnds: Set<Int>
  /// The updates, beside those, whose checkpoints are kept: where a cool-down begins.
  private let coolDownStart: Int?
  private var readback: LossReadback
  private(set) var lastCheckpoint: URL?
  private var stopReason: String?
  private var interruption: TrainingInterruption.Kind?
  private var revision: RunPlan?
  private let started = ContinuousClock.now
  private let secondsBefore: Double
  /// The speed of this session's updates.
  private(set) var speed: Speedometer

  /// Creates a trainer at the start of a run, or where a checkpoint left it.
  ///
  /// - Parameters:
  ///   - folder: where checkpoints are written.
  ///   - observers: who follows the run, in the order in which they are asked; they have seen what was
  ///     before the progress.
  ///   - progress: how far the run has come; the task's model and the optimizer are as after it.
  public init(
    task: Task, optimizer: any Optimizer, plan: Plan, budget: Budget, in folder: RunFolder,
    options: Options, observers: [any TrainingObserver] = [],
    after progress: Checkpoint.Progress = .init(step: 0, seconds: 0)
  ) {
    self.task = task
    self.optimizer = optimizer
    self.plan = plan
    self.budget = budget
    self.options = options
    self.folder = folder
    self.observers = ObserverList(observers)
    step = progress.step
    skipped = progress.skipped
    withoutTarget = progress.withoutTarget
    scale = options.update.scale.map { progress.scale ?? $0 }
    lastCheckpoint = folder.newestCheckpoint
    secondsBefore = progress.seconds
    speed = Speedometer(budget)
    cycleEnds = Set(plan.troughs(upTo: budget.totalSteps))
    coolDownStart = plan.landing?.step
    readback = LossReadback(
      scalarsPerUpdate: 1 + task.lossTerms.count + task.measures.count,
      device: task.model.namedParameters.first?.1.value.device ?? .cpu)
  }

  /// Trains to the end of the budget, or until an observer stops it or has it land, and returns the final metrics on the
  /// evaluation data; none if there was nothing left to train.
  ///
  /// - Throws: `TrainingError`; what the task, an observer or a write throws.
  public func train() throws -> [MetricValue] {
    task.model.setTraining(true)
    options.freezing?.apply(after: step)
    var update = options.update
    update.scale = scale
    let updater = try Updater(
      task: task, optimizer: optimizer, options: update, from: position(after: step + skipped))
    var final: [MetricValue] = []
    try act(on: observers.ask { try $0.willTrain(after: step) })
    if options.lacksEvaluation, isEvaluationDue { final = try evaluateAndSave() }
    try revise()
    while step < budget.totalSteps, stopReason == nil {
      if let interruption { throw try interrupted(interruption) }
      guard try self.update(by: updater) else { continue }
      if isEvaluationDue || isCheckpointDue { final = try evaluateAndSave() }
      try revise()
    }
    if withoutTarget > 0 { try observers.report(.withoutTarget(updates: withoutTarget, of: step)) }
    if let stopReason, step < budget.totalSteps {
      try observers.report(.stopped(update: step, reason: stopReason))
    }
    try observers.willEnd()
    return final
  }

  // MARK: One update

  /// Where an update's first batch lies, by the updates that were made before it; one that was skipped has
  /// read its batches too.
  func position(after read: Int) -> BatchPosition {
    let batches = options.update.accumulate
    return BatchPosition(
      seed: options.seed, batchSize: budget.batchSize / batches,
      epoch: read / budget.stepsPerEpoch, batch: read % budget.stepsPerEpoch * batches)
  }

  /// Makes an update; returns whether it was applied, and one that was not advances nothing.
  private func update(by updater: Updater<Task>) throws -> Bool {
    let values = plan.values(at: step)
    optimizer.apply(plan, at: step)
    let output: StepOutput?
    do { output = try updater.update(number: step + 1) } catch {
      if updater.couldNotBegin, error is any DescribedError { try? saveBeforeFailing() }
      throw error
    }
    scale = updater.scale
    if updater.hasPauseRequest { interruption = interruption ?? .pause }
    if !updater.hadTarget {
      withoutTarget += 1
      if withoutTarget == 1 { try observers.report(.withoutTarget(updates: 1, of: step + 1)) }
    }
    guard let output else {
      skipped += 1
      speed.interrupt()
      try observers.report(.skipped(update: step + 1, scale: scale?.factor ?? 1))
      return false
    }
    step += 1
    if options.freezing?.ends(after: step) == true { options.freezing?.apply(after: step) }
    if let average = options.averaging?.moving { try checked { average.take(after: step) } }
    readback.append(
      .init(number: step, epoch: (step - 1) / budget.stepsPerEpoch, values: values), output)
    if readback.isFull { try readLosses() }
    return true
  }

  private func readLosses() throws {
    let seconds = elapsed
    let isFirst = speed.firstUpdate == nil
    let imagesPerSecond = speed.take(updates: readback.count, at: seconds)
    if isFirst, let first = speed.firstUpdate {
      try observers.report(.started(secondsSinceLaunch: first))
    }
    try readback.read { update, scalars in
      let loss = scalars[scalars.startIndex]
      let rest = scalars.dropFirst()
      let record = UpdateRecord(
        update: update.number, total: budget.totalSteps, epoch: update.epoch,
        learningRate: update.values.learningRate, momentum: update.values.momentum,
        weightDecay: update.values.weightDecay, loss: loss,
        terms: zip(task.lossTerms, rest).map { MetricValue($0, $1) },
        measures: zip(task.measures, rest.suffix(task.measures.count)).map { MetricValue($0, $1) },
        seconds: seconds, imagesPerSecond: imagesPerSecond)
      let decisions = try observers.ask { try $0.didUpdate(record) }
      guard loss.isFinite else { throw try failure(at: record, decisions) }
      try act(on: decisions)
    }
  }

  /// Seconds since training began, earlier sessions of the run included.
  public var elapsed: Double { secondsBefore + (ContinuousClock.now - started).seconds }

  // MARK: Between updates

  private var endsRun: Bool { step == budget.totalSteps || stopReason != nil }

  private var isEvaluationDue: Bool {
    cycleEnds.contains(step) || endsRun
      || step % budget.stepsPerEpoch.multipliedOrMax(by: options.evaluateEvery) == 0
  }

  private var isCheckpointDue: Bool {
    cycleEnds.contains(step) || step == coolDownStart || endsRun
      || step % options.checkpointEvery == 0
  }

  /// Evaluates and saves, as the step demands; returns the metrics if the model was evaluated.
  private func evaluateAndSave() throws -> [MetricValue] {
    try readLosses()
    speed.interrupt()
    var ranked: [MetricValue] = []
    var average: AveragedModel?
    if isEvaluationDue {
      let score = try savingIfUnreadable { try evaluate(task) }
      let values = score.values
      var record = EvaluationRecord(
        update: step, epoch: (step - 1) / budget.stepsPerEpoch,
        split: task.evaluationSplit,
        model: .init(values: values, seconds: elapsed),
        endsCycle: cycleEnds.contains(step), endsRun: endsRun)
      if options.maximumTrainingImagesEvaluated > 0, record.endsCycle || record.endsRun,
        let part = try task.trainingPart(ofAtMost: options.maximumTrainingImagesEvaluated)
      {
        let values = try savingIfUnreadable { try evaluate(task, on: part).values }
        record.training = .init(values: values, seconds: elapsed)
      }
      average = try savingIfUnreadable { try evaluateAverage() }
      record.average = average.map { .init(values: $0.values, seconds: elapsed) }
      ranked = record.ranked.values
      try act(on: observers.ask { try $0.didEvaluate(record) })
      if endsRun, !(average?.isLossFinite ?? score.isLossFinite) { throw try failureOfPredictions() }
    }
    if isCheckpointDue { try save(average) }
    speed.resume(at: elapsed)
    return ranked
  }

  private func evaluateAverage(isFinal: Bool = false) throws -> AveragedModel? {
    try options.averaging?.evaluateAverage(
      task, after: step, seed: options.seed,
      batchSize: budget.batchSize / options.update.accumulate, isFinal: isFinal)
  }

  /// Returns the metrics of what the run is ranked by as it stands: the average, if there is one.
  ///
  /// - Parameter isFinal: whether they are of the part that the final metrics are of.
  /// - Throws: `TrainingError.nonFinitePredictions` where the loss is not finite.
  public func evaluated(isFinal: Bool = false) throws -> [MetricValue] {
    func checked(_ values: [MetricValue], _ isFinite: Bool) throws -> [MetricValue] {
      guard isFinite else { throw nonFinitePredictions(bound: nil) }
      return values
    }
    if let average = try evaluateAverage(isFinal: isFinal) {
      return try checked(average.values, average.isLossFinite)
    }
    let score = try evaluate(
      task, on: isFinal ? task.finalBatches() : task.evaluationBatches())
    return try checked(score.values, score.isLossFinite)
  }

  /// Has process 0 write a checkpoint; the observers' files up to it are on disk first, and its parameters are finite.
  private func save(_ average: AveragedModel?) throws {
    // Averaged first: of one process's own statistics the others would not know that they are not finite.
    try ProcessGroup.current?.allReduceMean(task.model.statistics)
    guard try task.model.isFinite() else { throw try failureOfParameters() }
    try options.averaging?.moving?.shareStatistics()
    let file = folder.checkpoint(at: step)
    try ProcessGroup.onFirst {
      try observers.willCheckpoint(after: step)
      try Checkpoint.write(
        task.model, optimizer,
        at: .init(
          step: step, seconds: elapsed, skipped: skipped, scale: scale,
          withoutTarget: withoutTarget),
        average: options.averaging?.moving?.named ?? average?.weights ?? [],
        metadata: options.metadata, to: file)
      // To its start a run may be rolled back; where it cannot be, there is no such checkpoint.
      try folder.removeOldCheckpoints(
        keepingLast: options.keptCheckpoints, and: cycleEnds.union([0, coolDownStart ?? 0]))
    }
    lastCheckpoint = file
    try observers.report(.saved(file: file))
  }

  private func act(on decisions: ObserverList.Decisions) throws {
    for finding in decisions.findings { try observers.report(.finding(finding)) }
    for note in decisions.notes { try observers.report(.note(note)) }
    if let finding = decisions.rollBack { throw try diverged(finding) }
    if decisions.interruption == .pause || plan.isOpenEnded { interruption = interruption ?? decisions.interruption }
    stopReason = stopReason ?? decisions.stopReason
    revision = revision ?? decisions.revision
  }

  /// Ends this part of the run where it goes on by another plan: at a trough that is saved, as if it had been
  /// killed there.
  private func revise() throws {
    guard let revision, stopReason == nil else { return }
    try observers.willEnd()
    throw TrainingInterruption(kind: .revised(revision), update: step, seconds: elapsed)
  }

  /// Saves the run where what is evaluated cannot be read.
  private func savingIfUnreadable<Value>(_ evaluate: () throws -> Value) throws -> Value {
    do { return try evaluate() } catch {
      if error is any DescribedError, !(error is TrainingError || error is TorchError) { try? saveBeforeFailing() }
      throw error
    }
  }

  /// Saves the run before it fails by its data, which is no fault of what it has trained.
  ///
  /// Of several processes only the one whose images these are knows of it.
  private func saveBeforeFailing() throws {
    guard ProcessGroup.current == nil, step > 0 else { return }
    try readLosses()
    if lastCheckpoint != folder.checkpoint(at: step) { try save(nil) }
    try observers.willEnd()
    try observers.report(
      .note("note: saved after update \(step); --resume continues the run when its data can be read"))
  }

  /// Saves the run as it stands, with the rows of all its updates, and returns what tells its job of it.
  private func interrupted(_ kind: TrainingInterruption.Kind) throws -> any Error {
    try readLosses()
    let isSaved = try ProcessGroup.broadcastFromFirst { lastCheckpoint == folder.checkpoint(at: step) }
    if step > 0, !isSaved { try save(nil) }
    try observers.willEnd()
    return TrainingInterruption(kind: kind, update: step, seconds: elapsed)
  }
}
