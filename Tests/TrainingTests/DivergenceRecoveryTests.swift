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

/// A task whose loss is lost where the rate is too high: from then on, until it is put back.
///
/// What a model of many layers does by itself takes minutes to be had on purpose. Here the training is
/// a real one, and the loss is moved when a rate was above a bound.
private final class Fragile {
  let task: SceneTask
  /// The rate above which all is lost.
  let bound: Double
  private var isLost = false

  init(bound: Double, by loss: @escaping (Tensor) -> Tensor, breaksAt: Int? = nil) {
    self.bound = bound
    task = SceneTask()
    task.breaksAt = breaksAt
    task.disturbance = { [unowned self] _, value in isLost ? loss(value) : value }
  }

  /// Sees every update's rate, and every roll-back.
  var watch: Listener {
    Listener(
      onEvent: { [unowned self] in if case .rolledBack = $0 { isLost = false } },
      onUpdate: { [unowned self] in
        if $0.learningRate > bound { isLost = true }
        return .proceed
      })
  }
}

/// Three cycles of forty updates, by rates from 0.01 to 0.8.
private func steep(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
  settings {
    $0.budget.steps = 120
    $0.schedule.kind = ScheduleEntry.catalog["triangular"]
    $0.schedule.stepSize = .steps(20)
    $0.schedule.maxLR = 0.8
    $0.evaluation.watch = .act
    change(&$0)
  }
}

private struct Told {
  var findings: [CurveFinding] = []
  var plans: [RunPlan] = []

  mutating func take(_ event: RunEvent) {
    if case .finding(let finding) = event { findings.append(finding) }
    if case .rolledBack(let plan) = event { plans.append(plan) }
  }
}

@discardableResult
private func train(
  _ fragile: Fragile, _ settings: RunSettings, in folder: RunFolder
) throws -> Told {
  var told = Told()
  try run(fragile.task, settings, in: folder, observers: [fragile.watch]) { told.take($0) }
  return told
}

private func notANumber(_ loss: Tensor) -> Tensor { loss * Double.nan }

@Suite struct `A run that diverges` {
  private let directory = TemporaryDirectory()

