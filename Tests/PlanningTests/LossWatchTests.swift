import Foundation
import Metrics
import Planning
import Runs
import Schedules
import Settings
import Testing
import Tuning

@Suite struct `A watch of a run's losses` {
  /// Two cycles of 200 updates to a rate of 1.
  private func plan() throws -> RunPlan {
    var settings = RunSettings()
    settings.schedule.kind = ScheduleEntry.catalog["triangular"]
    settings.schedule.stepSize = .steps(100)
    (settings.schedule.baseLR, settings.schedule.maxLR) = (0.01, 1)
    settings.budget.steps = 400
    settings = settings.filled(fromRecipeOf: .classify)
    return try RunPlan(
      settings: settings.resolved, range: nil, budget: Budget(totalSteps: 400, stepsPerEpoch: 40, batchSize: 32))
  }

  /// Falls in the first cycle, and swings up by far on the way to the second one's peak.
  private func loss(at step: Int) -> Double {
    let noise = 0.02 * sin(Double(step) * 12.9898)
    let level = 0.5 + 1.5 * exp(-Double(step) / 60)
    let swing = step < 200 ? 0 : 1.2 * max(0, 1 - abs(Double(step - 300)) / 60)
    return level + swing + noise
  }

  private func findings(_ plan: RunPlan, resumedAfter kept: Int) throws -> [Int: [CurveFinding]] {
    func score(_ update: Int) -> MetricsRow {
      MetricsRow(
        update: update, epoch: 0, split: .test, learningRate: nil, momentum: nil, weightDecay: nil, loss: 0.6,
        values: [0.7], seconds: 1)
    }
    let rows = (0..<kept).flatMap { step -> [MetricsRow] in
      let row = MetricsRow(
        update: step + 1, epoch: 0, split: .train, learningRate: plan.plan.learningRate.value(at: step), momentum: nil,
        weightDecay: nil, loss: loss(at: step), values: [nil], seconds: 1)
      return step + 1 == 200 ? [row, score(200)] : [row]
    }
    let watch = LossWatch(plan: plan, rows: MetricsTable(columns: ["accuracy"], rows: rows), rollsBack: false)
    var found: [Int: [CurveFinding]] = [:]
    for step in kept..<400 {
      let update = UpdateRecord(
        update: step + 1, total: 400, epoch: 0, learningRate: plan.plan.learningRate.value(at: step),
        loss: loss(at: step), seconds: 1)
      if case .warn(let findings) = watch.didUpdate(update), !findings.isEmpty { found[step + 1] = findings }
      guard step + 1 == 200 || step + 1 == 400 else { continue }
      let values = [MetricValue("loss", 0.6), MetricValue("accuracy", 0.7)]
      let record = EvaluationRecord(
        update: step + 1, epoch: 0, split: .test, model: .init(values: values, seconds: 1), endsCycle: true,
        endsRun: step + 1 == 400)
      if case .warn(let findings) = watch.didEvaluate(record), !findings.isEmpty { found[step + 1] = findings }
    }
    return found
  }

  /// The rise is in the rows of the run that was left, and was not reported then.
  @Test(arguments: [150, 200, 300, 380, 399])
  func `reports the same at the same update where the run was left before`(kept: Int) throws {
    let plan = try plan()
    let whole = try findings(plan, resumedAfter: 0)
    #expect(whole[400]?.isEmpty == false, "\(whole)")
    #expect(try findings(plan, resumedAfter: kept) == whole.filter { $0.key > kept }, "\(kept)")
  }
}
