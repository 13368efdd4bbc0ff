import Foundation
import Planning
import Runs
import Schedules
import Settings
import Testing
import Tuning
import Words

private let budget = Budget(totalSteps: 2808, stepsPerEpoch: 468, batchSize: 128)
private let range = LearningRateRange(base: 0.0123456, max: 0.234567)

private func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
  var settings = RunSettings()
  settings.budget.epochs = 6
  settings.budget.batchSize = 128
  settings.schedule.baseMomentum = 0.85
  settings.schedule.maxMomentum = 0.95
  change(&settings)
  return settings
}

@Suite struct `A run's plan` {
  @Test func `with nothing typed is one cycle over the range that was found`() throws {
    let plan = try RunPlan(settings: settings().resolved, range: range, budget: budget)
    #expect(plan.lines.last?.hasPrefix("one-cycle, since a budget of 6 epochs holds no") == true)
    #expect(plan.settings.schedule.kind == ScheduleEntry.catalog["one-cycle"])
    #expect(plan.settings.schedule.maxLR == 0.235)
    #expect(plan.settings.schedule.baseLR == 0.0123)
    #expect(plan.plan.learningRate.value(at: 0) == 0.0123)
    #expect(plan.plan.learningRate.value(at: 702) == 0.235)
    #expect(plan.plan.momentum?.value(at: 0) == 0.95)
    #expect(plan.plan.momentum?.value(at: 702) == 0.85)
    #expect(plan.findings == [])
  }

  /// By ten at half and at three quarters of a run; a cosine is at half its height in the middle.
  @Test(arguments: [
    ("step-decay", [0.5, 0.5, 0.05, 0.05, 0.005, 0.005]),
    ("cosine", [0.5, 0.25 * (1 + 0.5.squareRoot()), 0.25, 0.25, 0.25 * (1 - 0.5.squareRoot()), 0]),
    ("constant", [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]),
  ])
  func `that only falls begins at the upper bound and needs no lower one`(
    name: String, rates: [Double]
  ) throws {
    var typed = settings {
      ($0.schedule.kind, $0.schedule.maxLR) = (ScheduleEntry.catalog[name], 0.5)
    }
    #expect(!typed.resolved.needsRange)
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    for (step, rate) in zip([0, 702, 1404, 1404, 2106, 2808], rates) {
      #expect(abs(plan.plan.learningRate.value(at: step) - rate) < 1e-12)
    }
    #expect(plan.plan.momentum?.value(at: 100) == 0.95)
    typed.schedule.maxLR = nil
    let found = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    #expect(found.settings.schedule.baseLR == nil)
    #expect(found.settings.schedule.maxLR == 0.235)
  }

