import Planning
import Runs
import Schedules
import Settings
import Testing
import Tuning

@Suite struct `A budget in epochs with a limit in minutes` {
  /// Seven epochs of 100 updates.
  private func limited(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
    var settings = RunSettings()
    settings.budget.epochs = 7
    settings.budget.maxMinutes = 5
    settings.budget.batchSize = 10
    (settings.schedule.baseLR, settings.schedule.maxLR) = (0.01, 0.1)
    change(&settings)
    return settings
  }

  private func plan(_ settings: RunSettings, at pace: MeasuredSpeed) throws -> RunPlan {
    let budget = try settings.resolved.makeBudget(trainingCount: 1000, pace: pace)
    let cut = ShortenedBudget(
      of: try settings.resolved.makeBudget(trainingCount: 1000), to: budget, settings.resolved,
      at: pace)
    return try RunPlan(settings: settings.resolved, range: nil, budget: budget, cut: cut)
  }

  /// 20 s are spent, 700 updates take 70 s, and seven evaluations 35 s: 125 s of 300.
  @Test func `stays whole on a machine that is fast enough`() throws {
    let pace = MeasuredSpeed(secondsPerUpdate: 0.1, secondsPerEvaluation: 5, secondsSpent: 20)
    let budget = Budget(totalSteps: 700, stepsPerEpoch: 100, batchSize: 10)
    #expect(pace.seconds(of: budget) == 125)
    #expect(pace.seconds(of: budget, evaluateEvery: 3) == 105)
    let plan = try plan(limited(), at: pace)
    #expect(plan.budget.totalSteps == 700)
    #expect(plan.cut == nil)
    #expect(!plan.lines.contains { $0.contains("minutes hold") })
  }

  /// Planned with are 261.25 s of 300 s.
  ///
  /// 20 s are spent, 5 s are the last evaluation's, and a twentieth of the rest is
  /// kept in hand. An update takes 1 s and 0.05 s of an evaluation. The whole would take 755 s.
  @Test func `is cut on a slow machine, and says so`() throws {
    let pace = MeasuredSpeed(secondsPerUpdate: 1, secondsPerEvaluation: 5, secondsSpent: 20)
    let plan = try plan(limited(), at: pace)
    #expect(plan.budget.totalSteps == 248)
    #expect(
      plan.lines.contains(
        "248 of 700 updates fit into 5 minutes here; --epochs 7 without --max-minutes trains them all, in about "
          + "13 minutes"
      ),
      "\(plan.lines)")
    // What it says is repeated by it on any machine.
    #expect(plan.settings.budget.steps == 248)
    #expect(plan.settings.budget.maxMinutes == nil)
    #expect(plan.flags.contains("--steps 248") && !plan.flags.contains("minutes"))
    let fast = MeasuredSpeed(secondsPerUpdate: 1e-6, secondsPerEvaluation: 0, secondsSpent: 0)
    #expect(try plan.settings.makeBudget(trainingCount: 1000, pace: fast).totalSteps == 248)
  }

  @Test func `keeps as many updates as the range test made where that took all the time`() throws {
    let pace = MeasuredSpeed(secondsPerUpdate: 3, secondsPerEvaluation: 100, secondsSpent: 400)
    let settings = limited { $0.rangeTest.steps = 60 }
    #expect(try settings.resolved.makeBudget(trainingCount: 1000, pace: pace).totalSteps == 60)
    #expect(try limited().resolved.makeBudget(trainingCount: 1000, pace: pace).totalSteps == 8)
    let short = limited {
      $0.budget.epochs = 0.5
      $0.rangeTest.steps = 60
    }
    #expect(try short.resolved.makeBudget(trainingCount: 1000, pace: pace).totalSteps == 50)
  }

  @Test func `says so where the limit was used up before`() throws {
    let pace = MeasuredSpeed(secondsPerUpdate: 3, secondsPerEvaluation: 100, secondsSpent: 400)
    let plan = try plan(limited(), at: pace)
    #expect(
      plan.lines.contains {
        $0.hasPrefix("8 of 700 updates are trained, which with what comes before them takes longer than the limit of 5")
      }, "\(plan.lines)")
    #expect(!plan.lines.contains { $0.contains("fit into") })
    // An evaluation of ten updates comes after every second epoch.
    let slow = try self.plan(
      limited(), at: MeasuredSpeed(secondsPerUpdate: 1, secondsPerEvaluation: 10, secondsSpent: 20))
    #expect(slow.lines.contains { $0.contains(" of 700 updates fit into 5 minutes here;") }, "\(slow.lines)")
    // A long test is not a reason to train as long.
    let long = limited { $0.rangeTest.steps = 500 }
    #expect(try long.resolved.makeBudget(trainingCount: 1000, pace: pace).totalSteps == 100)
  }

  /// Its head has learned what it will after ten epochs of 100 updates.
  @Test(arguments: [(60.0, 1000), (1.0, 570)])
  func `trains a linear probe no longer than its recipe`(minutes: Double, updates: Int) throws {
    let pace = MeasuredSpeed(secondsPerUpdate: 0.1, secondsPerEvaluation: 0, secondsSpent: 0)
    var settings = limited()
    (settings.budget.epochs, settings.budget.maxMinutes, settings.budget.minutes) = (nil, nil, minutes)
    settings.model.cachedFeatures = true
    let budget = try settings.resolved.makeBudget(trainingCount: 1000, pace: pace)
    #expect(budget.totalSteps == updates)
    let plan = try RunPlan(settings: settings.resolved, range: nil, budget: budget)
    #expect((plan.lengthReason != nil) == (updates == 1000), "\(plan.lines)")
  }

  @Test func `comes from the recipe only where no budget was typed`() {
    var recipe = RunSettings()
    (recipe.budget.epochs, recipe.budget.maxMinutes) = (7, 5)
    #expect(RunSettings().filled(from: recipe).budget.maxMinutes == 5)
    for type: (inout RunSettings) -> Void in [
      { $0.budget.epochs = 3 }, { $0.budget.steps = 30 }, { $0.budget.minutes = 3 },
    ] {
      var typed = RunSettings()
      type(&typed)
      #expect(typed.filled(from: recipe).budget.maxMinutes == nil)
    }
    var limit = RunSettings()
    limit.budget.maxMinutes = 20
    #expect(limit.filled(from: recipe).budget.maxMinutes == 20)
    #expect(limit.filled(from: recipe).budget.epochs == 7)
  }

  @Test(arguments: [0, -1, .nan, .infinity]) func `refuses a limit that is none`(minutes: Double) {
    let error = #expect(throws: SettingsError.self) {
      try limited { $0.budget.maxMinutes = minutes }.check()
    }
    #expect(error.map { "\($0)".hasPrefix("--max-minutes is") } == true)
  }
}
