import Datasets
import Foundation
import Planning
import Schedules
import Settings
import Testing
import Tuning

private func recipeSettings(_ change: (inout RunSettings) -> Void) -> RunSettings {
  var settings = RunSettings()
  settings.budget.epochs = 6
  change(&settings)
  return settings
}

@Suite struct `Settings of a recipe` {
  @Test(arguments: [
    ("crop-scale", "0.5", "two shares of the area"),
    ("crop-scale", "0,1", "above 0"),
    ("crop-scale", "0.8,0.2", "the lower first"),
    ("crop-scale", "0.2,1.5", "at most 1"),
    ("color-jitter", "0.4,x", "up to four numbers"),
    ("color-jitter", "0.4,0.4,0.4,0.6", "the hue at most 0.5"),
    ("color-jitter", "-0.4", "none below 0"),
    ("color-jitter", "0.1,0.1,0.1,0.1,0.1", "up to four numbers"),
    ("color-jitter", "", "up to four numbers"),
    ("rand-augment", "2", "from 1 to 14"),
    ("rand-augment", "0,9", "from 1 to 14"),
    ("rand-augment", "2,31", "from 0 to 30"),
    ("rand-augment", "2,9.5", "from 0 to 30"),
    ("rand-augment", "2,nan", "from 0 to 30"),
    ("scale-jitter", "1.5", "two scales from 0.1 to 10"),
    ("scale-jitter", "1.5,0.75", "the lower first"),
    ("scale-jitter", "0,1", "from 0.1 to 10"),
    ("average", "swaa", "did you mean 'swa'?"),
  ])
  func `whose texts cannot be meant are refused in a sentence`(
    key: String, text: String, words: String
  ) throws {
    let error = #expect(throws: SettingsError.self) {
      try RunSettings { try $0.set(key, to: text) }.check()
    }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }

  @Test(arguments: [
    (recipeSettings { $0.augmentation.rotation = 181 }, "from 0 to 180 degrees"),
    (recipeSettings { $0.augmentation.elastic = -1 }, "from 0 to 64 pixels"),
    (recipeSettings { $0.augmentation.mosaic = 1.5 }, "from 0 to 1"),
    (recipeSettings { $0.augmentation.cutout = -1 }, "from 0 to 1024"),
    (recipeSettings { $0.augmentation.mixup = -0.1 }, "--mixup is -0.1"),
    (recipeSettings { $0.augmentation.cutmix = .nan }, "--cutmix is nan"),
    (recipeSettings { $0.evaluation.ema = 1 }, "above 0 and below 1"),
    (recipeSettings { $0.evaluation.patience = 0 }, "from 1 to"),
    (
      recipeSettings { ($0.evaluation.ema, $0.evaluation.average) = (0.9, .swa) },
      "left out with --ema"
    ),
    (
      recipeSettings {
        ($0.evaluation.patience, $0.schedule.kind) = (2, ScheduleEntry.catalog["constant"])
      },
      "left out with --schedule constant"
    ),
    (
      recipeSettings {
        ($0.evaluation.average, $0.schedule.kind) = (.swa, ScheduleEntry.catalog["one-cycle"])
      },
      "no cycles that end before"
    ),
  ])
  func `that cannot be meant are refused in a sentence`(
    settings: RunSettings, words: String
  ) throws {
    let error = #expect(throws: SettingsError.self) { try settings.check() }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }

  /// A detector's recipe has an average.
  @Test(arguments: ["none", "0"]) func `can leave out the average of the recipe`(text: String) throws {
    let typed = try RunSettings { try $0.set("ema", to: text) }
    let filled = typed.filled(from: TaskDescription.detect.recipe)
    try filled.check()
    #expect(filled.resolved.averageDecay == nil && TaskDescription.detect.recipe.resolved.averageDecay == 0.998)
    let read = try JSONDecoder().decode(RunSettings.self, from: JSONEncoder().encode(filled))
    #expect(read == filled && read.text("ema") == "none")
    let number = try JSONDecoder().decode(RunSettings.self, from: Data(#"{"ema": 0.998}"#.utf8))
    #expect(number.resolved.averageDecay == 0.998)
    var both = filled
    both.evaluation.average = .swa
    try both.check()
  }

  @Test func `that can be meant are read`() throws {
    let typed = try RunSettings {
      try $0.set("crop-scale", to: "0.08, 1")
      try $0.set("color-jitter", to: "0.4,0.3")
      try $0.set("rand-augment", to: "2,9")
      try $0.set("scale-jitter", to: "0.75,1.5")
      ($0.augmentation.rotation, $0.augmentation.elastic, $0.augmentation.mosaic) = (15, 4, 0.5)
      ($0.augmentation.cutout, $0.augmentation.mixup, $0.augmentation.cutmix, $0.evaluation.ema) = (
        8, 0.2, 0, 0.999
      )
    }
    try typed.check()
    #expect(typed.augmentation.cropScale?.range == 0.08...1)
    #expect(typed.augmentation.scaleJitter?.range == 0.75...1.5)
    #expect(
      typed.augmentation.colorJitter
        == ColorJitter(brightness: 0.4, contrast: 0.3, saturation: 0, hue: 0))
    #expect(typed.augmentation.randAugment == RandAugment(operations: 2, magnitude: 9))
    #expect(recipeSettings { _ in }.augmentation.colorJitter == nil)
  }
}

@Suite struct `A run of which the cycles' ends are wanted` {
  private let budget = Budget(totalSteps: 2808, stepsPerEpoch: 468, batchSize: 128)
  private let range = LearningRateRange(base: 0.01, max: 0.2)

  /// Six epochs would be one cycle.
  @Test(arguments: [
    (recipeSettings { $0.evaluation.patience = 2 }, ScheduleEntry.catalog["triangular2"]),
    (recipeSettings { $0.evaluation.average = .swa }, ScheduleEntry.catalog["triangular"]),
    (recipeSettings { $0.evaluation.average = .snapshots }, ScheduleEntry.catalog["triangular"]),
    (
      recipeSettings { $0.schedule.kind = ScheduleEntry.catalog["triangular"] },
      ScheduleEntry.catalog["triangular"]
    ),
    (
      recipeSettings { $0.schedule.kind = ScheduleEntry.catalog["triangular2"] },
      ScheduleEntry.catalog["triangular2"]
    ),
    (
      recipeSettings { $0.schedule.kind = ScheduleEntry.catalog["exp-range"] },
      ScheduleEntry.catalog["exp-range"]
    ),
    (
      recipeSettings {
        ($0.schedule.kind, $0.evaluation.average) = (
          ScheduleEntry.catalog["cosine-restarts"], .snapshots
        )
      },
      ScheduleEntry.catalog["cosine-restarts"]
    ),
  ])
  func `has three cycles where one would do`(settings: RunSettings, schedule: ScheduleEntry?) throws {
    let plan = try RunPlan(settings: settings.resolved, range: range, budget: budget)
    #expect(plan.settings.schedule.kind == schedule)
    #expect(plan.plan.troughs(upTo: plan.budget.totalSteps) == [936, 1872, 2808])
    #expect(plan.reason?.hasPrefix("3 cycles fit into 6 epochs") ?? (settings.schedule.kind != nil))
  }

  @Test func `has the cycles that were typed`() throws {
    let typed = recipeSettings {
      ($0.evaluation.average, $0.schedule.stepSize) = (.swa, .epochs(1))
    }
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    #expect(plan.plan.troughs(upTo: plan.budget.totalSteps) == [936, 1872, 2808])
    #expect(plan.settings.schedule.kind == ScheduleEntry.catalog["triangular"])
  }
}