  /// By hand: 281 of 2,808 updates are 10 %; the cosine is at half its height 1,264 updates later.
  @Test func `with a warm-up rises from 0, and falls in what is left`() throws {
    let typed = try RunSettings {
      try $0.set("schedule", to: "cosine")
      $0.schedule.maxLR = 0.5
      try $0.set("warmup", to: "10%")
    }.filled(from: settings())
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    #expect(plan.settings.schedule.warmup == .steps(281))
    let rate = plan.plan.learningRate
    for (step, value) in [(0, 0), (140, 0.5 * 140 / 281), (281, 0.5), (2808, 0)] {
      #expect(abs(rate.value(at: step) - value) < 1e-12)
    }
    #expect(rate.value(at: 281 + 1263) > 0.25 && rate.value(at: 281 + 1264) < 0.25)
    #expect(
      plan.lines.prefix(2) == [
        "learning rate from 0.5 down to 1.93e-07 by cosine over 2808 updates of 128 images "
          + "(6 epochs)", "after a warm-up from 0 of 281 updates (0.6 epochs)",
      ])
  }

  /// By hand: 140 updates of 2,808 are 5 %; the other 2,668 are three cycles of 888, and 4 are left.
  @Test func `with a warm-up before restarts has whole cycles behind it`() throws {
    let typed = try RunSettings {
      try $0.set("schedule", to: "cosine-restarts")
      $0.schedule.maxLR = 0.5
      try $0.set("warmup", to: "5%")
    }.filled(from: settings())
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    #expect(plan.plan.troughs(upTo: 2808) == [1028, 1916, 2804])
    #expect(plan.budget.totalSteps == 2804)
    #expect(
      plan.lines.prefix(2) == [
        "learning rate from 0.5 down to 0.0, again and again",
        "cycle 888 updates (1.9 epochs), 3 cycles",
      ])
    #expect(plan.lines.contains("after a warm-up from 0 of 140 updates (0.299 epochs)"))
  }

  @Test(arguments: [
    ("one-cycle", "5%", "left out with --schedule one-cycle, which rises by itself"),
    (nil, "5%", "--warmup goes before a schedule that begins at its upper bound"),
    ("cosine", "soon", "a length above 0: 2000 (updates), 4ep, 51200sa or 30%"),
    ("cosine", "0", "a length above 0"),
  ])
  func `has no warm-up that cannot be`(schedule: String?, warmup: String, words: String) {
    let error = #expect(throws: SettingsError.self) {
      try RunSettings {
        if let schedule { try $0.set("schedule", to: schedule) }
        try $0.set("warmup", to: warmup)
      }.check()
    }
    #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func `has no warm-up that takes the whole run`() throws {
    let typed = try RunSettings {
      try $0.set("schedule", to: "cosine")
      $0.schedule.maxLR = 0.5
      try $0.set("warmup", to: "6ep")
    }.filled(from: settings())
    let error = #expect(throws: SettingsError.self) {
      try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    }
    #expect(error.map { "\($0)".contains("shorter than the run of 2808 updates") } == true)
  }

  /// By hand, at a budget of 2,808 updates: thirds are 936; a timescale of 281 has fallen by half after
  /// three times as many; 585 are 5 of 24 parts, and three quarters are 2,106; a twentieth is 140 and a fifth 561.
  @Test(
    arguments: [
      ("linear", [(0, 0.4), (1404, 0.2), (2808, 0)]),
      ("polynomial", [(0, 0.4), (1404, 0.21435469), (2808, 0)]),
      ("step", [(935, 0.4), (936, 0.04), (1872, 0.004)]),
      ("exponential", [(0, 0.4), (1404, 0.04), (2808, 0.004)]),
      ("inverse-sqrt", [(0, 0), (281, 0.4), (281 + 843, 0.2)]),
      ("piecewise-linear", [(0, 0), (585, 0.4), (2808, 0)]),
      ("flat-cosine", [(0, 0.4), (2106, 0.4), (2457, 0.200002), (2808, 4e-6)]),
      ("warmup-cosine", [(0, 0), (140, 0.4), (140 + 1334, 0.2), (2808, 0)]),
      ("wsd", [(0, 0), (70, 0.2), (140, 0.4), (2247, 0.4), (2808, 0)]),
      ("wsd-linear", [(70, 0.2), (2247, 0.4), (2247 + 187, 0.4 * 2 / 3), (2808, 0)]),
      ("rex", [(0, 0.4), (1404, 0.8 / 3), (2808, 0)]),
    ] as [(String, [(Int, Double)])])
  func `by any schedule of the library has the rates of its formula`(
    name: String, rates: [(Int, Double)]
  ) throws {
    let typed = try RunSettings {
      try $0.set("schedule", to: name)
      $0.schedule.maxLR = 0.4
    }.filled(from: settings())
    try typed.check()
    #expect(!typed.resolved.needsRange)
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    for (step, rate) in rates {
      let found = plan.plan.learningRate.value(at: step)
      #expect(abs(found - rate) < 1e-8, "\(found) at \(step)")
    }
    #expect(plan.plan.momentum?.value(at: 100) == 0.95)
  }

  /// By hand: 2,808 updates are three cycles of two half-cycles of 468; a quarter of one, 117 updates up, is
  /// at these parts of the height.
  @Test(arguments: [
    ("cyclical-sine", 0.3826834323650898), ("cyclical-welch", 0.4375),
    ("cyclical-hann", 0.14644660940672624),
  ])
  func `by a window cycles along it`(name: String, height: Double) throws {
    let typed = try RunSettings {
      try $0.set("schedule", to: name)
      $0.schedule.baseLR = 0.1
      $0.schedule.maxLR = 0.5
    }.filled(from: settings())
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    #expect(plan.plan.troughs(upTo: 2808) == [936, 1872, 2808])
    let rate = plan.plan.learningRate
    for (step, value) in [(0, 0.1), (117, 0.1 + 0.4 * height), (468, 0.5), (936, 0.1)] {
      #expect(abs(rate.value(at: step) - value) < 1e-12)
    }
    #expect(plan.plan.momentum?.value(at: 468) == 0.85)
  }

  /// By hand: 2,808 updates are three cycles of 936, at half their height in the middle.
  @Test func `with warm restarts begins each cycle at the peak and falls to nothing`() throws {
    let typed = settings { $0.schedule.kind = ScheduleEntry.catalog["cosine-restarts"] }
    #expect(typed.resolved.needsRange)
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    #expect(plan.settings.schedule.maxLR == 0.235)
    #expect(plan.settings.schedule.baseLR == nil)
    #expect(plan.settings.schedule.stepSize == .steps(468))
    #expect(plan.plan.troughs(upTo: 2808) == [936, 1872, 2808])
    for (step, rate) in [(0, 0.235), (468, 0.1175), (936, 0.235), (1404, 0.1175), (1872, 0.235)] {
      #expect(abs(plan.plan.learningRate.value(at: step) - rate) < 1e-12)
    }
    #expect(plan.plan.learningRate.value(at: 935) < 1e-5)
    #expect(plan.plan.momentum?.value(at: 500) == 0.95)
    #expect(plan.findings == [])
    #expect(
      plan.lines.prefix(2) == [
        "learning rate from 0.235 down to 0.0, again and again",
        "cycle 936 updates (2 epochs), 3 cycles",
      ])
  }

  /// One update stands at the peak, since there is none to rise in; two rise and fall.
  @Test(arguments: [
    (1, ["learning rate from 0.5", "over 1 update of 128 images (0.00214 epochs)"]),
    (
      2,
      [
        "learning rate from 0.1 to 0.5", "half-cycle 1 update (0.00214 epochs), 1 cycle",
        "over 2 updates of 128 images (0.00427 epochs)",
      ]
    ),
  ])
  func `of hardly any updates says what there is`(steps: Int, lines: [String]) throws {
    let typed = settings {
      ($0.budget.steps, $0.schedule.kind) = (steps, ScheduleEntry.catalog["one-cycle"])
      ($0.schedule.baseLR, $0.schedule.maxLR) = (0.1, 0.5)
    }
    let budget = Budget(totalSteps: steps, stepsPerEpoch: 468, batchSize: 128)
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    #expect(Array(plan.lines.prefix(lines.count)) == lines, "\(plan.lines)")
  }

  /// By hand: 1 + 2 + 4 parts of 400 updates are the most of 14 that 2,808 hold.
  @Test func `with longer and longer cycles has three that fill the run`() throws {
    let typed = settings {
      ($0.schedule.kind, $0.schedule.tMult) = (ScheduleEntry.catalog["cosine-restarts"], 2)
      ($0.schedule.maxLR, $0.schedule.baseLR) = (0.5, 0.001)
    }
    #expect(!typed.resolved.needsRange)
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    #expect(plan.plan.troughs(upTo: 2808) == [400, 1200, 2800])
    #expect(plan.budget.totalSteps == 2800)
    #expect(abs(plan.plan.learningRate.value(at: 1199) - 0.001) < 1e-5)
    #expect(
      plan.lines[1] == "cycle 400 updates (0.855 epochs), the last 1600 (3.42), 3 cycles")
  }

  @Test(arguments: [
    ("label-smoothing", settings { $0.optimizer.labelSmoothing = 0.1 }, [TaskName.classify]),
    ("mixup", settings { $0.augmentation.mixup = 0.2 }, [.classify]),
    ("turn", settings { $0.augmentation.turn = true }, [.segment, .detect]),
    (
      "scale-jitter", settings { $0.augmentation.scaleJitter = NumberRange(0.75...1.5) },
      [.segment, .detect]
    ),
    ("rotation", settings { $0.augmentation.rotation = 15 }, [.segment]),
    ("elastic", settings { $0.augmentation.elastic = 4 }, [.segment]),
    ("mosaic", settings { $0.augmentation.mosaic = 0.5 }, [.detect]),
  ])
  func `has no setting of another task's`(
    key: String, typed: RunSettings, owners: [TaskName]
  ) throws {
    for task in TaskName.allCases {
      if owners.contains(task) {
        try typed.check(for: task)
      } else {
        #expect(
          throws: SettingsError.otherTask(
            key: key, task: task.rawValue, tasks: owners.map(\.rawValue))
        ) { try typed.check(for: task) }
      }
    }
  }

  /// The issue's rule: what Rondo chose is printed as flags that give the same run.
  @Test(arguments: [
    ["--epochs", "6"], ["--epochs", "6", "--schedule", "triangular"],
    ["--epochs", "6", "--step-size", "2ep"], ["--epochs", "6", "--schedule", "exp-range"],
    ["--epochs", "60"], ["--epochs", "6", "--schedule", "constant"],
    ["--epochs", "6", "--schedule", "step-decay"], ["--epochs", "6", "--schedule", "cosine"],
    ["--epochs", "6", "--schedule", "cosine-restarts"],
    ["--epochs", "6", "--schedule", "cosine-restarts", "--t-mult", "1.5"],
    ["--epochs", "6", "--schedule", "cosine-restarts", "--step-size", "1ep", "--base-lr", "0.001"],
    ["--epochs", "6", "--schedule", "cosine-restarts", "--warmup", "5%"],
    ["--epochs", "6", "--schedule", "cosine", "--warmup", "1ep", "--base-lr", "0.001"],
    ["--epochs", "6", "--schedule", "inverse-sqrt"],
    ["--epochs", "6", "--schedule", "piecewise-linear"],
    ["--epochs", "6", "--schedule", "wsd"], ["--epochs", "6", "--schedule", "wsd-linear"],
    ["--epochs", "6", "--schedule", "warmup-cosine", "--warmup", "2ep"],
    ["--epochs", "6", "--schedule", "rex", "--base-lr", "0.001"],
    ["--epochs", "6", "--schedule", "cyclical-hann"],
    ["--epochs", "6", "--schedule", "exponential"],
  ])
  func `given again as flags is the same plan`(typed: [String]) throws {
    let first = try RunSettings { try apply(typed, to: &$0) }.filled(from: settings())
    let epochs = try #require(first.budget.epochs)
    let budget = Budget(totalSteps: Int(epochs) * 468, stepsPerEpoch: 468, batchSize: 128)
    let plan = try RunPlan(settings: first.resolved, range: range, budget: budget)
    var pasted = RunSettings()
    try apply(plan.flags.split(separator: " ").map(String.init), to: &pasted)
    #expect(!pasted.resolved.needsRange)
    let again = try RunPlan(
      settings: pasted.resolved, range: nil,
      budget: try pasted.resolved.makeBudget(trainingCount: 468 * 128))
    #expect(again.plan == plan.plan)
    #expect(again.budget == plan.budget)
  }

  private func apply(_ flags: [String], to settings: inout RunSettings) throws {
    for index in stride(from: 0, to: flags.count - 1, by: 2) {
      try settings.set(String(flags[index].dropFirst(2)), to: flags[index + 1])
    }
  }

  @Test func `keeps what was typed`() throws {
    let typed = settings {
      $0.schedule.kind = ScheduleEntry.catalog["triangular"]
      $0.schedule.maxLR = 0.5
      $0.schedule.stepSize = .epochs(1)
    }
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    #expect(plan.settings.schedule.maxLR == 0.5)
    #expect(plan.cycle?.stepsUp == 468)
    #expect(plan.cycle?.peak == 0.5)
  }

  @Test func `warns of a half-cycle longer than the run`() throws {
    let typed = settings {
      $0.schedule.kind = ScheduleEntry.catalog["triangular"]
      $0.schedule.stepSize = .steps(5000)
      $0.budget.steps = 2808
    }
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    guard case .halfCycleLongerThanRun(stepsUp: 5000, totalSteps: 2808, _)? = plan.findings.first
    else {
      Issue.record("\(plan.findings)")
      return
    }
    #expect("\(plan.findings[0])".contains("the peak is never met"))
  }

  @Test func `reads back equal from its folder`() throws {
    let parent = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: parent) }
    let folder = try RunFolder.create(under: parent, name: "net")
    #expect(try RunPlan.read(from: folder) == nil)
    let plan = try RunPlan(settings: settings().resolved, range: range, budget: budget)
    try plan.write(to: folder)
    #expect(try RunPlan.read(from: folder) == plan)
    #expect(try RunSettings.read(from: folder.configuration.path) == plan.settings.open)
  }
}

