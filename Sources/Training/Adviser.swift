import Foundation
import Planning
import Runs
import Schedules
import Settings
import Torch
import Tuning

/// Finds the peak of a run: by the prior for such runs, by a range test, and by rehearsals where they pay.
///
/// Model and optimizer are afterwards as before. What is over is kept in the run's folder, so that a run that
/// is killed meanwhile goes on with the next rehearsal. The same seed gives the same advice.
public struct Adviser<Task: TrainingTask> {
  private let task: Task
  private let settings: ResolvedSettings
  private let optimizer: any Optimizer
  private let folder: RunFolder?
  private let begun: ContinuousClock.Instant

  /// Creates an adviser.
  ///
  /// - Parameters:
  ///   - folder: where what it measures is kept, if anywhere.
  ///   - begun: from when on time counts as spent of a budget in minutes.
  public init(
    task: Task, settings: ResolvedSettings, optimizer: any Optimizer, folder: RunFolder? = nil,
    begun: ContinuousClock.Instant = .now
  ) {
    self.begun = begun
    self.task = task
    self.settings = settings
    self.optimizer = optimizer
    self.folder = folder
  }

  /// Measures what has not been measured, and returns what the peak follows from, and how fast the run is if
  /// its budget depends on that.
  ///
  /// - Throws: `TrainingError.noReliableRange`, `TrainingError.everyRehearsalLost`; `SettingsError` where
  ///   rehearsals are asked for and cannot be made.
  public func advise(
    _ report: (RunEvent) throws -> Void = { _ in }
  ) throws -> (record: AdviceRecord, pace: MeasuredSpeed?) {
    var (record, pace) = try begin(report)
    if record.design != nil {
      try rehearse(&record, report)
      pace?.secondsSpent += record.seconds
    }
    return (record, pace)
  }

  // MARK: The range test

  /// Makes the range test and decides about rehearsals, or reads what was found before the run was killed.
  private func begin(
    _ report: (RunEvent) throws -> Void
  ) throws -> (record: AdviceRecord, pace: MeasuredSpeed?) {
    let tester = RangeTester(task: task, optimizer: optimizer, options: UpdateOptions(settings))
    let kept = try ProcessGroup.broadcastFromFirstIfAny { try folder.flatMap(AdviceRecord.read) }
    if let record = kept, try isOfThisRun(record) {
      var pace =
        try settings.needsPace
        ? tester.pace(settings, record.secondsPerUpdate, since: begun) : nil
      pace?.secondsSpent += record.testSeconds
      return (record, pace)
    }
    var curve: RangeTestCurve?
    var range: LearningRateRange?
    var seconds: Double?
    var length: RangeTestLength?
    if settings.makesRangeTest {
      let planned = try testLength(by: tester, timing: &seconds)
      try report(.rangeTestPlanned(planned))
      if planned.steps > 0 {
        (curve, range, seconds) = try findRange(by: tester, steps: planned.steps, report)
      }
      length = planned
    }
    let pace = try settings.needsPace ? tester.pace(settings, seconds, since: begun) : nil
    let budget = try settings.makeBudget(trainingCount: task.trainingCount, pace: pace)
    let record = AdviceRecord(
      settings, task.situation(settings, in: budget), curve: curve, range: range,
      testLength: length, secondsPerUpdate: seconds,
      testSeconds: try ProcessGroup.broadcastFromFirst { (ContinuousClock.now - begun).seconds })
    try Self.check(record, settings)
    try write(record)
    return (record, pace)
  }

  /// Whether a record is of a run of these settings: before there is a plan, `config.yaml` can be changed.
  private func isOfThisRun(_ record: AdviceRecord) throws -> Bool {
    let budget = try settings.makeBudget(trainingCount: task.trainingCount)
    var now = task.situation(settings, in: budget)
    // What minutes hold was measured, and is measured anew.
    if settings.needsPace {
      (now.updates, now.epochs) = (record.situation.updates, record.situation.epochs)
    }
    return record.isMade(for: settings, now)
  }

  /// Checks, before anything is measured, that a run that asks for rehearsals can have them.
  ///
  /// - Throws: `SettingsError`.
  public static func check(_ task: Task, _ settings: ResolvedSettings) throws {
    let hasNoEnd = settings.budget.openEnded && settings.budget.minutes == nil
    guard settings.needsRange, !settings.needsPace || hasNoEnd else { return }
    let budget = try settings.makeBudget(trainingCount: task.trainingCount)
    try check(
      AdviceRecord(
        settings, task.situation(settings, in: budget), curve: nil, range: nil,
        secondsPerUpdate: nil, testSeconds: 0), settings)
  }

  private static func check(_ record: AdviceRecord, _ settings: ResolvedSettings) throws {
    guard settings.rangeTest.advice == .rehearse, let obstacle = record.obstacle,
      obstacle != .peakGiven
    else { return }
    throw SettingsError.notAllowed(
      key: "advice", value: AdviceMode.rehearse.rawValue,
      allowed: "auto, range-test or prior for this run: \(obstacle)")
  }

