import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Training
import Tuning

@Suite struct `The adviser` {
  private let directory = TemporaryDirectory()

  /// 2,000 small images: the fewest of which enough are held out.
  private static func task() -> SceneTask { SceneTask(images: 2_000, size: 8, width: 4) }

  private static func rehearsing(
    _ change: (inout RunSettings) -> Void = { _ in }
  ) -> RunSettings {
    settings {
      $0.budget.steps = 850
      $0.schedule.kind = nil
      $0.schedule.stepSize = nil
      $0.schedule.baseLR = nil
      $0.schedule.maxLR = nil
      $0.rangeTest.steps = 20
      $0.rangeTest.advice = .rehearse
      $0.machine.checkpointEvery = 1_000
      change(&$0)
    }
  }

  @discardableResult
  private static func advise(
    _ task: SceneTask, _ settings: RunSettings, in folder: RunFolder? = nil,
    _ report: (RunEvent) throws -> Void = { _ in }
  ) throws -> AdviceRecord {
    let optimizer = try makeOptimizer(settings.resolved, for: task.model)
    return try Adviser(
      task: task, settings: settings.resolved, optimizer: optimizer, folder: folder
    )
    .advise(report).record
  }

  /// The advice of a search that is left alone.
  private static let undisturbed = Result { try advise(task(), rehearsing()) }

  private func task() -> SceneTask { Self.task() }

  /// Before a run has a plan its settings can be changed, also those of which the situation says nothing.
  @Test func `measures anew for other settings, and for the same does not`() throws {
    let folder = try directory.folder()
    func tests(_ settings: RunSettings) throws -> Int {
      var tests = 0
      try Self.advise(task(), settings, in: folder) { if case .rangeTested = $0 { tests += 1 } }
      return tests
    }
    #expect(try tests(Self.rehearsing()) == 1)
    #expect(try tests(Self.rehearsing()) == 0)
    #expect(try tests(Self.rehearsing { $0.data.validation = ValidationShare.none }) == 0)
    #expect(try tests(Self.rehearsing { $0.machine.checkpointEvery = 50 }) == 0, "which may change")
    #expect(try tests(Self.rehearsing { $0.optimizer.weightDecay = 0.01 }) == 1)
  }

  @Test(arguments: [OptimizerName.sgd, .adamw], [nil, 0.99])
  func `leaves parameters, buffers and optimizer as they were, to the last bit`(
    name: OptimizerName, ema: Double?
  ) throws {
    let task = task()
    let settings = Self.rehearsing {
      $0.optimizer.name = name
      $0.evaluation.ema = ema.map(AverageDecay.init)
    }
    let optimizer = try makeOptimizer(settings.resolved, for: task.model)
    let before = state(task.model, optimizer)
    let groups = optimizer.groups.map { [$0.learningRate, $0.momentum, $0.weightDecay] }
    let record = try Adviser(task: task, settings: settings.resolved, optimizer: optimizer)
      .advise().record
    #expect(record.rehearsals.count >= 3)
    #expect(state(task.model, optimizer) == before)
    #expect(optimizer.groups.map { [$0.learningRate, $0.momentum, $0.weightDecay] } == groups)
    #expect(task.model.namedParameters.allSatisfy { $0.1.value.gradient == nil })
  }

  @Test func `rehearses to peaks three times apart, and is surer afterwards`() throws {
    let record = try Self.undisturbed.get()
    let steps = record.rehearsals.prefix(3).map(\.step)
    for (low, high) in zip(steps, steps.dropFirst()) {
      #expect(abs(log2(high / low) - 1.6) < 1e-9)
    }
    for rehearsal in record.rehearsals where !rehearsal.isLost {
      #expect(rehearsal.updates == 60)
      // 500 held-out images in batches of 20.
      #expect(rehearsal.batchLosses.count == 25)
      let mean = rehearsal.batchLosses.reduce(0, +) / 25
      #expect(abs(mean - rehearsal.loss) < 1e-5)
    }
    #expect(record.advice.after.deviation < record.advice.before.deviation)
    // At momentum 0.85 the step is the rate divided by 0.15.
    let range = record.advisedRange
    #expect(abs(range.oneCycleMax / 0.15 / record.advice.step - 1) < 1e-9)
  }

