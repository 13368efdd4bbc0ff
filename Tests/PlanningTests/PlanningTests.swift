import Foundation
import Planning
import Runs
import Schedules
import Testing
import Tuning
import Words

private let budget = Budget(totalSteps: 2808, stepsPerEpoch: 468, batchSize: 128)
private let range = LearningRateRange(base: 0.0123456, max: 0.234567)

private func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
  var settings = RunSettings()
  settings.epochs = 6
  settings.batchSize = 128
  settings.baseMomentum = 0.85
  settings.maxMomentum = 0.95
  change(&settings)
  return settings
}

@Suite struct `A run's plan` {
  @Test func `with nothing typed is one cycle over the range that was found`() throws {
    let plan = try RunPlan(settings: settings(), range: range, budget: budget)
    #expect(plan.lines.last?.hasPrefix("one-cycle, since a budget of 6 epochs holds no") == true)
    #expect(plan.settings.schedule == "one-cycle")
    #expect(plan.settings.maxLR == 0.235)
    #expect(plan.settings.baseLR == 0.0123)
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
    var typed = settings { ($0.schedule, $0.maxLR) = (name, 0.5) }
    #expect(!typed.needsRange)
    let plan = try RunPlan(settings: typed, range: nil, budget: budget)
    for (step, rate) in zip([0, 702, 1404, 1404, 2106, 2808], rates) {
      #expect(abs(plan.plan.learningRate.value(at: step) - rate) < 1e-12)
    }
    #expect(plan.plan.momentum?.value(at: 100) == 0.95)
    typed.maxLR = nil
    let found = try RunPlan(settings: typed, range: range, budget: budget)
    #expect(found.settings.baseLR == nil)
    #expect(found.settings.maxLR == 0.235)
  }

  /// By hand: 281 of 2,808 updates are 10 %; the cosine is at half its height 1,264 updates later.
  @Test func `with a warm-up rises from 0, and falls in what is left`() throws {
    let typed = settings { ($0.schedule, $0.maxLR, $0.warmup) = ("cosine", 0.5, "10%") }
    let plan = try RunPlan(settings: typed, range: nil, budget: budget)
    #expect(plan.settings.warmup == "281")
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
    let typed = settings { ($0.schedule, $0.maxLR, $0.warmup) = ("cosine-restarts", 0.5, "5%") }
    let plan = try RunPlan(settings: typed, range: nil, budget: budget)
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
    let typed = settings { ($0.schedule, $0.warmup) = (schedule, warmup) }
    let error = #expect(throws: SettingsError.self) { try typed.check() }
    #expect(error.map { "\($0)".contains(words) } == true, "\(error.map { "\($0)" } ?? "")")
  }

  @Test func `has no warm-up that takes the whole run`() {
    let typed = settings { ($0.schedule, $0.maxLR, $0.warmup) = ("cosine", 0.5, "6ep") }
    let error = #expect(throws: SettingsError.self) {
      try RunPlan(settings: typed, range: nil, budget: budget)
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
    let typed = settings { ($0.schedule, $0.maxLR) = (name, 0.4) }
    try typed.check()
    #expect(!typed.needsRange)
    let plan = try RunPlan(settings: typed, range: nil, budget: budget)
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
    let typed = settings { ($0.schedule, $0.baseLR, $0.maxLR) = (name, 0.1, 0.5) }
    let plan = try RunPlan(settings: typed, range: nil, budget: budget)
    #expect(plan.plan.troughs(upTo: 2808) == [936, 1872, 2808])
    let rate = plan.plan.learningRate
    for (step, value) in [(0, 0.1), (117, 0.1 + 0.4 * height), (468, 0.5), (936, 0.1)] {
      #expect(abs(rate.value(at: step) - value) < 1e-12)
    }
    #expect(plan.plan.momentum?.value(at: 468) == 0.85)
  }

