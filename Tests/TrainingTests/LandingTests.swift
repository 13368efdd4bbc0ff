import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch

@testable import Training

/// A warm-up of 5 updates to 0.1, and no end; an epoch has 6.
private func openEnded(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
  settings {
    ($0.budget.steps, $0.budget.openEnded, $0.schedule.stepSize) = (nil, true, nil)
    ($0.schedule.kind, $0.schedule.warmup) = (ScheduleEntry.catalog["wsd"], .steps(5))
    ($0.schedule.baseLR, $0.evaluation.evaluateEvery) = (nil, 1)
    change(&$0)
  }
}

/// Has a run land after an update, or pause.
private func lands(
  after update: Int, _ decision: TrainingDecision = .land(reason: "enough")
) -> Listener {
  Listener(onUpdate: { $0.update == update ? decision : .proceed })
}

private func rates(_ folder: RunFolder) throws -> [Double?] {
  try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }.map(\.learningRate)
}

@Suite struct `An open-ended run` {
  private let directory = TemporaryDirectory()

  private func isThere(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }

  @Test func `cools down over a fifth of what was trained, and ends as a whole run`() throws {
    let folder = try directory.folder()
    var told: [[Int]] = []
    let summary = try run(
      SceneTask(), openEnded(), in: folder, observers: [lands(after: 20)],
      onEvent: {
        if case .landing(let plan, let update) = $0 {
          told.append([update, plan.budget.totalSteps])
        }
      })
    // By hand: a line up to 0.1, 16 updates at it, and 1 - sqrt(1/4), (1/2), (3/4) of it.
    let wanted =
      [0, 0.02, 0.04, 0.06, 0.08] + [Double](repeating: 0.1, count: 16)
      + [0.25, 0.5, 0.75].map { 0.1 * (1 - $0.squareRoot()) }
    let found = try rates(folder).compactMap(\.self)
    #expect(found.count == 24)
    for (one, other) in zip(found, wanted) { #expect(abs(one - other) < 1e-15) }
    #expect(told == [[20, 24]])
    #expect(summary.updates == 24)
    #expect(try RunSummary.ofEndedRun(in: folder) == summary)
    #expect(
      folder.listCheckpoints().map(\.update) == [20, 21, 24], "the cool-down's start is kept")
    let last = try #require(try MetricsTable.read(folder.metrics).rows.last)
    #expect((last.update, last.split) == (24, .test))
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(
      plan.plan.learningRate
        == AnySchedule(WarmupStableDecay(peak: 0.1, warmUp: 5, coolDown: 4, steps: 24)))
  }

  @Test func `is as a run of wsd that knew its length`() throws {
    let (open, known) = (try directory.folder(), try directory.folder())
    try run(SceneTask(), openEnded(), in: open, observers: [lands(after: 20)])
    let wsd = openEnded {
      ($0.budget.openEnded, $0.budget.steps, $0.schedule.cooldown) = (nil, 24, 4.5 / 24)
    }
    try run(SceneTask(), wsd, in: known)
    #expect(try newestTensors(open) == newestTensors(known))
    #expect(try timelessRows(open) == timelessRows(known))
  }

  private static let kinds: [@Sendable (inout RunSettings) -> Void] = [
    { _ in }, { $0.optimizer.name = .adamw }, { $0.optimizer.name = .adam },
    { $0.evaluation.ema = 0.9 }, { $0.evaluation.watch = .act },
    { ($0.budget.batchSize, $0.budget.accumulate) = (4, 2) },
  ]

