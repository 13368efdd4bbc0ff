import Numbers
import Planning
import Runs
import Schedules
import Settings
import Testing
import Tuning

private func plan(
  _ steps: Int = 2400, _ change: (inout RunSettings) -> Void = { _ in }
) throws -> RunPlan {
  var settings = RunSettings()
  settings.optimizer.name = .adamw
  settings.schedule.kind = ScheduleEntry.catalog["one-cycle"]
  settings.schedule.maxLR = 0.01
  settings.budget.steps = steps
  change(&settings)
  settings = settings.filled(fromRecipeOf: settings.data.task ?? .classify)
  return try RunPlan(
    settings: settings.resolved, range: LearningRateRange(base: 0.001, max: 0.01),
    budget: Budget(totalSteps: steps, stepsPerEpoch: 80, batchSize: 128))
}

@Suite struct `AdamW's weight decay` {
  /// A constant rate of 0.01 over 2,400 updates: 1 / (0.4 * 2400 * 0.01) = 0.104.
  ///
  /// One cycle has half that
  /// mean, 0.208; a start at a tenth of the peak makes it a little less.
  @Test(arguments: [("constant", 0.1), ("one-cycle", 0.2), ("linear", 0.21)])
  func `has a time scale of two fifths of the run`(name: String, decay: Double) throws {
    let plan = try plan { $0.schedule.kind = ScheduleEntry.catalog[name] }
    #expect(plan.settings.optimizer.weightDecay == decay)
    #expect(plan.plan.values(at: 0).weightDecay == decay)
    #expect(plan.plan.values(at: 2399).weightDecay == decay)
  }

  @Test(arguments: ScheduleEntry.catalog.entries)
  func `is such whatever the schedule and the length`(entry: ScheduleEntry) throws {
    for steps in [1200, 2400, 12_000] {
      let plan = try plan(steps) { $0.schedule.kind = entry }
      let decay = plan.settings.optimizer.weightDecay
      let total = plan.budget.totalSteps
      let sum = (0..<total).reduce(0) { $0 + plan.plan.learningRate.value(at: $1) }
      // Two digits are kept.
      let scale = 1 / (sum / Double(total) * decay) / Double(total)
      #expect(decay == 0.3 || abs(scale / 0.4 - 1) < 0.06, "\(entry.name): \(decay), \(scale)")
      #expect(decay <= 0.3 && (decay == 0.3 || scale < 0.43))
    }
  }

  @Test func `is at most 0.3, and less where trained weights are not to be forgotten`() throws {
    #expect(try plan(160).settings.optimizer.weightDecay == 0.3)
    let tuned = try plan { $0.model.weights = "some.safetensors" }
    #expect(tuned.settings.optimizer.weightDecay == 0.05)
    let long = try plan(24_000) { $0.model.weights = "some.safetensors" }
    #expect(long.settings.optimizer.weightDecay < 0.0085, "the whole run is its time scale")
  }

  @Test func `is reported with its time scale, and kept`() throws {
    let plan = try plan { $0.schedule.kind = ScheduleEntry.catalog["constant"] }
    // 1 / (0.01 * 0.1) = 1,000 updates of 80 an epoch.
    #expect(
      plan.lines.contains("weight decay 0.1, with a time scale of 12.5 epochs (42 % of the run)"),
      "\(plan.lines)")
    #expect(plan.flags.contains("--weight-decay 0.1"))
    #expect(try JSONText.read(RunPlan.self, from: JSONText.data(plan, isPretty: true)) == plan)
    // The settings that the run writes down give the same run.
    let again = try RunPlan(settings: plan.settings, range: nil, budget: plan.budget)
    #expect(again.plan == plan.plan)
  }

  @Test func `longer than the run is reported by what is taken from the weights`() throws {
    let plan = try plan {
      $0.schedule.kind = ScheduleEntry.catalog["constant"]
      $0.optimizer.weightDecay = 0.001
    }
    // 1 - exp(-2,400 * 0.01 * 0.001) = 0.0237.
    #expect(
      plan.lines.contains("weight decay 0.001, which takes 2.4 % of each weight in the whole run"),
      "\(plan.lines)")
  }

  @Test func `is the one that was typed, and other recipes keep theirs`() throws {
    #expect(try plan { $0.optimizer.weightDecay = 0 }.settings.optimizer.weightDecay == 0)
    #expect(try plan { $0.optimizer.weightDecay = 2 }.settings.optimizer.weightDecay == 2)
    #expect(try plan { $0.optimizer.name = .sgd }.settings.optimizer.weightDecay == 5e-4)
    #expect(try plan { $0.optimizer.name = .adam }.settings.optimizer.weightDecay == 5e-4)
    #expect(try plan { $0.optimizer.name = .sgd }.plan.weightDecay == nil)
    for (task, decay) in [(TaskDescription.segment, 0.01), (.detect, 0.05)] {
      let plan = try plan { $0.data.task = task }
      #expect(plan.settings.optimizer.weightDecay == decay)
      #expect(plan.lines.contains { $0.hasPrefix("weight decay \(decay), ") })
    }
  }
}
