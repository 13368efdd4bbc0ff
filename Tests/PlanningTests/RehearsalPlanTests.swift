import Planning
import Schedules
import Settings
import Testing
import Tuning

@Suite struct `A rehearsal's plan` {
  private let short = Budget(totalSteps: 60, stepsPerEpoch: 70, batchSize: 128)
  private let whole = Budget(totalSteps: 2_400, stepsPerEpoch: 78, batchSize: 128)
  private let range = LearningRateRange(base: 0.01, max: 0.1, momentum: 0.85)

  private func plan(_ change: (inout RunSettings) -> Void = { _ in }) throws -> RunPlan {
    var settings = TaskDescription.classify.recipe
    change(&settings)
    return try settings.resolved.rehearsal(of: range, in: short, of: whole)
  }

  @Test(arguments: [nil, "one-cycle", "triangular", "triangular2", "exp-range"])
  func `is one cycle to the peak and to nothing where the run's rate rises`(
    name: String?
  ) throws {
    let plan = try plan { $0.schedule.kind = name.flatMap { ScheduleEntry.catalog[$0] } }
    #expect(plan.budget.totalSteps == 60)
    let rates = (0...60).map { plan.plan.learningRate.value(at: $0) }
    #expect(abs((rates.max() ?? 0) - 0.1) < 1e-9)
    #expect(rates[60] < 1e-6)
    #expect(plan.plan.momentum?.value(at: 15) == 0.85, "a quarter of the way is the peak")
  }

  /// The same step: 0.1 / 0.15 = 0.0333 / 0.05.
  @Test(arguments: ["cosine", "cosine-restarts", "linear", "wsd", "inverse-sqrt"])
  func `falls to nothing from the same step where the run's rate begins at its peak`(
    name: String
  ) throws {
    let plan = try plan { $0.schedule.kind = ScheduleEntry.catalog[name] }
    let rates = (0...60).map { plan.plan.learningRate.value(at: $0) }
    #expect(abs((rates.max() ?? 0) - 0.0333) < 1e-4)
    #expect(rates[60] < 1e-6)
    #expect(plan.plan.momentum?.value(at: 0) == 0.95)
  }

  /// Of its minutes it is a share; the rate is that of wsd, to which an open-ended run is planned.
  @Test func `of a run without an end has one`() throws {
    let plan = try plan {
      ($0.budget.epochs, $0.budget.openEnded, $0.budget.minutes) = (nil, true, 4)
    }
    #expect(plan.budget.totalSteps == 60 && !plan.isOpenEnded)
    let rates = (0...60).map { plan.plan.learningRate.value(at: $0) }
    #expect(abs((rates.max() ?? 0) - 0.0333) < 1e-4)
    #expect(rates[60] < 1e-6)
  }

  /// A fortieth of the run: 240 updates become 6.
  @Test func `has the run's warm-up, as much shorter as itself`() throws {
    let plan = try plan {
      $0.schedule.kind = ScheduleEntry.catalog["cosine"]
      $0.schedule.warmup = .steps(240)
    }
    let rates = (0..<12).map { plan.plan.learningRate.value(at: $0) }
    #expect(rates[0] == 0 && rates[5] < rates[6])
    #expect(rates[6] == rates.max())
  }

  /// 2,390 of 2,400 updates are 59.75 of 60, which would be the whole rehearsal.
  @Test(arguments: ["unfreeze-at", "head-first", "warmup"])
  func `is not over where the run's last updates begin`(key: String) throws {
    let plan = try plan {
      if key == "unfreeze-at" { try? $0.set("freeze", to: "backbone") }
      if key == "warmup" { try? $0.set("schedule", to: "cosine") }
      try? $0.set(key, to: "2390")
    }
    let time = key == "warmup" ? plan.settings.schedule.warmup : plan.settings.model.unfreezeAt
    #expect(time == .steps(59))
    #expect(plan.settings.model.headFirst == nil)
  }

  @Test func `takes its cost off a length in updates or epochs, and off none in minutes`() {
    func settings(_ change: (inout RunSettings) -> Void) -> ResolvedSettings {
      var settings = RunSettings()
      change(&settings)
      return settings.resolved.spending(188, of: whole)
    }
    #expect(settings { $0.budget.steps = 2_400 }.budget.steps == 2_212)
    #expect(settings { $0.budget.epochs = 30 }.budget.epochs == Double(30 * 78 - 188) / 78)
    #expect(settings { $0.budget.minutes = 5 }.budget.minutes == 5)
  }
}