@Suite struct `Settings` {
  /// A change, and what the sentence must contain.
  static let faults: [(@Sendable (inout RunSettings) -> Void, String)] = [
    (
      {
        $0.schedule.baseLR = 0.5; $0.schedule.maxLR = 0.1
      }, "must be below --max-lr"
    ),
    (
      {
        $0.schedule.baseLR = 0.1; $0.schedule.maxLR = 0.1
      }, "must be below --max-lr"
    ),
    ({ $0.schedule.maxLR = 0 }, "--max-lr is 0.0"),
    ({ $0.schedule.maxLR = -1 }, "--max-lr is -1.0"),
    ({ $0.schedule.maxLR = .nan }, "--max-lr is nan"),
    ({ $0.schedule.baseLR = .infinity }, "--base-lr is inf"),
    ({ $0.budget.epochs = 0 }, "--epochs is 0"), ({ $0.budget.epochs = -2 }, "--epochs"),
    ({ $0.budget.epochs = .nan }, "--epochs"), ({ $0.budget.steps = 0 }, "--steps is 0"),
    ({ $0.budget.batchSize = 0 }, "--batch-size is 0"), ({ $0.schedule.gamma = 2 }, "--gamma"),
    ({ $0.schedule.tMult = 0.5 }, "--t-mult is 0.5"),
    ({ $0.schedule.baseMomentum = 1 }, "--base-momentum"),
    ({ $0.schedule.maxMomentum = -0.1 }, "--max-momentum"),
    ({ $0.schedule.baseMomentum = 0.96 }, "at most --max-momentum"),
    ({ $0.optimizer.weightDecay = -1 }, "--weight-decay"),
    ({ $0.optimizer.labelSmoothing = 1 }, "--label-smoothing"),
    ({ $0.augmentation.cropPadding = -1 }, "--crop-padding"),
    ({ $0.rangeTest.steps = 3 }, "--range-test-steps"),
    ({ $0.budget.minutes = 0 }, "--minutes is 0.0"),
    ({ $0.budget.minutes = .nan }, "--minutes is nan"),
    ({ $0.budget.accumulate = 0 }, "--accumulate is 0"),
    ({ $0.optimizer.clipNorm = 0 }, "--clip-norm is 0.0"),
    ({ $0.machine.threads = 0 }, "--threads"),
    ({ $0.machine.checkpointEvery = 0 }, "--checkpoint-every"),
    ({ $0.evaluation.evaluateEvery = 0 }, "--evaluate-every"),
    ({ $0.evaluation.evaluateEvery = .max }, "--evaluate-every"),
    ({ $0.data.imageSize = 7 }, "--image-size is 7, but must be from 8 to 1024"),
  ]