  /// By hand: 2,808 updates are three cycles of 936, at half their height in the middle.
  @Test func `with warm restarts begins each cycle at the peak and falls to nothing`() throws {
    let typed = settings { $0.schedule = "cosine-restarts" }
    #expect(typed.needsRange)
    let plan = try RunPlan(settings: typed, range: range, budget: budget)
    #expect(plan.settings.maxLR == 0.235)
    #expect(plan.settings.baseLR == nil)
    #expect(plan.settings.stepSize == "468")
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
      ($0.steps, $0.schedule) = (steps, "one-cycle")
      ($0.baseLR, $0.maxLR) = (0.1, 0.5)
    }
    let budget = Budget(totalSteps: steps, stepsPerEpoch: 468, batchSize: 128)
    let plan = try RunPlan(settings: typed, range: nil, budget: budget)
    #expect(Array(plan.lines.prefix(lines.count)) == lines, "\(plan.lines)")
  }

  /// By hand: 1 + 2 + 4 parts of 400 updates are the most of 14 that 2,808 hold.
  @Test func `with longer and longer cycles has three that fill the run`() throws {
    let typed = settings {
      ($0.schedule, $0.tMult) = ("cosine-restarts", 2)
      ($0.maxLR, $0.baseLR) = (0.5, 0.001)
    }
    #expect(!typed.needsRange)
    let plan = try RunPlan(settings: typed, range: nil, budget: budget)
    #expect(plan.plan.troughs(upTo: 2808) == [400, 1200, 2800])
    #expect(plan.budget.totalSteps == 2800)
    #expect(abs(plan.plan.learningRate.value(at: 1199) - 0.001) < 1e-5)
    #expect(
      plan.lines[1] == "cycle 400 updates (0.855 epochs), the last 1600 (3.42), 3 cycles")
  }

  @Test(arguments: [
    ("label-smoothing", settings { $0.labelSmoothing = 0.1 }, [TaskName.classify]),
    ("mixup", settings { $0.mixup = 0.2 }, [.classify]),
    ("turn", settings { $0.turn = true }, [.segment, .detect]),
    ("scale-jitter", settings { $0.scaleJitter = "0.75,1.5" }, [.segment, .detect]),
    ("rotation", settings { $0.rotation = 15 }, [.segment]),
    ("elastic", settings { $0.elastic = 4 }, [.segment]),
    ("mosaic", settings { $0.mosaic = 0.5 }, [.detect]),
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
    let first = settings { apply(typed, to: &$0) }
    let epochs = try #require(first.epochs)
    let budget = Budget(totalSteps: Int(epochs) * 468, stepsPerEpoch: 468, batchSize: 128)
    let plan = try RunPlan(settings: first, range: range, budget: budget)
    var pasted = RunSettings()
    apply(plan.flags.split(separator: " ").map(String.init), to: &pasted)
    #expect(!pasted.needsRange)
    let again = try RunPlan(
      settings: pasted, range: nil, budget: try pasted.budget(trainingCount: 468 * 128))
    #expect(again.plan == plan.plan)
    #expect(again.budget == plan.budget)
  }

  private func apply(_ flags: [String], to settings: inout RunSettings) {
    for index in stride(from: 0, to: flags.count - 1, by: 2) {
      let value = flags[index + 1]
      switch flags[index] {
      case "--epochs": settings.epochs = Double(value)
      case "--steps": settings.steps = Int(value)
      case "--schedule": settings.schedule = value
      case "--step-size": settings.stepSize = value
      case "--warmup": settings.warmup = value
      case "--base-lr": settings.baseLR = Double(value)
      case "--max-lr": settings.maxLR = Double(value)
      case "--anneal": settings.anneal = value
      case "--t-mult": settings.tMult = Double(value)
      case "--gamma": settings.gamma = Double(value)
      case "--final-div-factor": settings.finalDivFactor = Double(value)
      case "--base-momentum": settings.baseMomentum = Double(value)
      case "--max-momentum": settings.maxMomentum = Double(value)
      case "--batch-size": settings.batchSize = Int(value)
      default: Issue.record("unknown flag \(flags[index])")
      }
    }
  }

  @Test func `keeps what was typed`() throws {
    let typed = settings {
      $0.schedule = "triangular"
      $0.maxLR = 0.5
      $0.stepSize = "1ep"
    }
    let plan = try RunPlan(settings: typed, range: range, budget: budget)
    #expect(plan.settings.maxLR == 0.5)
    #expect(plan.cycle?.stepsUp == 468)
    #expect(plan.cycle?.peak == 0.5)
  }

  @Test func `warns of a half-cycle longer than the run`() throws {
    let typed = settings {
      $0.schedule = "triangular"
      $0.stepSize = "5000"
      $0.steps = 2808
    }
    let plan = try RunPlan(settings: typed, range: range, budget: budget)
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
    let plan = try RunPlan(settings: settings(), range: range, budget: budget)
    try plan.write(to: folder)
    #expect(try RunPlan.read(from: folder) == plan)
    #expect(try RunSettings.read(from: folder.configuration.path) == plan.settings)
  }
}