  @Test(arguments: [1, 2, 3])
  func `killed after a rehearsal goes on with the next, to the same advice`(count: Int) throws {
    let broken = try directory.folder()
    let once = try Self.undisturbed.get()
    #expect(throws: Killed.self) {
      try Self.advise(task(), Self.rehearsing(), in: broken) { event in
        if case .rehearsed(let record) = event, record.rehearsals.count == count {
          throw Killed()
        }
      }
    }
    var points = 0
    let again = try Self.advise(task(), Self.rehearsing(), in: broken) {
      if case .rangeTestPoint = $0 { points += 1 }
    }
    #expect(points == 0, "the range test is not made again")
    #expect(again.advice.step == once.advice.step)
    #expect(again.advice.interval == once.advice.interval)
    #expect(again.rehearsals.map(\.batchLosses) == once.rehearsals.map(\.batchLosses))
  }

  @Test func `killed amid a rehearsal makes it again`() throws {
    let broken = try directory.folder()
    let once = try Self.undisturbed.get()
    let killed = task()
    // The range test reads 20 batches, a rehearsal 60.
    killed.breaksAt = 30
    let before = state(killed.model)
    #expect(throws: Killed.self) { try Self.advise(killed, Self.rehearsing(), in: broken) }
    #expect(state(killed.model) == before)
    #expect(try Self.advise(task(), Self.rehearsing(), in: broken).advice.step == once.advice.step)
  }

  @Test func `measures anew where the settings are not those of what was kept`() throws {
    let folder = try directory.folder()
    #expect(throws: Killed.self) {
      try Self.advise(task(), Self.rehearsing(), in: folder) { event in
        if case .rehearsed = event { throw Killed() }
      }
    }
    let changed = Self.rehearsing { $0.optimizer.name = .adamw }
    let record = try Self.advise(task(), changed, in: folder)
    #expect(record.situation.optimizer == .adam && record.momentum == nil)
    #expect(try record.advice.step == Self.advise(task(), changed).advice.step)
  }

  @Test func `of another seed rehearses other batches`() throws {
    let one = try Self.undisturbed.get()
    let other = try Self.advise(task(), Self.rehearsing { $0.machine.seed = 8 })
    #expect(one.rehearsals.map(\.loss) != other.rehearsals.map(\.loss))
  }

  @Test func `stays below a rehearsal that diverged`() throws {
    let task = task()
    // The third rehearsal: each makes sixty calls.
    task.disturbance = { $0 >= 130 ? $1 * Double.nan : $1 }
    let record = try Self.advise(task, Self.rehearsing())
    let lost = try #require(record.rehearsals.first { $0.isLost })
    #expect(record.rehearsals.count { $0.isLost } == 1)
    #expect(lost.end == .notFinite && lost.updates == 11)
    #expect(record.advice.step <= lost.step / 3)
  }

  @Test func `fails where every rehearsal diverges, and says what to give`() throws {
    let task = task()
    // The range test makes forty calls, an update and a look at the fixed batch each.
    task.disturbance = { $0 >= 45 ? $1 * Double.nan : $1 }
    let error = #expect(throws: TrainingError.self) { try Self.advise(task, Self.rehearsing()) }
    guard case .everyRehearsalLost(let lowest)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    let sentence = "\(try #require(error))"
    #expect(lowest > 0 && sentence.contains("--max-lr"), "\(sentence)")
  }

  @Test func `says that a loss is NaN from the first update on`() throws {
    let task = task()
    task.disturbance = { $1 * Double.nan }
    let error = #expect(throws: TrainingError.self) { try Self.advise(task, Self.rehearsing()) }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains("NaN or infinite from the first update on"), "\(sentence)")
    #expect(sentence.contains("--range-test-min-lr"), "\(sentence)")
  }

  @Test func `says why a run that asks for rehearsals cannot have them`() throws {
    let short = #expect(throws: SettingsError.self) {
      try Self.advise(task(), Self.rehearsing { $0.budget.steps = 60 })
    }
    #expect("\(try #require(short))".contains("60 updates"))
    let small = #expect(throws: SettingsError.self) {
      try Self.advise(SceneTask(size: 8, width: 4), Self.rehearsing())
    }
    #expect("\(try #require(small))".contains("48 training images"))
  }

  @Test func `does not rehearse a short run, and the plan says why`() throws {
    let folder = try directory.folder()
    try run(
      SceneTask(),
      settings {
        $0.schedule.baseLR = nil
        $0.schedule.maxLR = nil
      }, in: folder)
    let record = try #require(try AdviceRecord.read(from: folder))
    #expect(record.obstacle == .fewUpdates(updates: 60, least: 2_000))
    #expect(record.rehearsals.isEmpty && record.cost == 0)
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.budget.totalSteps == 60)
    #expect(
      plan.lines.contains {
        $0.hasPrefix("no peaks were rehearsed (tried in short cycles): the run's 60 updates")
      })
    #expect(plan.lines.contains { $0.hasPrefix("peak ") && $0.contains("80 %") })
  }

  @Test func `by the prior alone measures nothing`() throws {
    let folder = try directory.folder()
    var points = 0
    try run(
      SceneTask(),
      settings {
        $0.schedule.baseLR = nil
        $0.schedule.maxLR = nil
        $0.schedule.kind = ScheduleEntry.catalog["one-cycle"]
        $0.rangeTest.advice = .prior
      }, in: folder, onEvent: { if case .rangeTestPoint = $0 { points += 1 } })
    #expect(points == 0)
    let plan = try #require(try RunPlan.read(from: folder))
    // A step of 3 at 128 images is 3 / 16^0.7 = 0.4308 at 8; at momentum 0.85 a rate of 0.0646.
    #expect(plan.settings.schedule.maxLR == 0.0646)
  }

  @Test func `by the range test alone gives what that found`() throws {
    let record = try Self.advise(
      SceneTask(),
      settings {
        $0.schedule.baseLR = nil
        $0.schedule.maxLR = nil
        $0.rangeTest.advice = .rangeTest
      })
    #expect(record.advisedRange == record.range)
    #expect(record.lines.isEmpty)
  }

  /// The run itself: what rehearsals cost is not trained, and a kill amid them changes nothing.
  @Test func `takes its cost out of the budget, and the run begins afresh`() throws {
    let (whole, broken) = (try directory.folder(), try directory.folder())
    let summary = try run(task(), Self.rehearsing(), in: whole)
    let record = try #require(try AdviceRecord.read(from: whole))
    let plan = try #require(try RunPlan.read(from: whole))
    #expect(record.cost >= 180)
    #expect(plan.budget.totalSteps == 850 - record.cost)
    #expect(summary.updates == plan.budget.totalSteps)
    #expect(plan.lines.contains { $0.hasPrefix("rehearsals took \(record.cost) of") })
    #expect(throws: Killed.self) {
      try run(task(), Self.rehearsing(), in: broken) { event in
        if case .rehearsed(let record) = event, record.rehearsals.count == 2 { throw Killed() }
      }
    }
    try run(task(), Self.rehearsing(), in: broken)
    #expect(try newestTensors(broken) == newestTensors(whole))
    #expect(try timelessRows(broken) == timelessRows(whole))
  }
}
