import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Training
import Tuning

@Suite struct `A budget in minutes` {
  private let directory = TemporaryDirectory()

  private func hasty(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
    settings {
      $0.budget.steps = nil
      $0.schedule.stepSize = nil
      $0.schedule.kind = nil
      $0.budget.minutes = 30
      change(&$0)
    }
  }

  /// A run that is stopped after 70 updates, long before its half hour is over; the range test, and the
  /// timing, read fewer batches.
  private func begin(
    _ settings: RunSettings, in folder: RunFolder, onEvent: @escaping (RunEvent) -> Void = { _ in }
  ) throws {
    let task = SceneTask()
    task.breaksAt = 70
    #expect(throws: Killed.self) { try run(task, settings, in: folder, onEvent: onEvent) }
  }

  /// Timing leaves no trace: a run of as many updates that nobody timed is the same, bit for bit.
  @Test(arguments: [false, true]) func `is measured, and then a budget in updates`(
    hasRange: Bool
  ) throws {
    let (timed, counted) = (try directory.folder(), try directory.folder())
    let open = hasty {
      if hasRange { ($0.schedule.baseLR, $0.schedule.maxLR) = (nil, nil) }
    }
    var pace: MeasuredSpeed?
    try begin(open, in: timed) { event in
      if case .timed(let measured) = event { pace = measured }
    }
    let plan = try #require(try RunPlan.read(from: timed))
    let known = try #require(pace)
    #expect(known.secondsPerUpdate > 0 && known.secondsPerEvaluation > 0)
    #expect(
      known.secondsSpent > 14 * known.secondsPerUpdate, "fifteen of them were timed")
    let updates = try known.updates(
      in: 30, stepsPerEpoch: 6, evaluateEvery: plan.settings.evaluation.evaluateEvery)
    #expect(updates >= plan.budget.totalSteps && updates - plan.budget.totalSteps < updates / 100)
    #expect(plan.settings.budget.steps == plan.budget.totalSteps)
    var same = plan.settings.open
    same.budget.minutes = nil
    try begin(same, in: counted)
    #expect(timed.listCheckpoints().last?.update == 70)
    #expect(try newestTensors(counted) == newestTensors(timed))
    #expect(try timelessRows(counted) == timelessRows(timed))
  }

  @Test func `that holds no update is refused, with one that would do`() throws {
    let folder = try directory.folder()
    let error = #expect(throws: SettingsError.self) {
      try run(SceneTask(), hasty { $0.budget.minutes = 1e-4 }, in: folder)
    }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains("--minutes is 0.0001, but must be longer"), "\(sentence)")
    #expect(sentence.contains("with one epoch the run would take"), "\(sentence)")
  }

  @Test func `takes the time of an update from the range test`() throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let before = state(task.model, optimizer)
    let begun = ContinuousClock.now
    let test = try RangeTester(task: task, optimizer: optimizer).timedCurve(
      sweep: RangeTestSweep(lowest: 1e-3, highest: 0.01, steps: 30), seed: 1, batchSize: 8)
    let seconds = (ContinuousClock.now - begun) / .seconds(1)
    let perUpdate = try #require(test.secondsPerUpdate)
    // The mean of the 25 after the first five.
    #expect(perUpdate > 0 && perUpdate <= seconds / 25)
    #expect(state(task.model, optimizer) == before)
  }
}