@Suite struct `Settings` {
  /// A change, and what the sentence must contain.
  static let faults: [(@Sendable (inout RunSettings) -> Void, String)] = [
    (
      {
        $0.baseLR = 0.5; $0.maxLR = 0.1
      }, "must be below --max-lr"
    ),
    (
      {
        $0.baseLR = 0.1; $0.maxLR = 0.1
      }, "must be below --max-lr"
    ),
    ({ $0.maxLR = 0 }, "--max-lr is 0.0"), ({ $0.maxLR = -1 }, "--max-lr is -1.0"),
    ({ $0.maxLR = .nan }, "--max-lr is nan"), ({ $0.baseLR = .infinity }, "--base-lr is inf"),
    ({ $0.epochs = 0 }, "--epochs is 0"), ({ $0.epochs = -2 }, "--epochs"),
    ({ $0.epochs = .nan }, "--epochs"), ({ $0.steps = 0 }, "--steps is 0"),
    ({ $0.batchSize = 0 }, "--batch-size is 0"), ({ $0.gamma = 2 }, "--gamma"),
    ({ $0.tMult = 0.5 }, "--t-mult is 0.5"),
    ({ $0.baseMomentum = 1 }, "--base-momentum"), ({ $0.maxMomentum = -0.1 }, "--max-momentum"),
    ({ $0.baseMomentum = 0.96 }, "at most --max-momentum"),
    ({ $0.weightDecay = -1 }, "--weight-decay"), ({ $0.labelSmoothing = 1 }, "--label-smoothing"),
    ({ $0.cropPadding = -1 }, "--crop-padding"), ({ $0.rangeTestSteps = 3 }, "--range-test-steps"),
    ({ $0.minutes = 0 }, "--minutes is 0.0"), ({ $0.minutes = .nan }, "--minutes is nan"),
    ({ $0.accumulate = 0 }, "--accumulate is 0"), ({ $0.clipNorm = 0 }, "--clip-norm is 0.0"),
    ({ $0.threads = 0 }, "--threads"), ({ $0.checkpointEvery = 0 }, "--checkpoint-every"),
    ({ $0.evaluateEvery = 0 }, "--evaluate-every"),
    ({ $0.evaluateEvery = .max }, "--evaluate-every"),
    ({ $0.imageSize = 7 }, "--image-size is 7, but must be from 8 to 1024"),
    ({ $0.labels = "course" }, "did you mean 'coarse'?"),
    ({ $0.schedule = "onecycle" }, "did you mean 'one-cycle'?"),
    ({ $0.watch = "sya" }, "--watch does not know 'sya'; did you mean 'say'?"),
    ({ $0.optimizer = "adamm" }, "did you mean 'adam'?"), ({ $0.anneal = "coz" }, "'cos'?"),
  ]

  @Test(arguments: faults.indices) func `that cannot be meant are refused, by key`(index: Int) {
    let settings = settings(Self.faults[index].0)
    let error = #expect(throws: SettingsError.self) { try settings.check() }
    let sentence = error.map { "\($0)" } ?? ""
    #expect(sentence.contains(Self.faults[index].1), "\(sentence)")
  }

