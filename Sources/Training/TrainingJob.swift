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
  private let folder: RunFolder
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
  /// A fresh folder is begun; one with a checkpoint goes on after it, bit for bit on a CPU.
  ///
  /// One that is over is left as it is.
  ///
  /// - Parameter observers: who follows the run beside the metrics file, the loss watch and early stopping,
  ///   in the order in which they are asked.
  public func run(observers: [any TrainingObserver] = []) throws -> RunSummary {
    if let summary = try RunSummary.ofEndedRun(in: folder) { return summary }
    try RunFolder.makeFolder(folder.checkpoints)
    let optimizer = try makeOptimizer(settings, for: task.model)
    if settings.evaluation.average == .snapshots, !task.averagesPredictions {
      throw SettingsError.outOfRange(
        key: "average", value: AverageName.snapshots.rawValue,
        allowed: "swa for a task whose answers cannot be averaged")
    }
    try task.check(patienceOn: settings.evaluation.patienceOn?.name)
    if folder.newestCheckpoint == nil, try !task.model.isFinite() {
      throw TrainingError.weightsNotFinite(file: settings.model.weights)
    }
    // Asked for early, so that what does not fit the data is told before anything is measured.
    _ = try settings.makeBudget(trainingCount: task.trainingCount)
    let list = ObserverList(observers)
    let plan = try plan(with: optimizer, list.report)
    try list.report(.planned(plan))
    let summary = try train(with: optimizer, plan: plan, observers, list.report)
    try list.didFinish(summary)
    return summary
  }

  // MARK: Find and plan

  private func plan(
    with optimizer: any Optimizer, _ report: (RunEvent) throws -> Void
  ) throws -> RunPlan {
    if let saved = try RunPlan.read(from: folder) { return saved }
    let begun = ContinuousClock.now
    let tester = RangeTester(task: task, optimizer: optimizer, options: UpdateOptions(settings))
    var range: LearningRateRange?
    var seconds: Double?
    var length: RangeTestLength?
    if settings.needsRange {
      let planned = try rangeTestLength(by: tester, timing: &seconds)
      try report(.rangeTestPlanned(planned))
      if planned.steps > 0 {
        (range, seconds) = try findRange(by: tester, steps: planned.steps, report)
      } else {
        range = settings.defaultRange(
          isNormalized: task.model.isNormalized,
          updateSize: settings.budget.batchSize * settings.budget.accumulate)
      }
      length = planned
    }
    let pace = try settings.needsPace ? tester.pace(settings, seconds, since: begun) : nil
    let budget = try settings.makeBudget(trainingCount: task.trainingCount, pace: pace)
    var settings = settings
    let whole = try settings.makeBudget(trainingCount: task.trainingCount)
    let cut = pace.flatMap { BudgetCut(of: whole, to: budget, settings, at: $0) }
    if let pace, settings.budget.minutes != nil || cut != nil {
      try report(.timed(pace))
      settings.open.evaluation.evaluateEvery =
        settings.evaluation.evaluateEvery ?? pace.epochsBetweenEvaluations(of: budget.stepsPerEpoch)
    }
    let plan = try RunPlan(
      settings: settings, range: range, budget: budget, cut: cut, constantLoss: constantLoss(),
      rangeTest: length)
    try plan.write(to: folder)
    return plan
  }

  /// The loss of an answer that looks at no image, by a batch of the range test's order.
  private func constantLoss() throws -> Double? {
    let stream = try task.trainingBatches(
      from: BatchPosition(
        purpose: .rangeTest, seed: settings.machine.seed, batchSize: settings.budget.batchSize))
    return try stream.next().flatMap(task.finiteBaselineLoss)
  }

  /// How many updates of a range test the budget holds; for one in minutes some updates are timed.
  private func rangeTestLength(
    by tester: RangeTester<Task>, timing seconds: inout Double?
  ) throws -> RangeTestLength {
    let budget = try settings.makeBudget(trainingCount: task.trainingCount)
    if settings.needsPace {
      seconds = try tester.secondsPerUpdate(settings, over: RangeTestLength.timedSteps)
    }
    let held = seconds.map { settings.updates(of: budget, at: $0) }
    return RangeTestLength(
      settings, runSteps: held ?? budget.totalSteps, updateSize: budget.batchSize,
      secondsPerUpdate: seconds)
  }

  private func findRange(
    by tester: RangeTester<Task>, steps: Int, _ report: (RunEvent) throws -> Void
  ) throws -> (LearningRateRange, secondsPerUpdate: Double?) {
    let begun = ContinuousClock.now
    var sweep = settings.sweep
    sweep.steps = steps
    var index = 0
    let (curve, secondsPerUpdate) = try tester.timedCurve(
      sweep: sweep, seed: settings.machine.seed, batchSize: settings.budget.batchSize,
      sweeping: .inRatio(settings.groupFactors), measuring: settings.rangeTest.measure
    ) { point in
      index += 1
      try report(.rangeTestPoint(point, index: index, of: sweep.steps))
    }
    try RangeTestFile.write(curve, to: folder.rangeTest)
    if let sample = curve.sample { try report(.rangeTestMeasured(curve.measure, sample)) }
    let verdict = curve.findRange(usual: settings.defaultPeak)
    try report(
      .rangeTested(verdict, updates: index, seconds: (ContinuousClock.now - begun).seconds))
    switch verdict {
    case .found(let range): return (range, secondsPerUpdate)
    case .none(let reason): throw TrainingError.noReliableRange(reason.description)
    }
  }

  // MARK: Train and evaluate

  private var watchMode: WatchMode { settings.evaluation.watch }

  /// Trains to the end, rolled back as often as the run diverges and may be.
  private func train(
    with optimizer: any Optimizer, plan: RunPlan, _ observers: [any TrainingObserver],
    _ report: (RunEvent) throws -> Void
  ) throws -> RunSummary {
    if watchMode == .act, folder.newestCheckpoint == nil {
      try Checkpoint.write(
        task.model, optimizer, at: .init(step: 0, seconds: 0),
        average: try averaging(plan)?.moving?.named ?? [], metadata: metadata,
        to: folder.checkpoint(at: 0)
      )
    }
    // On a card no bits are promised. The trials took five seconds, which short runs do not win back.
    Library.tryConvolutionAlgorithms(plan.budget.totalSteps >= 2_000)
    var plan = plan
    var secondsBefore: Double?
    while true {
      do {
        return try train(
          with: optimizer, plan: plan, secondsBefore: secondsBefore, observers, report)
      } catch let diverged as Diverged {
        plan = try DivergenceRecovery.plan(after: diverged.finding, of: plan, in: folder)
        secondsBefore = diverged.seconds
        try report(.rolledBack(plan))
      } catch let revised as Revised {
        plan = revised.plan
        secondsBefore = revised.seconds
        try plan.write(to: folder)
        try report(.revised(plan))
      }
    }
  }

  /// Trains from the newest checkpoint on, or from the start.
  private func train(
    with optimizer: any Optimizer, plan: RunPlan, secondsBefore: Double?,
    _ observers: [any TrainingObserver], _ report: (RunEvent) throws -> Void
  ) throws -> RunSummary {
    let checkpoint = folder.newestCheckpoint
    var progress = Checkpoint.Progress(step: 0, seconds: secondsBefore ?? 0)
    let averaging = try averaging(plan)
    if let checkpoint {
      progress = try Checkpoint.resume(
        task.model, optimizer, average: averaging?.moving, from: checkpoint)
      progress.seconds = secondsBefore ?? progress.seconds
      if progress.step > 0, secondsBefore == nil {
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
    let trainer = Trainer(
      task: task, optimizer: optimizer, plan: plan.plan, budget: plan.budget, in: folder,
      options: .init(
        seed: settings.machine.seed, checkpointEvery: settings.machine.checkpointEvery,
        evaluateEvery: plan.settings.epochsBetweenEvaluations, update: UpdateOptions(settings),
        freezing: try Freezing(plan.settings, for: task.model, in: plan.budget),
        averaging: averaging, trainingImages: watchMode == .off ? 0 : Self.mostTrainingImages,
        metadata: metadata),
      observers: [metrics] + observers + deciding(plan, table), after: progress)
    // A run killed between its last checkpoint and its summary has nothing left to train.
    let trained = try trainer.train()
    let values = trained.isEmpty ? try trainer.evaluated() : trained
    func figures(_ values: [MetricValue]) -> [String: Double] {
      Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
    let choosesElsewhere = task.finalSplit != task.judgedPart
    let summary = RunSummary(
      final: figures(choosesElsewhere ? try trainer.evaluated(isFinal: true) : values),
      judgedPart: task.finalSplit, validation: choosesElsewhere ? figures(values) : nil,
      updates: trainer.step, seconds: trainer.elapsed,
      imagesPerSecond: trainer.speed.imagesPerSecond
        ?? Speedometer.imagesPerSecond(table, plan.budget) ?? .nan,
      firstUpdateSeconds: trainer.speed.firstUpdate ?? 0)
    try summary.write(to: folder)
    return summary
  }

  /// By so many images a share of 99 % is known to a fifth of a percent.
  private static var mostTrainingImages: Int { 2_000 }

  /// What is judged in the model's place, as it begins.
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
    return [watch, stopping].compactMap { $0 }
  }
}
