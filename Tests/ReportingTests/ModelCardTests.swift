import Planning
import Schedules
import Settings
import Testing

@testable import Reporting

@Suite struct `A model card` {
  private func card(_ task: TaskDescription, images: Int?, changed: Bool = false) throws -> String {
    var settings = task.recipe
    settings.data.task = task
    settings.budget.steps = 60
    (settings.schedule.baseLR, settings.schedule.maxLR) = (0.01, 0.1)
    settings.schedule.stepSize = .steps(10)
    try settings.set("schedule", to: "triangular")
    let budget = Budget(totalSteps: 60, stepsPerEpoch: 3, batchSize: 32)
    var record = RunRecord(title: "run")
    var plan = try RunPlan(settings: settings.resolved, range: nil, budget: budget, trainingImages: images)
    if changed { plan = try #require(plan.rolledBack(to: 20, after: 30, max: 0.05, reason: "it diverged")) }
    record.plan = plan
    return ModelCard(
      record, nil, settings: settings.resolved, begun: nil, classNames: ["a"], checkpoint: "last", files: ["m.onnx"],
      version: "1"
    ).text
  }

  @Test func `names where the highest rate comes from, and how many images there were`() throws {
    let text = try card(.classify, images: 110)
    #expect(text.contains(/highest learning rate 0\.10*, given\n/), "\(text)")
    #expect(text.contains("- Training images: 110\n"))
    #expect(try card(.classify, images: nil).contains("in whole batches: 96"))
    #expect(text.contains("- As flags: `"))
    #expect(try card(.classify, images: 110, changed: true).contains("- As flags, before it was changed: `"))
  }
}
