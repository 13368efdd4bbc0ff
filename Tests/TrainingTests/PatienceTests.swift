import Files
import Foundation
import Planning
import Runs
import Settings
import TestSupport
import Testing
import Torch
import Tuning

@testable import Training

@Suite struct `Patience` {
  private let directory = TemporaryDirectory()

  /// Rates so low that no weight changes: nothing becomes better after the first cycle.
  private func idle(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
    settings {
      ($0.schedule.baseLR, $0.schedule.maxLR, $0.optimizer.weightDecay, $0.evaluation.patience) = (
        1e-20, 1e-19, 0, 2
      )
      change(&$0)
    }
  }

  @discardableResult
  private func train(
    _ settings: RunSettings, in folder: RunFolder, onEvent: @escaping (RunEvent) -> Void = { _ in }
  ) throws -> RunSummary {
    try TrainingJob(task: PointsTask(), settings: settings.resolved, folder: folder)
      .run(observers: [Listener(onEvent: onEvent)])
  }

  @Test func `ends a run at the end of a cycle, after so many without a better score`() throws {
    let folder = try directory.folder()
    var ends: [String] = []
    let summary = try train(idle(), in: folder) { event in
      if case .stopped(let update, let reason) = event { ends.append("\(update): \(reason)") }
    }
    // A cycle has twelve updates: best after the first, none better after the second and the third.
    #expect(summary.updates == 36)
    #expect(
      ends == [
        "36: no better score in 2 cycles; it was best after update 12, whose checkpoint is kept"
      ])
    #expect(folder.listCheckpoints().map(\.update).contains(12))
  }

  @Test func `waits for the metric that is named, in its own direction`() {
    let cycles = [["accuracy": 0.5, "loss": 1.0], ["accuracy": 0.6, "loss": 1.5]]
    for (metric, best) in [(nil, 24), ("accuracy", 24), ("loss", 12)] as [(String?, Int)] {
      var patience = Tuning.Patience(cycles: 1)
      for (index, values) in cycles.enumerated() {
        patience.take(values, of: metric, after: 12 * (index + 1))
      }
      #expect(patience.bestUpdate == best)
      #expect(patience.isOver == (best == 12))
    }
  }

  @Test func `for a metric that there is not is refused, with those that there are`() throws {
    let error = #expect(throws: SettingsError.self) {
      try run(
        SceneTask(), idle { $0.evaluation.patienceOn = ColumnName("pixel_acuracy") },
        in: directory.folder())
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("did you mean 'pixel_accuracy'?"))
  }

  @Test func `lets a run continue that becomes better`() throws {
    let folder = try directory.folder()
    #expect(try train(settings { $0.evaluation.patience = 1 }, in: folder).updates == 60)
  }

  /// Who asks for cycles is given them, also by other bounds: four of twelve updates after the 36.
  @Test(arguments: [[], [PlanRevision.Change.bounds(low: 0, high: 1e-20)]])
  func `ends none of the cycles that were added`(bounds: [PlanRevision.Change]) throws {
    let folder = try directory.folder()
    try train(idle(), in: folder)
    _ = try PlanRevision([.extend(cycles: 4)] + bounds, reason: "more").apply(to: folder)
    #expect(try train(idle(), in: folder).updates == 84)
  }

  /// Four cycles behind the 36 updates, and one more before they are over.
  @Test func `ends none of the cycles that were added, nor where more are added meanwhile`() throws {
    let folder = try directory.folder()
    try train(idle(), in: folder)
    _ = try PlanRevision([.extend(cycles: 4)], reason: "more").apply(to: folder)
    _ = try PlanRevision([.extend(cycles: 1)], reason: "still more").apply(to: folder)
    #expect(try train(idle(), in: folder).updates == 96)
  }

  @Test func `that is raised lets a run that it has ended go on`() throws {
    let folder = try directory.folder()
    #expect(try train(idle(), in: folder).updates == 36)
    #expect(try train(idle { $0.evaluation.patience = 20 }, in: folder).updates == 60)
  }

  @Test(arguments: [12, 24]) func `counts on in a run that is resumed`(killed: Int) throws {
    let (whole, broken) = (try directory.folder(), try directory.folder())
    try train(idle(), in: whole)
    try train(idle(), in: broken)
    // As a kill would have left it.
    try broken.removeCheckpoints(after: killed)
    try FileManager.default.removeItem(at: broken.summary)
    #expect(try train(idle(), in: broken).updates == 36)
    #expect(try newestTensors(broken) == newestTensors(whole))
    #expect(try timelessRows(broken) == timelessRows(whole))
    #expect(try train(idle(), in: broken).updates == 36, "and when it has ended")
  }
}