  @Test(arguments: faults.indices) func `that cannot be meant are refused, by key`(index: Int) {
    let settings = settings(Self.faults[index].0)
    let error = #expect(throws: SettingsError.self) { try settings.check() }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(Self.faults[index].1), "\(sentence)")
  }

  @Test(arguments: [
    ("labels", "course", "did you mean 'coarse'?"),
    ("schedule", "onecicle", "did you mean 'one-cycle'?"),
    ("watch", "sya", "--watch does not know 'sya'; did you mean 'say'?"),
    ("optimizer", "adamm", "did you mean 'adam'?"), ("anneal", "coz", "'cos'?"),
    ("seed", "-1", "--seed is -1, but must be a whole number, not below 0"),
    ("batch-size", "many", "--batch-size is many, but must be a whole number, at least 1"),
    ("unfreeze-at", "soon", "--unfreeze-at is soon, but must be a length above 0"),
    ("max-lrr", "1", "there is no setting 'max-lrr'; did you mean 'max-lr'?"),
  ])
  func `that cannot be read are refused, with the nearest word`(
    key: String, text: String, words: String
  ) throws {
    var settings = RunSettings()
    let error = #expect(throws: SettingsError.self) { try settings.set(key, to: text) }
    #expect("\(try #require(error))".contains(words), "\(error.map { "\($0)" } ?? "")")
  }