  /// How many updates of a range test the budget holds; for one in minutes some updates are timed.
  private func testLength(
    by tester: RangeTester<Task>, timing seconds: inout Double?
  ) throws -> RangeTestLength {
    let budget = try settings.makeBudget(trainingCount: task.trainingCount)
    if settings.needsPace {
      seconds = try tester.secondsPerUpdate(settings, over: RangeTestLength.timedSteps)
    }
    let held = seconds.map { settings.updates(of: budget, at: $0) }
    return RangeTestLength(
      settings, runSteps: held ?? budget.totalSteps, updateSize: budget.batchSize,
      secondsPerUpdate: seconds,
      isEstimate: held.map { settings.budget.minutes != nil || $0 < budget.totalSteps } ?? false)
  }

  private func findRange(
    by tester: RangeTester<Task>, steps: Int, _ report: (RunEvent) throws -> Void
  ) throws -> (RangeTestCurve, LearningRateRange, secondsPerUpdate: Double?) {
    let started = ContinuousClock.now
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
    if let folder {
      try ProcessGroup.onFirst { try RangeTestFile.write(curve, to: folder.rangeTest) }
    }
    if let sample = curve.sample { try report(.rangeTestMeasured(curve.measure, sample)) }
    let verdict = curve.findRange(defaultPeak: settings.defaultPeak)
    try report(
      .rangeTested(verdict, updates: index, seconds: (ContinuousClock.now - started).seconds))
    switch verdict {
    case .found(let range): return (curve, range, secondsPerUpdate)
    case .none(let reason):
      if let first = curve.points.first, !first.loss.isFinite {
        try checkFirstLoss(first)
      }
      throw TrainingError.noReliableRange(reason.description)
    }
  }

  /// Throws what made the very first loss NaN or infinite, if that is not the rate.
  private func checkFirstLoss(_ point: RangeTestPoint) throws {
    let position = BatchPosition(
      purpose: .measurement, seed: settings.machine.seed, batchSize: settings.budget.batchSize)
    let decay = NonFiniteLossCause.weightDecay(
      settings.optimizer.weightDecay, at: point.learningRate, highestRate: settings.sweep.highest)
    let fault =
      try decay
      ?? ProcessGroup.broadcastFromFirstIfAny {
        try task.lossFault(from: position, batches: settings.budget.accumulate, isFirst: true)
      }
    guard let fault else { return }
    throw TrainingError.brokenLoss(
      update: 1, loss: point.loss, fault: fault, lastCheckpoint: nil)
  }

  // MARK: Rehearsals

  private func rehearse(
    _ record: inout AdviceRecord, _ report: (RunEvent) throws -> Void
  ) throws {
    guard let design = record.design else { return }
    let share = Double(design.heldOut) / Double(max(1, record.situation.images))
    guard let divided = try task.rehearsal(holdingOut: share, seed: settings.machine.seed) else {
      throw SettingsError.notAllowed(
        key: "advice", value: settings.rangeTest.advice.rawValue,
        allowed: "range-test: this task's training images cannot be held out")
    }
    try report(.rehearsing(record))
    let rehearser = Rehearser(
      task: divided, optimizer: optimizer, settings: settings, updates: record.situation.updates)
    while let step = try next(&record) {
      let began = ContinuousClock.now
      let rehearsal = try rehearser.rehearse(
        step: step, plan: plan(to: step, record, divided), beside: record.rehearsals)
      record.rehearsals.append(rehearsal)
      record.seconds += try ProcessGroup.broadcastFromFirst { (ContinuousClock.now - began).seconds }
      try write(record)
      try report(.rehearsed(record))
    }
  }

  private func write(_ record: AdviceRecord) throws {
    guard let folder else { return }
    try ProcessGroup.onFirst { try record.write(to: folder) }
  }

  /// The step to rehearse next; nil where enough is known.
  private func next(_ record: inout AdviceRecord) throws -> Double? {
    guard let design = record.design, !record.isLateStart else { return nil }
    let made = record.rehearsals
    if made.count < design.steps.count { return design.steps[made.count] }
    guard let best = made.best else {
      let rates = made.map { record.rate(ofStep: $0.step, at: record.peakMomentum) }
      throw TrainingError.everyRehearsalLost(lowest: rates.min() ?? .nan)
    }
    if made.count == design.steps.count, let baseline = try task.baselineLoss(settings),
      best.loss >= RehearsalDesign.learnedShare * baseline
    {
      guard record.tooShort.isEmpty, let longer = design.longer(after: made) else {
        record.isLateStart = true
        try write(record)
        return nil
      }
      (record.tooShort, record.rehearsals, record.design) = (made, [], longer)
      return longer.steps[0]
    }
    return design.further(after: made)
  }

  private func plan(to step: Double, _ record: AdviceRecord, _ divided: Task) throws -> RunPlan {
    var whole = try settings.makeBudget(trainingCount: task.trainingCount)
    whole.totalSteps = record.situation.updates
    var short = try settings.makeBudget(trainingCount: divided.trainingCount)
    short.totalSteps = record.design?.length ?? 1
    return try settings.rehearsal(of: record.range(atStep: step), in: short, of: whole)
  }
}

extension TrainingTask {
  /// What a run of the task is like, as far as its best peak depends on it.
  public func situation(_ settings: ResolvedSettings, in budget: Budget) -> PeakSituation {
    settings.situation(
      isNormalized: model.isNormalized, images: distinctTrainingCount, classes: classCount, budget: budget)
  }
}
