import Formatting
import Foundation
import Metrics
import Planning
import Runs
import Schedules
import Settings
import Torch
import Tuning

/// The main job of any task: find the range, plan the cycles, train, evaluate.
public struct TrainingJob<Task: TrainingTask> {
  private let task: Task
  private let settings: ResolvedSettings
  let folder: RunFolder
  private let metadata: [String: String]

  /// Creates a job.
  ///
  /// - Parameters:
  ///   - settings: everything but what the range test and the planner are to find.
  ///   - folder: the run's folder, locked by this process.
  ///   - metadata: what checkpoints carry beside the step, for whoever reads them later.
  public init(
    task: Task, settings: ResolvedSettings, folder: RunFolder, metadata: [String: String] = [:]
  ) {
    self.task = task
    self.settings = settings
    self.folder = folder
    self.metadata = metadata
  }

  /// Does the job from where the folder's files say it stands, and returns what came out.
  ///
  /// A fresh folder is begun; one with a checkpoint continues after it, bit for bit on a CPU.
  ///
  /// One that is over is left as it is.
  ///
  /// - Parameter observers: who follows the run beside the metrics file, the loss watch and early stopping,
  ///   in the order in which they are asked.
  public func run(observers: [any TrainingObserver] = []) throws -> RunSummary {
    let changes = settings.open.changeable
    let ended = try ProcessGroup.broadcastFromFirstIfAny { try RunSummary.ofEndedRun(in: folder, having: changes) }
    if let ended { return ended }
    try Self.check(task, settings)
    try RunFolder.makeFolder(folder.checkpoints)
    let optimizer = try makeOptimizer(settings, for: task.model)
    let isNew = try ProcessGroup.broadcastFromFirst { folder.newestCheckpoint == nil }
    // What is computed once for the whole run is computed with the run's weights.
    try ProcessGroup.onFirst {
      if let newest = folder.newestCheckpoint {
        try Checkpoint.loadWeights(into: task.model, from: newest)
      }
    }
    // However each process came to its weights.
    try ProcessGroup.current?.broadcast(task.model.namedTensors.map(\.1))
    if isNew, try !task.model.isFinite() {
      throw TrainingError.weightsNotFinite(file: settings.model.weights)
    }
    let list = ObserverList(observers)
    if isNew {
      try ProcessGroup.onFirst { try requireNoLostCheckpoint() }
    }
    let hasAverage = settings.averageDecay != nil || settings.evaluation.average == .swa
    let size = Checkpoint.byteCount(task.model, optimizer, hasAverage: hasAverage)
    try ProcessGroup.onFirst {
      // A run whose last checkpoint is there writes no other.
      let last = try RunPlan.read(from: folder)?.budget.totalSteps ?? .max
      if folder.listCheckpoints().last?.update ?? 0 < last { try folder.requireRoom(of: size) }
    }
    let begun = ContinuousClock.now
    try prepare(since: begun, isNew: isNew, list.report)
    let plan = try plan(with: optimizer, isNew: isNew, since: begun, list.report)
    try list.report(.planned(plan))
    // Those of troughs stay, the start's with --watch act and the cool-down's too.
    let troughs = plan.plan.troughs(upTo: plan.budget.totalSteps).dropLast().count
    let others = (watchMode == .act ? 1 : 0) + (plan.plan.isOpenEnded ? 1 : 0)
    let note =
      ProcessGroup.isFirst ? folder.noteOfRoom(forCheckpoints: keptCheckpoints + 1 + troughs + others, of: size) : nil
    if let note { try list.report(.note(note)) }
    let summary = try train(with: optimizer, plan: plan, observers, list.report)
    try list.didFinish(summary)
    return summary
  }