  @Test(arguments: [
    ("task", "Classification", "classify"), ("schedule", "Exp_Range", "exp-range"),
    ("schedule", "1cycle", "one-cycle"), ("optimizer", "AdamW", "adamw"),
    ("precision", "bf16", "bfloat16"), ("watch", "ACT", "act"), ("average", "SWA", "swa"),
    ("anneal", "COS", "cos"), ("labels", "Coarse", "coarse"),
    ("range-test-shape", "LINEAR", "linear"), ("range-test-on", "Boundary-IoU", "boundary_iou"),
    ("range-test-on", "Train", "train"), ("loss", "Cross Entropy+Dice", "cross-entropy+dice"),
  ])
  func `are the same in every spelling of their names`(
    key: String, typed: String, listed: String
  ) throws {
    let settings = try RunSettings { try $0.set(key, to: typed) }
    #expect(settings.text(key) == listed)
    #expect(try settings == RunSettings { try $0.set(key, to: listed) })
    try settings.check()
  }

  @Test func `have no two names that are one in another spelling`() {
    let all: [[String]] = [
      TaskName.names + TaskName.aliases.keys,
      OptimizerName.names, Precision.names + Precision.aliases.keys, WatchMode.names,
      AverageName.names,
    ]
    for names in all { #expect(Set(names.map(foldedSpelling)).count == names.count, "\(names)") }
  }

  @Test func `of a batch larger than the data are refused`() {
    #expect(throws: SettingsError.self) { try settings().resolved.makeBudget(trainingCount: 100) }
  }

  /// 1,000 images in batches of 30 are 33 batches: 8 updates of 4, and one of the batch that is left.
  @Test func `of several batches to an update count updates`() throws {
    let typed = settings {
      $0.budget.batchSize = 30
      $0.budget.accumulate = 4
    }
    #expect(
      try typed.resolved.makeBudget(trainingCount: 1000)
        == Budget(totalSteps: 54, stepsPerEpoch: 9, batchSize: 120, lastUpdateSize: 30))
    let error = #expect(throws: SettingsError.self) {
      try typed.resolved.makeBudget(trainingCount: 119)
    }
    #expect(error.map { "\($0)".contains("at most 3, the number of batches of 30") } == true)
    let plan = try RunPlan(
      settings: typed.resolved, range: range, budget: typed.resolved.makeBudget(trainingCount: 1000)
    )
    #expect(plan.flags.contains("--batch-size 30 --accumulate 4"))
    #expect(
      plan.lines.contains(
        "over 54 updates of 120 images in 4 batches, the last of an epoch of 30 (6 epochs)"))
    // 8 of 120 and one of 30 are 990 images.
    #expect(abs(plan.budget.samplesPerUpdate - 110) < 1e-12)
    // Where nothing is left over there is nothing to say.
    let even = try RunPlan(
      settings: typed.resolved, range: range, budget: typed.resolved.makeBudget(trainingCount: 960))
    #expect(even.lines.contains("over 48 updates of 120 images in 4 batches (6 epochs)"))
  }

  /// 2 minutes less 20 s of range test and 5 s of the last evaluation are 95 s, of which 90.25 s are planned
  /// with; an update takes 0.1 s and its share of an evaluation, a hundredth of 5 s.
  @Test func `of minutes become the updates that these hold`() throws {
    let pace = Pace(secondsPerUpdate: 0.1, secondsPerEvaluation: 5, secondsSpent: 20)
    #expect(try pace.updates(in: 2, stepsPerEpoch: 100) == 601)
    // An epoch takes 10 s, so that ten of them make an evaluation of 5 s a twentieth; then an update takes
    // 0.105 s.
    #expect(pace.epochsBetweenEvaluations(of: 100) == 10)
    #expect(try pace.updates(in: 2, stepsPerEpoch: 100, evaluateEvery: 10) == 859)
    let quick = Pace(secondsPerUpdate: 0.1, secondsPerEvaluation: 0.5, secondsSpent: 0)
    #expect(quick.epochsBetweenEvaluations(of: 100) == 1)
    let alone = Pace(secondsPerUpdate: 0.25, secondsPerEvaluation: 0, secondsSpent: 0)
    #expect(try alone.updates(in: 1, stepsPerEpoch: 7) == 228)
    let error = #expect(throws: SettingsError.self) {
      try pace.updates(in: 0.4, stepsPerEpoch: 100)
    }
    // 20 s, two evaluations and a hundred updates: 40 s.
    #expect(error.map { "\($0)".contains("would take 0.667 minutes") } == true)
  }

  @Test(arguments: ["one-cycle", "triangular", "constant", nil])
  func `of minutes are printed as updates, in whole cycles`(schedule: String?) throws {
    var typed = settings { $0.schedule.kind = schedule.flatMap { ScheduleEntry.catalog[$0] } }
    (typed.budget.epochs, typed.budget.minutes) = (nil, 2)
    let pace = Pace(secondsPerUpdate: 0.001, secondsPerEvaluation: 0, secondsSpent: 0)
    let budget = try typed.resolved.makeBudget(trainingCount: 60_000, pace: pace)
    #expect(budget.totalSteps == 114_000)
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    let steps = try #require(plan.settings.budget.steps)
    #expect(plan.flags.contains("--steps \(steps)") && !plan.flags.contains("--minutes"))
    #expect((113_900...114_000).contains(steps))
    #expect(!plan.findings.contains { if case .endsOffTrough = $0 { true } else { false } })
    // Repeated from its own settings it is as long, whatever the machine's pace.
    let slow = Pace(secondsPerUpdate: 1, secondsPerEvaluation: 1, secondsSpent: 1)
    #expect(try plan.settings.makeBudget(trainingCount: 60_000, pace: slow).totalSteps == steps)
  }

  @Test(arguments: ["", "0", "-3", "4 epochs", "0ep"])
  func `of a half-cycle that is no length are refused`(text: String) {
    #expect(throws: SettingsError.self) {
      try RunSettings { try $0.set("step-size", to: text) }.check()
    }
  }

  @Test func `laid over others keep what they say`() {
    var over = RunSettings()
    over.budget.steps = 10
    over.augmentation.flip = false
    var under = settings()
    under.augmentation.flip = true
    let filled = over.filled(from: under)
    #expect(filled.budget.steps == 10)
    #expect(filled.budget.epochs == nil, "steps and epochs are one budget")
    var hasty = RunSettings()
    hasty.budget.minutes = 3
    #expect(hasty.filled(from: under).budget.epochs == nil, "and minutes are the same")
    #expect(hasty.filled(from: under).budget.minutes == 3)
    #expect(filled.augmentation.flip == false)
    #expect(filled.budget.batchSize == 128)
  }
}
