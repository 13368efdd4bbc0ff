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

/// Three cycles of twenty updates, of a model that claims to know all of its training images.
private func acting(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
  settings {
    $0.schedule.kind = ScheduleEntry.catalog["triangular"]
    $0.schedule.stepSize = .steps(10)
    // So that a range test says how high a peak may be.
    ($0.schedule.baseLR, $0.schedule.maxLR) = (nil, 0.01)
    $0.rangeTest.minLR = 1e-3
    $0.evaluation.watch = .act
    change(&$0)
  }
}

private func knowing() -> SceneTask {
  let task = SceneTask()
  task.readsTraining = true
  return task
}

@Suite struct `A run that acts on its troughs` {
  private let directory = TemporaryDirectory()

  @Test func `continues with higher peaks where its training images are separated`() throws {
    let folder = try directory.folder()
    var revised: [RunPlan] = []
    try run(knowing(), acting(), in: folder) { event in
      if case .revised(let plan) = event { revised.append(plan) }
    }
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(revised.last == plan && plan.plan.changes.first?.step == 20)
    #expect(plan.cycles.prefix(2).map(\.peakRate) == [0.01, 0.03])
    #expect(try #require(plan.highestRate) >= plan.cycles[2].peakRate)
    let rows = try MetricsTable.read(folder.metrics).rows
    let train = rows.filter { $0.split == .train }
    #expect(train.map(\.update) == Array(1...60))
    for row in train {
      #expect(row.learningRate == plan.plan.learningRate.value(at: row.update - 1))
    }
    #expect(rows.filter { $0.split == .trainingImages }.map(\.update) == [20, 40, 60])
    #expect(try RunSummary.read(from: folder)?.updates == 60)
  }

  /// Killed after a trough is saved and before the plan is written, after it, or amid a cycle, it goes on as
  /// if it had not been.
  @Test(arguments: [20, 21, 28, 40]) func `is the same run where it was killed`(
    update: Int
  ) throws {
    let (whole, killed) = (try directory.folder(), try directory.folder())
    try run(knowing(), acting(), in: whole)
    let killer = Listener(
      onEvent: {
        guard case .saved(let file) = $0 else { return }
        if file.lastPathComponent == killed.checkpoint(at: update).lastPathComponent {
          throw Killed()
        }
      },
      onUpdate: {
        if $0.update == 24, update == 21 { throw Killed() }
        return .proceed
      })
    #expect(throws: Killed.self) {
      try run(knowing(), acting(), in: killed, observers: [killer])
    }
    try run(knowing(), acting(), in: killed)
    #expect(try RunPlan.read(from: killed) == RunPlan.read(from: whole))
    #expect(try newestTensors(killed) == newestTensors(whole))
    #expect(try timelessRows(killed) == timelessRows(whole))
  }

  @Test func `raises AdamW's weight decay, which the optimizer then has`() throws {
    let folder = try directory.folder()
    let open = acting {
      ($0.optimizer.name, $0.optimizer.weightDecay) = (.adamw, 0.01)
      $0.schedule.baseLR = 0.001
    }
    try run(knowing(), open, in: folder)
    let rows = try MetricsTable.read(folder.metrics).rows.filter { $0.split == .train }
    #expect(rows.prefix(20).allSatisfy { $0.weightDecay == 0.01 })
    #expect(rows.dropFirst(20).prefix(20).allSatisfy { $0.weightDecay == 0.03 })
    #expect(rows.dropFirst(40).allSatisfy { $0.weightDecay == 0.09 })
  }

  @Test(arguments: [WatchMode.say, .off]) func `is as planned where it is not to act`(
    watch: WatchMode
  ) throws {
    let folder = try directory.folder()
    try run(knowing(), acting { $0.evaluation.watch = watch }, in: folder)
    #expect(try RunPlan.read(from: folder)?.plan.changes == [])
    let rows = try MetricsTable.read(folder.metrics).rows
    #expect(rows.contains { $0.split == .trainingImages } == (watch == .say))
  }

  /// What training images are evaluated changes nothing of the training.
  @Test func `trains as one that does not look`() throws {
    let (looking, blind) = (try directory.folder(), try directory.folder())
    try run(knowing(), acting { $0.evaluation.watch = .say }, in: looking)
    try run(SceneTask(), acting { $0.evaluation.watch = .say }, in: blind)
    #expect(try newestTensors(looking) == newestTensors(blind))
  }
}