  @Test func `are the same in every spelling of their names`() throws {
    let typed = settings {
      ($0.task, $0.schedule, $0.optimizer) = ("Classification", "Exp_Range", "AdamW")
      ($0.precision, $0.watch, $0.average) = ("bf16", "ACT", "SWA")
      ($0.anneal, $0.labels, $0.rangeTestShape) = ("COS", "Coarse", "LINEAR")
      $0.rangeTestOn = "Boundary-IoU"
    }
    let listed = settings {
      ($0.task, $0.schedule, $0.optimizer) = ("classify", "exp-range", "adamw")
      ($0.precision, $0.watch, $0.average) = ("bfloat16", "act", "swa")
      ($0.anneal, $0.labels, $0.rangeTestShape) = ("cos", "coarse", "linear")
      $0.rangeTestOn = "boundary_iou"
    }
    #expect(typed.spelled() == listed)
    #expect(listed.spelled() == listed)
    try typed.spelled().check()
    #expect(settings { $0.schedule = "cosinus" }.spelled().schedule == "cosinus")
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
    #expect(throws: SettingsError.self) { try settings().budget(trainingCount: 100) }
  }

  /// 1,000 images in batches of 30 are 33 batches: 8 updates of 4, and one of the batch that is left.
  @Test func `of several batches to an update count updates`() throws {
    let typed = settings {
      $0.batchSize = 30
      $0.accumulate = 4
    }
    #expect(
      try typed.budget(trainingCount: 1000)
        == Budget(totalSteps: 54, stepsPerEpoch: 9, batchSize: 120, lastUpdateSize: 30))
    let error = #expect(throws: SettingsError.self) { try typed.budget(trainingCount: 119) }
    #expect(error.map { "\($0)".contains("at most 3, the number of batches of 30") } == true)
    let plan = try RunPlan(
      settings: typed, range: range, budget: typed.budget(trainingCount: 1000))
    #expect(plan.flags.contains("--batch-size 30 --accumulate 4"))
    #expect(
      plan.lines.contains(
        "over 54 updates of 120 images in 4 batches, the last of an epoch of 30 (6 epochs)"))
    // 8 of 120 and one of 30 are 990 images.
    #expect(abs(plan.budget.samplesPerUpdate - 110) < 1e-12)
    // Where nothing is left over there is nothing to say.
    let even = try RunPlan(settings: typed, range: range, budget: typed.budget(trainingCount: 960))
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
    var typed = settings { $0.schedule = schedule }
    (typed.epochs, typed.minutes) = (nil, 2)
    let pace = Pace(secondsPerUpdate: 0.001, secondsPerEvaluation: 0, secondsSpent: 0)
    let budget = try typed.budget(trainingCount: 60_000, pace: pace)
    #expect(budget.totalSteps == 114_000)
    let plan = try RunPlan(settings: typed, range: range, budget: budget)
    let steps = try #require(plan.settings.steps)
    #expect(plan.flags.contains("--steps \(steps)") && !plan.flags.contains("--minutes"))
    #expect((113_900...114_000).contains(steps))
    #expect(!plan.findings.contains { if case .endsOffTrough = $0 { true } else { false } })
    // Repeated from its own settings it is as long, whatever the machine's pace.
    let slow = Pace(secondsPerUpdate: 1, secondsPerEvaluation: 1, secondsSpent: 1)
    #expect(try plan.settings.budget(trainingCount: 60_000, pace: slow).totalSteps == steps)
  }

  @Test(arguments: ["", "0", "-3", "4 epochs", "0ep"])
  func `of a half-cycle that is no length are refused`(text: String) {
    let typed = settings {
      $0.schedule = "triangular"
      $0.stepSize = text
    }
    #expect(throws: SettingsError.self) {
      try RunPlan(settings: typed, range: range, budget: budget)
    }
  }

  @Test func `laid over others keep what they say`() {
    var over = RunSettings()
    over.steps = 10
    over.flip = false
    var under = settings()
    under.flip = true
    let filled = over.filled(from: under)
    #expect(filled.steps == 10)
    #expect(filled.epochs == nil, "steps and epochs are one budget")
    var hasty = RunSettings()
    hasty.minutes = 3
    #expect(hasty.filled(from: under).epochs == nil, "and minutes are the same")
    #expect(hasty.filled(from: under).minutes == 3)
    #expect(filled.flip == false)
    #expect(filled.batchSize == 128)
  }
}