  /// Checks what can be known before anything is measured or written.
  ///
  /// - Throws: `SettingsError` for settings that do not fit the task or its data.
  public static func check(_ task: Task, _ settings: ResolvedSettings) throws {
    if settings.evaluation.average == .snapshots, !task.averagesPredictions {
      throw SettingsError.notAllowed(
        key: "average", value: AverageName.snapshots.rawValue,
        allowed: "swa for a task whose predictions cannot be averaged")
    }
    try task.check(patienceOn: settings.evaluation.patienceOn?.name)
    _ = try settings.makeBudget(trainingCount: task.trainingCount)
    try Adviser.check(task, settings)
  }

  /// Checks that a run without a checkpoint has no more updates in its table than come before the first one.
  private func requireNoLostCheckpoint() throws {
    guard let last = try MetricsReader.last(of: folder.metrics).rows.last?.update else { return }
    // The distance may have been changed since.
    let planned = try RunPlan.read(from: folder)?.settings.machine.checkpointEvery
    let every = max(settings.machine.checkpointEvery, planned ?? 0)
    guard last > every else { return }
    throw RunError.cannotRead(
      path: folder.checkpoints.path,
      reason:
        "metrics.csv has rows up to update \(last), but there is no checkpoint, though one is saved every "
        + "\(every) updates; put the checkpoints back, or begin a new run")
  }

  // MARK: Find and plan

  /// Has the task compute what all batches need.
  ///
  /// - Throws: `SettingsError` where that takes longer than the minutes of a new run.
  private func prepare(
    since begun: ContinuousClock.Instant, isNew: Bool, _ report: (RunEvent) throws -> Void
  ) throws {
    // Of several processes, whose clocks differ, one must not end alone; the plan refuses the minutes for all.
    let minutes = isNew && ProcessGroup.current == nil ? settings.budget.minutes : nil
    try task.prepare { images, all in
      try TrainingError.throwIfPaused()
      let seconds = (ContinuousClock.now - begun).seconds
      let needed = seconds * Double(all) / Double(max(1, images))
      if let minutes, seconds > 2, needed > 60 * minutes {
        throw SettingsError.notAllowed(
          key: "minutes", value: "\(minutes)",
          allowed: "longer: computing the features of \(all) images and views takes about "
            + "\(roundedRate(needed / 60)) minutes; --feature-views 1 makes them fewer")
      }
      try report(.computedFeatures(images: images, of: all))
    }
  }

  private func plan(
    with optimizer: any Optimizer, isNew: Bool, since begun: ContinuousClock.Instant,
    _ report: (RunEvent) throws -> Void
  ) throws -> RunPlan {
    if let saved = try ProcessGroup.broadcastFromFirstIfAny({ try RunPlan.read(from: folder) }) {
      let (planned, now) = (
        saved.budget.stepsPerEpoch, try settings.makeBudget(trainingCount: task.trainingCount).stepsPerEpoch
      )
      if planned != now {
        try report(
          .note(
            "note: an epoch of this run stays \(quantity(planned, "update")), as planned; a pass over its images takes "
              + "\(now) now"))
      }
      return saved
    }
    guard isNew else {
      throw RunError.cannotRead(
        path: folder.plan.path,
        reason:
          "it does not exist, although the run has a checkpoint, and without it the run's rates are not known; "
          + "put it back, or begin a new run from the checkpoint (--weights)")
    }
    // As it was typed: rehearsals take updates off.
    let whole = try settings.makeBudget(trainingCount: task.trainingCount)
    var settings = settings
    var record: AdviceRecord?
    var pace: MeasuredSpeed?
    if settings.needsRange {
      let adviser = Adviser(
        task: task, settings: settings, optimizer: optimizer, folder: folder, begun: begun)
      let advised = try adviser.advise(report)
      (record, pace) = advised
      // Without rehearsals their cost is nothing.
      settings = settings.spending(advised.record.cost, of: whole)
    } else if settings.needsPace {
      pace = try RangeTester(task: task, optimizer: optimizer, options: UpdateOptions(settings))
        .pace(settings, nil, since: begun)
    }
    let budget = try settings.makeBudget(trainingCount: task.trainingCount, pace: pace)
    let unlimited = try settings.makeBudget(trainingCount: task.trainingCount)
    let cut = pace.flatMap {
      // What rehearsals took off is no cut by the minutes.
      budget.totalSteps < unlimited.totalSteps ? ShortenedBudget(of: whole, to: budget, settings, at: $0) : nil
    }
    let isOpenEnded = settings.budget.openEnded
    if let pace, settings.budget.minutes != nil || cut != nil || isOpenEnded {
      try report(.timed(pace))
      settings.open.evaluation.evaluateEvery = min(
        settings.epochsBetweenEvaluations(at: pace, of: budget.stepsPerEpoch),
        max(1, Int(clamping: budget.epochs.rounded(.up))))
    }
    return try ProcessGroup.broadcastFromFirst { [settings, record, pace] in
      let plan = try RunPlan(
        settings: settings, range: record?.advisedRange, budget: budget, cut: cut,
        baselineLoss: task.baselineLoss(settings), rangeTest: record?.testLength,
        advice: record?.lines, pace: pace, evaluationImages: task.evaluationCount,
        trainingImages: task.distinctTrainingCount, situation: task.situation(settings, in: budget))
      try plan.write(to: folder)
      return plan
    }
  }

