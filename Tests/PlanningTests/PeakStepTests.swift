import Foundation
import Numbers
import Planning
import Schedules
import Settings
import Testing
import Tuning

/// An upper bound for one cycle and for several alike, found at a momentum of 0.85: a step of 1.2.
private let found = LearningRateRange(base: 0.018, max: 0.18, momentum: 0.85)
private let wholeBudget = Budget(totalSteps: 2400, stepsPerEpoch: 80, batchSize: 128)

private func plan(
  _ schedule: ScheduleEntry?, _ optimizer: OptimizerName = .sgd,
  range: LearningRateRange? = found, _ change: (inout RunSettings) -> Void = { _ in }
) throws -> RunPlan {
  var settings = RunSettings()
  (settings.schedule.kind, settings.optimizer.name) = (schedule, optimizer)
  settings.budget.steps = 2400
  change(&settings)
  settings = settings.filled(from: TaskDescription.classify.recipe)
  return try RunPlan(settings: settings.resolved, range: range, budget: wholeBudget)
}

/// Rate and momentum of the update with the highest rate.
private func peak(of plan: RunPlan) throws -> (rate: Double, momentum: Double) {
  let values = (0..<plan.budget.totalSteps).map { plan.plan.values(at: $0) }
  let highest = try #require(values.max { $0.learningRate < $1.learningRate })
  return (highest.learningRate, try #require(highest.momentum))
}

@Suite struct `The step at the peak` {
  /// Rates are written with three digits, and exp-range has fallen a little at its first peak.
  private let tolerance = 0.05

  @Test(arguments: ScheduleEntry.catalog.entries)
  func `is the one that was found, whatever the schedule's momentum`(entry: ScheduleEntry) throws {
    let plan = try plan(entry)
    let peak = try peak(of: plan)
    #expect(abs(peak.rate / (1 - peak.momentum) / 1.2 - 1) < tolerance, "\(entry.name): \(peak)")
    #expect(abs(peak.momentum - (entry.rises ? 0.85 : 0.95)) < 0.005)
    let step = try #require(plan.peakStep)
    #expect(abs(step.size / 1.2 - 1) < 0.005)
    #expect(plan.lines.contains("\(step) at the upper bound (how far an update moves the weights)"), "\(plan.lines)")
  }

  @Test(
    arguments: ScheduleEntry.catalog.entries, [(0.9, 0.9), (0.8, 0.99), (0, 0.95), (0.95, 0.95)])
  func `is the same at a momentum that was typed`(
    entry: ScheduleEntry, momentum: (base: Double, max: Double)
  ) throws {
    let plan = try plan(entry) {
      ($0.schedule.baseMomentum, $0.schedule.maxMomentum) = (momentum.base, momentum.max)
    }
    let peak = try peak(of: plan)
    #expect(abs(peak.rate / (1 - peak.momentum) / 1.2 - 1) < tolerance, "\(entry.name): \(peak)")
  }

  @Test(arguments: ScheduleEntry.catalog.entries, [OptimizerName.adam, .adamw])
  func `is the rate itself with Adam`(entry: ScheduleEntry, optimizer: OptimizerName) throws {
    // A range test with Adam knows no momentum that matters.
    let range = LearningRateRange(base: 0.018, max: 0.18)
    let plan = try plan(entry, optimizer, range: range)
    #expect(try abs(peak(of: plan).rate / 0.18 - 1) < tolerance)
    #expect(plan.peakStep == nil)
    #expect(!plan.lines.contains { $0.contains("at the upper bound") })
  }

  @Test(arguments: ScheduleEntry.catalog.entries)
  func `does not move a rate that was typed`(entry: ScheduleEntry) throws {
    let plan = try plan(entry) { $0.schedule.maxLR = 0.3 }
    #expect(plan.settings.schedule.maxLR == 0.3)
    #expect(
      plan.peakStep == Step(rate: 0.3, momentum: entry.rises ? 0.85 : 0.95), "\(entry.name)")
  }

  @Test func `is the same for all schedules of a comparison`() throws {
    var settings = TaskDescription.classify.recipe
    settings.budget.epochs = 10
    let names = ["one-cycle", "cosine", "constant", "cosine-restarts", "wsd", "triangular2"]
    var compared = try Comparison(settings: settings, schedules: names, seeds: 1)
    compared.range = found
    for schedule in try compared.compared() {
      let run = compared.settings(of: schedule, seed: 1)
      let momentum = schedule.schedule?.rises == true ? 0.85 : 0.95
      let step = try #require(run.schedule.maxLR) / (1 - momentum)
      #expect(abs(step / 1.2 - 1) < 0.005, "\(schedule.text)")
    }
    // One that was begun before steps were known goes on with the rates that it has.
    compared.range = LearningRateRange(base: 0.018, max: 0.18)
    let cosine = try compared.compared()[1]
    #expect(compared.settings(of: cosine, seed: 1).schedule.maxLR == 0.18)
  }

  @Test func `of the default peak is 2, whatever the momentum of the test`() {
    for momentum in [0.0, 0.5, 0.85, 0.9] {
      var settings = TaskDescription.classify.recipe
      settings.schedule.baseMomentum = momentum
      let peak = settings.resolved.defaultPeak.rate
      #expect(abs(peak / (1 - momentum) - 2) < 1e-12)
      settings.optimizer.name = .adamw
      #expect(settings.resolved.defaultPeak.rate == 0.01)
    }
  }

  @Test func `is kept in plan.json, and a plan without it is read`() throws {
    let plan = try plan(ScheduleEntry.catalog["cosine"])
    let data = try JSONText.data(plan, isPretty: true)
    #expect(try JSONText.read(RunPlan.self, from: data) == plan)
    var fields = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    let step = try #require(fields.removeValue(forKey: "peakStep") as? [String: Double])
    #expect(step["momentum"] == 0.95)
    var range = try #require(fields["range"] as? [String: Any])
    #expect(range.removeValue(forKey: "momentum") as? Double == 0.85)
    fields["range"] = range
    let old = try JSONText.read(
      RunPlan.self, from: JSONSerialization.data(withJSONObject: fields))
    #expect(old.plan == plan.plan && old.peakStep == nil)
    #expect(!old.lines.contains { $0.contains("at the upper bound") })
  }
}