  /// At its beginning, before the landing, right after it, amid the cool-down and before its last update.
  @Test(arguments: [(0, 12), (1, 19), (2, 20), (3, 21), (4, 22), (5, 23), (0, 23)])
  func `killed at any moment ends as if it had been left alone`(kind: Int, moment: Int) throws {
    let (whole, killed) = (try directory.folder(), try directory.folder())
    let settings = openEnded(Self.kinds[kind])
    try run(SceneTask(), settings, in: whole, observers: [lands(after: 20)])
    let task = SceneTask()
    let batches = settings.budget.accumulate ?? 1
    // The stream of the cool-down counts its batches anew.
    task.breaksAt = moment < 20 ? moment * batches : nil
    let breaking = Listener(onEvent: {
      if case .landing = $0 { task.breaksAt = (moment - 20) * batches }
    })
    #expect(throws: Killed.self) {
      try run(task, settings, in: killed, observers: [lands(after: 20), breaking])
    }
    try run(SceneTask(), settings, in: killed, observers: [lands(after: 20)])
    #expect(try newestTensors(killed) == newestTensors(whole))
    #expect(try timelessRows(killed) == timelessRows(whole))
    #expect(try RunPlan.read(from: killed) == RunPlan.read(from: whole))
    #expect(killed.newestCheckpoint == killed.checkpoint(at: 24))
  }

  @Test func `pauses with a checkpoint, and goes on`() throws {
    let (whole, paused) = (try directory.folder(), try directory.folder())
    try run(SceneTask(), openEnded(), in: whole, observers: [lands(after: 20)])
    for update in [9, 22] {
      #expect(throws: TrainingError.paused(update: update)) {
        try run(
          SceneTask(), openEnded(), in: paused,
          observers: [lands(after: 20), lands(after: update, .pause)])
      }
      #expect(paused.newestCheckpoint == paused.checkpoint(at: update))
      #expect(try rates(paused).count == update)
    }
    try run(SceneTask(), openEnded(), in: paused)
    #expect(try newestTensors(paused) == newestTensors(whole))
    #expect(try timelessRows(paused) == timelessRows(whole))
  }

  @Test func `asked to land in its warm-up completes it, and has learned that it was asked`() throws {
    let folder = try directory.folder()
    let task = SceneTask()
    #expect(throws: Killed.self) {
      try run(
        task, openEnded(), in: folder,
        observers: [
          lands(after: 2), Listener(onEvent: { if case .landing = $0 { task.breaksAt = 1 } }),
        ])
    }
    // Nothing tells it again.
    let summary = try run(SceneTask(), openEnded(), in: folder)
    #expect(summary.updates == 6)
    #expect(folder.listCheckpoints().map(\.update).contains(5))
    #expect(try rates(folder).last == 0.1, "the cool-down's one update begins at the peak")
  }

  @Test func `that stands still lands when it is resumed, after its newest checkpoint`() throws {
    let folder = try directory.folder()
    let task = SceneTask()
    task.breaksAt = 16
    #expect(throws: Killed.self) { try run(task, openEnded(), in: folder) }
    try folder.landRequest.post()
    let summary = try run(SceneTask(), openEnded(), in: folder)
    #expect(summary.updates == 17, "14 and a fifth of it")
    #expect(!folder.landRequest.exists)
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.plan.changes.map(\.reason) == ["rondo land"])
  }

  @Test func `lands while it trains when another process asks for it`() throws {
    let folder = try directory.folder()
    let asking = Listener(onUpdate: {
      if $0.update == 8 { try folder.landRequest.post() }
      return .proceed
    })
    let summary = try run(SceneTask(), openEnded(), in: folder, observers: [asking])
    #expect(summary.updates > 8 && !folder.landRequest.exists)
  }

  @Test func `lands at the end of its minutes`() throws {
    let folder = try directory.folder()
    let timed = openEnded { ($0.budget.minutes, $0.evaluation.evaluateEvery) = (0.08, nil) }
    let summary = try run(SceneTask(), timed, in: folder)
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.plan.changes.map(\.reason) == ["the end of 0.08 minutes"])
    #expect(summary.updates == plan.budget.totalSteps)
    #expect(plan.settings.open.evaluation.evaluateEvery != nil, "chosen by the speed")
  }

  @Test func `goes on after it has landed, as if it had not, and what had landed is kept`() throws {
    let (twice, once) = (try directory.folder(), try directory.folder())
    try run(SceneTask(), openEnded(), in: once, observers: [lands(after: 40)])
    let first = try run(SceneTask(), openEnded(), in: twice, observers: [lands(after: 20)])
    let landed = try newestTensors(twice)
    #expect(try RunPlan.reopen(twice, reason: "still better") == 20)
    #expect(try RunSummary.ofEndedRun(in: twice) == nil)
    let kept = try Safetensors.read(twice.landed(1, "safetensors")).tensors.mapValues(bytes)
    #expect(kept == landed)
    let rows = try MetricsTable.read(twice.landed(1, "csv")).rows
    #expect(rows.filter { $0.split == .train }.map(\.update) == [21, 22, 23, 24])
    let summary = try JSONDecoder().decode(
      RunSummary.self, from: Data(contentsOf: twice.landed(1, "json")))
    #expect(summary.final == first.final)
    #expect(!isThere(twice.summary))

    try run(SceneTask(), openEnded(), in: twice, observers: [lands(after: 40)])
    #expect(try newestTensors(twice) == newestTensors(once))
    #expect(try timelessRows(twice) == timelessRows(once))
    // And amid a cool-down, of which nothing is kept but its rows.
    try FileManager.default.removeItem(at: twice.checkpoint(at: 48))
    #expect(try RunPlan.reopen(twice, reason: "") == 40)
    #expect(isThere(twice.landed(2, "csv")) && !isThere(twice.landed(2, "safetensors")))
    #expect(try RunPlan.reopen(twice, reason: "") == nil, "it goes on already")
  }

  @Test func `cannot be reopened where that is not to be had`() throws {
    let (open, closed) = (try directory.folder(), try directory.folder())
    try run(SceneTask(), settings { $0.budget.steps = 12 }, in: closed)
    #expect(throws: SettingsError.self) { try RunPlan.reopen(closed, reason: "") }
    try run(SceneTask(), openEnded(), in: open, observers: [lands(after: 20)])
    for update in [20, 14] { try? FileManager.default.removeItem(at: open.checkpoint(at: update)) }
    let error = #expect(throws: SettingsError.self) { try RunPlan.reopen(open, reason: "") }
    #expect("\(try #require(error))".contains("the checkpoint of update 20"))
    #expect(throws: SettingsError.self) {
      try PlanRevision(.floor(steps: 5), reason: "").apply(to: open)
    }
  }

  /// Lost at update 150 of a run that has learned something, which is certain 50 to 100 updates later.
  @Test func `is rolled back to a checkpoint of its constant rate, and lands from the lower one`()
    throws
  {
    let folder = try directory.folder()
    let task = SceneTask()
    var isLost = false
    task.disturbance = { _, loss in isLost ? loss + 50 : loss }
    let watch = Listener(
      onEvent: { if case .rolledBack = $0 { isLost = false } },
      onUpdate: {
        if $0.update == 150, $0.learningRate == 0.1 { isLost = true }
        return $0.update == 250 ? .land(reason: "enough") : .proceed
      })
    let summary = try run(
      task,
      openEnded {
        ($0.evaluation.watch, $0.machine.checkpointEvery) = (.act, 20)
        $0.evaluation.evaluateEvery = 100
      }, in: folder, observers: [watch])
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.plan.rollbackCount == 1)
    let returned = try #require(plan.plan.changes.first).step
    #expect((100...150).contains(returned), "\(plan.plan.changes)")
    #expect(summary.updates == 300)
    let rates = try rates(folder).compactMap(\.self)
    #expect(rates.count == 300)
    let lower = try #require(rates[returned...].max())
    #expect(lower < 0.1 && rates[..<returned].max() == 0.1)
    // After 13 of the 50 updates of the cool-down.
    #expect(abs(rates[263] - lower * (1 - (13.0 / 50).squareRoot())) < 1e-12)
  }
}

@Suite struct `A run with an end` {
  @Test func `does not land, whoever asks for it`() throws {
    let directory = TemporaryDirectory()
    let folder = try directory.folder()
    try folder.landRequest.post()
    let short = settings { $0.budget.steps = 12 }
    #expect(
      try run(SceneTask(), short, in: folder, observers: [lands(after: 5)]).updates == 12)
  }
}