  // MARK: Train and evaluate

  private var watchMode: WatchMode { settings.evaluation.watch }

  /// Trains to the end, rolled back as often as the run diverges and may be, and landed when it is asked to.
  private func train(
    with optimizer: any Optimizer, plan: RunPlan, _ observers: [any TrainingObserver],
    _ report: (RunEvent) throws -> Void
  ) throws -> RunSummary {
    if watchMode == .act {
      try ProcessGroup.onFirst {
        guard folder.newestCheckpoint == nil else { return }
        try Checkpoint.write(
          task.model, optimizer, at: .init(step: 0, seconds: 0),
          average: try averaging(plan)?.moving?.named ?? [], metadata: metadata,
          to: folder.checkpoint(at: 0))
      }
    }
    // On a card no bits are promised. The trials took five seconds, which short runs do not win back.
    Library.tryConvolutionAlgorithms(plan.budget.totalSteps >= 2_000)
    var plan = plan
    var secondsBefore: Double?
    while true {
      do {
        return try trainUntilInterrupted(
          with: optimizer, plan: plan, secondsBefore: secondsBefore, observers, report)
      } catch let interruption as TrainingInterruption {
        secondsBefore = interruption.seconds
        plan = try self.plan(after: interruption, of: plan, report)
      }
    }
  }

