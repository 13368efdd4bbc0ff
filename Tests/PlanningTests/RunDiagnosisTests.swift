import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Tuning

@Suite struct `A run's table` {
  private let text = """
    update,epoch,split,learning_rate,momentum,weight_decay,loss,accuracy,seconds
    1,0,train,0.1,0.9,,2.5,0.25,0.1
    2,0,train,0.2,0.9,,nan,0.5,0.2
    2,0,test,,,,1.25,0.75,0.3
    4,0,train,0.4,0.9,,1,0.5,0.4

    """

  private func read(_ text: String) throws -> MetricsTable {
    let directory = TemporaryDirectory()
    let file = directory.url("file")
    try Data(text.utf8).write(to: file)
    return try MetricsTable.read(file)
  }

  @Test func `is a loss curve, as far as no update is missing`() throws {
    let curve = LossCurve(try read(text))
    #expect(curve.updates.map(\.learningRate) == [0.1, 0.2])
    #expect(curve.updates[0].loss == 2.5 && curve.updates[1].loss.isNaN)
    #expect(curve.evaluations == [.init(update: 2, loss: 1.25, score: 0.75)])
  }

  /// The first term of the loss is called as a metric is, and evaluations do not have it.
  @Test func `has the score that its evaluations have, and what was read of training images`()
    throws
  {
    let curve = LossCurve(
      try read(
        """
        update,epoch,split,learning_rate,momentum,weight_decay,loss,dice,pixel_accuracy,seconds
        1,0,train,0.1,0.9,,2.5,0.25,0.5,0.1
        1,0,test,,,,1.25,,0.75,0.3
        1,0,training-images,,,,0.5,,0.875,0.3

        """))
    #expect(
      curve.evaluations == [
        .init(update: 1, loss: 1.25, score: 0.75, training: .init(loss: 0.5, score: 0.875))
      ])
  }

  @Test(arguments: [
    (["loss", "accuracy"], "accuracy"), (["cross_entropy", "pixel_accuracy"], "pixel_accuracy"),
    (["loss"], nil), ([], nil),
  ])
  func `has a score, if a column is known for one`(columns: [String], score: String?) {
    #expect(LossCurve.scoreName(among: columns) == score)
  }
}

@Suite struct `The regularization that a run has` {
  @Test func `is one step further than it is`() {
    var settings = RunSettings()
    settings.optimizer.weightDecay = 5e-4
    settings.augmentation.cropPadding = 0
    settings.augmentation.flip = true
    #expect(
      settings.resolved.regularization == [
        .weightDecay(from: 5e-4, to: 1.5e-3), .cropPadding(from: 0, to: 2),
      ])
    settings.optimizer.weightDecay = 0
    settings.optimizer.name = .adamw
    settings.augmentation.cropPadding = 64
    settings.augmentation.flip = false
    #expect(settings.resolved.regularization == [.weightDecay(from: 0, to: 0.01), .flip])
  }
}

@Suite struct `A run's plan that is rolled back` {
  private func plan(_ schedule: String) throws -> RunPlan {
    var settings = RunSettings()
    settings.budget.steps = 120
    settings.budget.batchSize = 10
    settings.schedule.kind = ScheduleEntry.catalog[schedule]
    settings.schedule.stepSize = schedule == "constant" ? nil : .steps(20)
    settings.schedule.baseLR = 0.01
    settings.schedule.maxLR = 0.4
    let budget = Budget(totalSteps: 120, stepsPerEpoch: 40, batchSize: 10)
    return try RunPlan(settings: settings.resolved, range: nil, budget: budget)
  }

  @Test(arguments: [
    "triangular", "triangular2", "one-cycle", "exp-range", "constant", "cosine", "step-decay",
    "cosine-restarts",
  ])
  func `has a lower bound, whatever its schedule`(schedule: String) throws {
    let before = try plan(schedule)
    let after = try #require(before.rolledBack(to: 0, after: 17, max: 0.123456, reason: "it rose"))
    let highest = (0..<120).map { after.plan.learningRate.value(at: $0) }.max() ?? 0
    #expect(abs(highest - 0.123) < 0.001, "to three digits, and met: \(highest)")
    #expect(after.budget == before.budget)
    #expect(after.cycles.map(\.end) == before.cycles.map(\.end))
    #expect(after.lines.contains { $0.contains("rolled back from update 17") })
    #expect(after.flagsTitle == "as flags, before it was changed")
    #expect(after.repeatingTitle == "to repeat the run as it began, before it was changed")
  }

  @Test func `says its lower rate in the words of its schedule`() throws {
    func words(_ schedule: String) throws -> String? {
      try plan(schedule).rolledBack(to: 0, after: 17, max: 0.1, reason: "")?.lines.first
    }
    let length = "over 120 updates of 10 images (3 epochs)"
    #expect(try words("constant") == "constant learning rate 0.1 \(length)")
    #expect(
      try words("step-decay") == "learning rate from 0.1 down to 0.001 by step-decay \(length)")
  }

  @Test func `has cycles with their peaks`() throws {
    let cycles = try plan("triangular2").cycles
    #expect(
      cycles.map { [$0.start, $0.peak, $0.end] } == [[0, 20, 40], [40, 60, 80], [80, 100, 120]])
    #expect(cycles.allSatisfy { $0.baseRate == 0.01 && $0.isWhole })
    // Above 0.01 each is half as high as the last.
    for (cycle, peak) in zip(cycles, [0.4, 0.205, 0.1075]) {
      #expect(abs(cycle.peakRate - peak) < 1e-15)
    }
    let constant = try plan("constant").cycles
    #expect(constant.map(\.isWhole) == [false] && constant[0].length == 120)
  }
}
