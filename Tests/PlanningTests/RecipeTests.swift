import Planning
import Schedules
import Testing
import Tuning

private func settings(_ change: (inout RunSettings) -> Void) -> RunSettings {
  var settings = RunSettings()
  settings.epochs = 6
  change(&settings)
  return settings
}

@Suite struct `Settings of a recipe` {
  @Test(arguments: [
    (settings { $0.cropScale = "0.5" }, "two shares of the area"),
    (settings { $0.cropScale = "0,1" }, "above 0"),
    (settings { $0.cropScale = "0.8,0.2" }, "the lower first"),
    (settings { $0.cropScale = "0.2,1.5" }, "at most 1"),
    (settings { $0.colorJitter = "0.4,x" }, "up to four numbers"),
    (settings { $0.colorJitter = "0.4,0.4,0.4,0.6" }, "the hue at most 0.5"),
    (settings { $0.colorJitter = "-0.4" }, "none below 0"),
    (settings { $0.colorJitter = "0.1,0.1,0.1,0.1,0.1" }, "up to four numbers"),
    (settings { $0.colorJitter = "" }, "up to four numbers"),
    (settings { $0.randAugment = "2" }, "from 1 to 14"),
    (settings { $0.randAugment = "0,9" }, "from 1 to 14"),
    (settings { $0.randAugment = "2,31" }, "from 0 to 30"),
    (settings { $0.randAugment = "2,9.5" }, "from 0 to 30"),
    (settings { $0.randAugment = "2,nan" }, "from 0 to 30"),
    (settings { $0.scaleJitter = "1.5" }, "two scales from 0.1 to 10"),
    (settings { $0.scaleJitter = "1.5,0.75" }, "the lower first"),
    (settings { $0.scaleJitter = "0,1" }, "from 0.1 to 10"),
    (settings { $0.rotation = 181 }, "from 0 to 180 degrees"),
    (settings { $0.elastic = -1 }, "from 0 to 64 pixels"),
    (settings { $0.mosaic = 1.5 }, "from 0 to 1"),
    (settings { $0.cutout = -1 }, "from 0 to 1024"),
    (settings { $0.mixup = -0.1 }, "--mixup is -0.1"),
    (settings { $0.cutmix = .nan }, "--cutmix is nan"),
    (settings { $0.ema = 1 }, "above 0 and below 1"),
    (settings { $0.average = "swaa" }, "did you mean 'swa'?"),
    (settings { $0.patience = 0 }, "at least 1"),
    (settings { ($0.ema, $0.average) = (0.9, "swa") }, "left out with --ema"),
    (
      settings { ($0.patience, $0.schedule) = (2, "constant") }, "left out with --schedule constant"
    ),
    (settings { ($0.average, $0.schedule) = ("swa", "one-cycle") }, "no cycles that end before"),
  ])
  func `that cannot be meant are refused in a sentence`(
    settings: RunSettings, words: String
  ) throws {
    let error = #expect(throws: SettingsError.self) { try settings.check() }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }

  @Test func `that can be meant are read`() throws {
    let typed = settings {
      $0.cropScale = "0.08, 1"
      $0.colorJitter = "0.4,0.3"
      $0.randAugment = "2,9"
      $0.scaleJitter = "0.75,1.5"
      ($0.rotation, $0.elastic, $0.mosaic) = (15, 4, 0.5)
      ($0.cutout, $0.mixup, $0.cutmix, $0.ema) = (8, 0.2, 0, 0.999)
    }
    try typed.check()
    #expect(typed.cropShare == 0.08...1)
    #expect(typed.scaleReach == 0.75...1.5)
    #expect(typed.colorReaches == [0.4, 0.3, 0, 0])
    let numbers = try #require(typed.randAugmentNumbers)
    #expect(numbers == (2, 9))
    #expect(settings { _ in }.colorReaches == nil)
  }
}

@Suite struct `A run of which the cycles' ends are wanted` {
  private let budget = Budget(totalSteps: 2808, stepsPerEpoch: 468, batchSize: 128)
  private let range = LearningRateRange(base: 0.01, max: 0.2)

  /// Six epochs would be one cycle.
  @Test(arguments: [
    (settings { $0.patience = 2 }, "triangular2"), (settings { $0.average = "swa" }, "triangular"),
    (settings { $0.average = "snapshots" }, "triangular"),
    (settings { $0.schedule = "triangular" }, "triangular"),
    (settings { $0.schedule = "triangular2" }, "triangular2"),
    (settings { $0.schedule = "exp-range" }, "exp-range"),
    (
      settings { ($0.schedule, $0.average) = ("cosine-restarts", "snapshots") }, "cosine-restarts"
    ),
  ])
  func `has three cycles where one would do`(settings: RunSettings, schedule: String) throws {
    let plan = try RunPlan(settings: settings, range: range, budget: budget)
    #expect(plan.settings.schedule == schedule)
    #expect(plan.plan.troughs(upTo: plan.budget.totalSteps) == [936, 1872, 2808])
    #expect(plan.reason?.hasPrefix("6 epochs hold 3 cycles") ?? (settings.schedule != nil))
  }

  @Test func `has the cycles that were typed`() throws {
    let typed = settings { ($0.average, $0.stepSize) = ("swa", "1ep") }
    let plan = try RunPlan(settings: typed, range: range, budget: budget)
    #expect(plan.plan.troughs(upTo: plan.budget.totalSteps) == [936, 1872, 2808])
    #expect(plan.settings.schedule == "triangular")
  }
}