  @Test func `is rolled back to its start, and ends with a lower bound`() throws {
    let folder = try directory.folder()
    let told = try train(Fragile(bound: 0.3, by: notANumber), steep(), in: folder)
    // 0.01 + 0.79 * 8 / 20 is the first rate above 0.3, and the loss after it is NaN.
    let divergence = try #require(told.findings.first { $0.kind == .diverged })
    #expect(divergence.update == 10)
    let change = try #require(told.plans.first?.plan.changes.last)
    #expect(change.step == 0)
    guard case .rolledBack(after: 10, from: _, to: let bound) = change.kind else {
      Issue.record("\(change)")
      return
    }
    #expect(bound < 0.3)
    #expect(change.reason.contains("the loss became nan at update 10"))

    let table = try MetricsTable.read(folder.metrics)
    let train = table.rows.filter { $0.split == .train }
    #expect(train.map(\.update) == Array(1...120))
    #expect(train.allSatisfy { ($0.loss ?? .nan).isFinite })
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.plan.rollbackCount == told.plans.count)
    for row in train {
      #expect(row.learningRate == plan.plan.learningRate.value(at: row.update - 1))
    }
    #expect(train.compactMap(\.learningRate).max() == told.plans.last?.cycles[0].peakRate)
    // The record: the rows, with the NaN loss.
    let lost = try MetricsTable.read(folder.diverged(1))
    #expect(lost.rows.filter { $0.split == .train }.map(\.update) == Array(1...10))
    #expect(lost.rows.last?.loss?.isNaN == true)
    #expect(try RunSummary.read(from: folder)?.updates == 120)
  }

  @Test func `is rolled back to its last trough, and keeps what was before`() throws {
    let folder = try directory.folder()
    // The first cycle is whole: the bound is passed in the second alone.
    var calls = 0
    let task = SceneTask()
    task.disturbance = { _, loss in
      calls += 1
      return calls == 55 ? loss * Double.infinity : loss
    }
    var told = Told()
    try run(task, steep(), in: folder) { told.take($0) }
    #expect(told.plans.count == 1)
    #expect(told.plans.first?.plan.changes.map(\.step) == [40])
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
    #expect(rows.map(\.update) == Array(1...120))
    #expect(rows[19...21].compactMap(\.learningRate).max() == 0.8, "the first cycle is as it was")
    #expect(try #require(rows[40...].compactMap(\.learningRate).max()) < 0.8)
    #expect(folder.listCheckpoints().map(\.update).contains(0))
    #expect(folder.listCheckpoints().map(\.update).contains(40))
  }

  /// A loss that goes up, and stays finite, needs some updates to be certain.
  @Test func `by a loss that rises is rolled back as well`() throws {
    let folder = try directory.folder()
    let long = steep {
      $0.budget.steps = 400
      $0.schedule.stepSize = .steps(100)
      $0.machine.checkpointEvery = 50
    }
    let told = try train(Fragile(bound: 0.5, by: { $0 + 5 }), long, in: folder)
    let divergence = try #require(told.findings.first { $0.kind == .diverged })
    guard case .diverged(let facts) = divergence.fact else {
      Issue.record("\(divergence.fact)")
      return
    }
    // The bound is passed at update 64; half a window and two are to pass.
    #expect(facts.sign == .rise && (80...125).contains(facts.update), "\(divergence)")
    #expect((60...80).contains(facts.onset))
    guard case .lowerUpperBound(let bound) = divergence.change else {
      Issue.record("\(divergence.change)")
      return
    }
    #expect((0.3...0.5).contains(bound), "the rate before it rose: \(divergence)")
    #expect(told.plans.count == 1)
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
    #expect(rows.count == 400 && rows.allSatisfy { ($0.loss ?? 9) < 5 })
  }

  @Test func `of one cycle begins anew with a lower peak`() throws {
    let folder = try directory.folder()
    let single = steep {
      $0.schedule.kind = ScheduleEntry.catalog["one-cycle"]
      $0.schedule.stepSize = .steps(30)
    }
    let told = try train(Fragile(bound: 0.3, by: notANumber), single, in: folder)
    #expect(!told.plans.isEmpty)
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.cycle is OneCycle)
    #expect(try #require(plan.cycle).peak < 0.3)
    #expect(folder.newestCheckpoint == folder.checkpoint(at: 120))
  }

  @Test(arguments: ["constant", "step-decay", "cosine", "cosine-restarts"])
  func `at a rate that begins high is rolled back to its start, and ends lower`(
    schedule: String
  ) throws {
    let folder = try directory.folder()
    let high = steep { $0.schedule.kind = ScheduleEntry.catalog[schedule] }
    let told = try train(Fragile(bound: 0.5, by: notANumber), high, in: folder)
    #expect(!told.plans.isEmpty)
    let plan = try #require(try RunPlan.read(from: folder)).plan
    #expect(plan.learningRate.value(at: 0) <= 0.5)
    #expect(plan.troughs(upTo: 120) == (schedule == "cosine-restarts" ? [40, 80, 120] : []))
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
    #expect(rows.map(\.update) == Array(1...120))
    for row in rows { #expect(row.learningRate == plan.learningRate.value(at: row.update - 1)) }
  }

  @Test func `again and again is stopped with one sentence`() throws {
    let folder = try directory.folder()
    let task = SceneTask()
    task.disturbance = { call, loss in call % 17 == 16 ? loss * Double.nan : loss }
    var told = Told()
    let error = #expect(throws: TrainingError.self) {
      try run(task, steep(), in: folder) { told.take($0) }
    }
    guard case .divergedAgain(_, rollbacks: 3, let bound)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(told.plans.count == 3)
    let bounds = told.plans.map { $0.cycles[0].peakRate }
    #expect(zip([0.8] + bounds, bounds).allSatisfy { $1 <= 0.8 * $0 + 1e-3 }, "\(bounds)")
    #expect(bound < 0.8)
    #expect("\(try #require(error))".contains("rolled back 3 times"))
    #expect(try folder.readDivergedRows().count == 3)
  }

  @Test func `without a checkpoint to go back to is stopped, and left as it was`() throws {
    let folder = try directory.folder()
    // Begun without --watch act, so that there is none of the start.
    let task = SceneTask()
    task.breaksAt = 9
    #expect(throws: Killed.self) { try run(task, steep { $0.evaluation.watch = .say }, in: folder) }
    let second = SceneTask()
    second.disturbance = { $0 == 5 ? $1 * Double.nan : $1 }
    let before = try RunPlan.read(from: folder)
    let error = #expect(throws: TrainingError.self) { try run(second, steep(), in: folder) }
    guard case .cannotRollBack(13, _, _)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(try RunPlan.read(from: folder) == before)
    #expect(folder.listCheckpoints().map(\.update) == [7])
  }

  @Test func `is reported, and continues, if nothing else is asked`() throws {
    let folder = try directory.folder()
    let long = steep {
      $0.budget.steps = 400
      $0.schedule.stepSize = .steps(100)
      $0.evaluation.watch = nil
    }
    let told = try train(Fragile(bound: 0.5, by: { $0 + 5 }), long, in: folder)
    #expect(told.plans.isEmpty)
    #expect(told.findings.filter { $0.kind == .diverged }.count == 1, "once")
    #expect(try RunSummary.read(from: folder)?.updates == 400)
    let quiet = try train(
      Fragile(bound: 0.5, by: { $0 + 5 }), steep { $0.evaluation.watch = .off },
      in: try directory.folder())
    #expect(quiet.findings.isEmpty)
  }

  @Test func `is no other run for being watched`() throws {
    let (watched, acting, alone) = (
      try directory.folder(), try directory.folder(), try directory.folder()
    )
    for (folder, mode) in [(watched, WatchMode.say), (acting, .act), (alone, .off)] {
      try run(SceneTask(), settings { $0.evaluation.watch = mode }, in: folder)
    }
    #expect(try newestTensors(watched) == newestTensors(alone))
    #expect(try newestTensors(acting) == newestTensors(alone))
    #expect(try timelessRows(acting) == timelessRows(alone))
  }

  // MARK: Killed amid it

  /// A loss at this call is NaN, unless the run has been rolled back.
  private static func fragile(_ rates: Double = 0.3, breaksAt: Int? = nil) -> Fragile {
    Fragile(bound: rates, by: notANumber, breaksAt: breaksAt)
  }

  /// A run that falls in its first cycle, left alone.
  private static let fallen = PreparedDirectory { directory in
    let folder = RunFolder(directory.url)
    try folder.make()
    try train(fragile(), steep(), in: folder)
  }

  @Test(arguments: [9, 12, 60])
  func `and is killed ends as if it had been left alone`(moment: Int) throws {
    let (whole, killed) = (RunFolder(try Self.fallen.shared().url), try directory.folder())
    // Batches are counted anew after each return, so that the kill comes before it or after.
    #expect(throws: Killed.self) { try train(Self.fragile(breaksAt: moment), steep(), in: killed) }
    try train(Self.fragile(), steep(), in: killed)
    #expect(try newestTensors(killed) == newestTensors(whole))
    #expect(try timelessRows(killed) == timelessRows(whole))
    #expect(try RunPlan.read(from: killed) == RunPlan.read(from: whole))
    #expect(try killed.readDivergedRows().count == whole.readDivergedRows().count)
  }

  /// Two cycles, and trouble in the third, at update 96.
  private static func trouble(after updates: Int = 0) -> SceneTask {
    let task = SceneTask()
    task.disturbance = { $0 == 95 - updates ? $1 * Double.nan : $1 }
    return task
  }

  /// A run that has that trouble, left alone.
  private static let troubled = PreparedDirectory { directory in
    let folder = RunFolder(directory.url)
    try folder.make()
    try run(trouble(), steep(), in: folder)
  }

  /// The folder as a kill would leave it after each of the writes with which a run is rolled back.
  @Test(arguments: 0...3)
  func `and is killed between two of its writes ends the same`(writes: Int) throws {
    let whole = RunFolder(try Self.troubled.shared().url)
    let plan = try #require(try RunPlan.read(from: whole))
    #expect(plan.plan.changes.map(\.step) == [80])

    let killed = try directory.folder()
    let first = Self.trouble()
    first.breaksAt = 94
    #expect(throws: Killed.self) { try run(first, steep(), in: killed) }
    #expect(killed.listCheckpoints().map(\.update) == [0, 40, 80, 84, 91])
    if writes >= 1 {
      try FileManager.default.copyItem(at: whole.diverged(1), to: killed.diverged(1))
    }
    if writes >= 2 { try killed.removeCheckpoints(after: 84) }
    if writes >= 3 {
      try killed.removeCheckpoints(after: 80)
      try plan.write(to: killed)
    }
    // Trouble comes at the same update again, unless the run has been rolled back already.
    let newest = try #require(killed.listCheckpoints().last?.update)
    let second = writes == 3 ? SceneTask() : Self.trouble(after: newest)
    try run(second, steep(), in: killed)
    #expect(try newestTensors(killed) == newestTensors(whole))
    #expect(try timelessRows(killed) == timelessRows(whole))
    #expect(try RunPlan.read(from: killed) == plan)
  }
}