  /// Trains from the newest checkpoint on, or from the start, until the run ends or is interrupted.
  private func trainUntilInterrupted(
    with optimizer: any Optimizer, plan: RunPlan, secondsBefore: Double?,
    _ observers: [any TrainingObserver], _ report: (RunEvent) throws -> Void
  ) throws -> RunSummary {
    var progress = Checkpoint.Progress(step: 0, seconds: secondsBefore ?? 0)
    let averaging = try averaging(plan)
    let checkpoint = folder.newestCheckpoint
    if let saved = try resume(optimizer, averaging?.moving, from: checkpoint) {
      progress = saved
      progress.seconds = secondsBefore ?? progress.seconds
      if let checkpoint, progress.step > 0, secondsBefore == nil {
        try report(.resumed(update: progress.step, from: checkpoint))
        if let was = try Checkpoint.otherProcessor(of: checkpoint) {
          try report(.otherProcessor(was: was, now: Processor.arithmetic))
        }
      }
    }
    let metrics = try MetricsWriter(
      file: folder.metrics, columns: task.columns, keepingUpTo: progress.step)
    let table = try MetricsTable.read(folder.metrics)
    if let gap = table.gap(upTo: progress.step) { try report(.note(gap)) }
    let isEvaluated = table.rows.contains { $0.update == progress.step && $0.split.isEvaluation }
    let lacksEvaluation = try ProcessGroup.broadcastFromFirst { progress.step > 0 && !isEvaluated }
    let trainer = Trainer(
      task: task, optimizer: optimizer, plan: plan.plan, budget: plan.budget, in: folder,
      options: .init(
        seed: settings.machine.seed, checkpointEvery: settings.machine.checkpointEvery,
        keptCheckpoints: keptCheckpoints,
        evaluateEvery: plan.settings.evaluation.evaluateEvery, update: UpdateOptions(settings),
        freezing: try Freezing(plan.settings, for: task.model, in: plan.budget),
        averaging: averaging,
        maximumTrainingImagesEvaluated: watchMode == .off ? 0 : Self.maximumTrainingImagesEvaluated,
        metadata: metadata, lacksEvaluation: lacksEvaluation),
      observers: [metrics] + observers + deciding(plan, table), after: progress)
    // A run killed between its last checkpoint and its summary has nothing left to train.
    let trained: [MetricValue]
    do { trained = try trainer.train() } catch let error as TrainingError {
      throw error.bounded { plan.plausible($0) }
    }
    let values = trained.isEmpty ? try trainer.evaluated() : trained
    func byName(_ values: [MetricValue]) -> [String: Double] {
      Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
    let choosesElsewhere = task.finalSplit != task.evaluationSplit
    let summary = RunSummary(
      final: byName(choosesElsewhere ? try trainer.evaluated(isFinal: true) : values),
      evaluationSplit: task.finalSplit, validation: choosesElsewhere ? byName(values) : nil,
      updates: trainer.step, seconds: trainer.elapsed,
      imagesPerSecond: trainer.speed.imagesPerSecond
        ?? Speedometer.imagesPerSecond(table, plan.budget) ?? .nan,
      firstUpdateSeconds: trainer.speed.firstUpdate ?? .nan)
    try ProcessGroup.onFirst { try summary.write(to: folder) }
    return summary
  }

  /// Puts the run back where a checkpoint left it; process 0 reads it for all, so they need not see its folder.
  private func resume(
    _ optimizer: any Optimizer, _ average: MovingAverage?, from checkpoint: URL?
  ) throws -> Checkpoint.Progress? {
    let progress = try ProcessGroup.broadcastFromFirstIfAny {
      try checkpoint.map {
        try Checkpoint.resume(task.model, optimizer, average: average, from: $0)
      }
    }
    guard progress != nil, let group = ProcessGroup.current else { return progress }
    try group.broadcast(
      task.model.namedTensors.map(\.1) + optimizer.state.map(\.1)
        + (average?.named.map(\.1) ?? []))
    return progress
  }

  /// A run without cycles is rolled back to one of its last checkpoints, and may have diverged for 100 updates
  /// when that is certain.
  private var keptCheckpoints: Int {
    let isRolledBack = watchMode == .act && settings.budget.openEnded
    return 2 + (isRolledBack ? 200 / max(1, settings.machine.checkpointEvery) : 0)
  }

  /// By so many images a share of 99 % is known to a fifth of a percent.
  private static var maximumTrainingImagesEvaluated: Int { 2_000 }

  /// What is evaluated in the model's place, as it begins.
  private func averaging(_ plan: RunPlan) throws -> Averaging? {
    try Averaging(
      settings, of: task.model, troughs: plan.plan.troughs(upTo: plan.budget.totalSteps),
      in: folder)
  }

  /// The observers that end a run early or roll it back; they have seen what the run's table holds.
  private func deciding(_ plan: RunPlan, _ table: MetricsTable) -> [any TrainingObserver] {
    let watch: (any TrainingObserver)? =
      watchMode == .off
      ? nil
      : LossWatch(
        plan: plan, rows: table, rollsBack: watchMode == .act,
        evaluationCount: task.evaluationCount)
    let stopping: (any TrainingObserver)? = EarlyStopping(
      settings, plan: plan, rows: table.rows, columns: table.columns)
    return [watch, stopping, LandingWatch(plan, in: folder)].compactMap { $0 }
  }
}
