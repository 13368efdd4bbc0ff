import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Training
import Tuning

@Suite struct `Advice that is followed` {
  private let directory = TemporaryDirectory()

  /// A real run of three cycles; its last loss on all points, and the upper bound that its curve suggests.
  private func train(upTo peak: Double) throws -> (loss: Double, suggested: Double?) {
    let folder = try directory.folder()
    let open = settings {
      ($0.budget.steps, $0.budget.batchSize) = (240, 64)
      $0.schedule.kind = ScheduleEntry.catalog["triangular"]
      $0.schedule.stepSize = .steps(40)
      ($0.schedule.baseLR, $0.schedule.maxLR) = (peak / 10, peak)
    }
    let summary = try TrainingJob(
      task: PointsTask(points: 256), settings: open.resolved, folder: folder
    ).run()
    let plan = try #require(try RunPlan.read(from: folder))
    let findings = plan.diagnosis(of: LossCurve(try MetricsTable.read(folder.metrics))).findings
    let rates = findings.compactMap { finding -> Double? in
      if case .raiseUpperBound(_, let rate) = finding.change { rate } else { nil }
    }
    return (try #require(summary.final["loss"]), rates.first)
  }

  @Test func `to a higher upper bound ends at a lower loss`() throws {
    var runs = [try train(upTo: 0.001)]
    while let rate = runs.last?.suggested, runs.count < 5 { runs.append(try train(upTo: rate)) }
    #expect(runs.count >= 2, "a peak of a hundredth of what it bears is asked to be low")
    for (before, after) in zip(runs, runs.dropFirst()) {
      #expect(after.loss < before.loss, "\(runs)")
    }
  }
}
