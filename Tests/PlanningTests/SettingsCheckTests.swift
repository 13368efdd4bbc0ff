import Formatting
import Foundation
import Planning
import Runs
import Schedules
import Settings
import Testing
import Tuning

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
    ({ $0.optimizer.clipNorm = 1e-30 }, "--clip-norm is 1e-30, but must be from 1e-6 to 3.4e38"),
    ({ $0.schedule.maxLR = 1e-39 }, "--max-lr is 1e-39, but must be a finite number, at least 1e-30"),
    ({ $0.schedule.baseLR = 1e-39 }, "--base-lr is 1e-39, but must be a finite number, at least 1e-30"),
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
    ("watch", "sya", "--watch has no value 'sya'; did you mean 'say'?"),
    ("optimizer", "adamm", "did you mean 'adam'?"), ("anneal", "coz", "'cos'?"),
    ("seed", "-1", "--seed is -1, but must be a whole number from 0 to 18446744073709551615"),
    ("batch-size", "many", "--batch-size is many, but must be auto or a whole number, at least 1"),
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
      TaskDescription.names + TaskDescription.aliases.keys,
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
    let pace = MeasuredSpeed(secondsPerUpdate: 0.1, secondsPerEvaluation: 5, secondsSpent: 20)
    #expect(try pace.updates(in: 2, stepsPerEpoch: 100) == 601)
    // An epoch takes 10 s, so that ten of them make an evaluation of 5 s a twentieth; then an update takes
    // 0.105 s.
    #expect(pace.epochsBetweenEvaluations(of: 100) == 10)
    #expect(try pace.updates(in: 2, stepsPerEpoch: 100, evaluateEvery: 10) == 859)
    let quick = MeasuredSpeed(secondsPerUpdate: 0.1, secondsPerEvaluation: 0.5, secondsSpent: 0)
    #expect(quick.epochsBetweenEvaluations(of: 100) == 1)
    let alone = MeasuredSpeed(secondsPerUpdate: 0.25, secondsPerEvaluation: 0, secondsSpent: 0)
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
    let pace = MeasuredSpeed(secondsPerUpdate: 0.001, secondsPerEvaluation: 0, secondsSpent: 0)
    let budget = try typed.resolved.makeBudget(trainingCount: 60_000, pace: pace)
    #expect(budget.totalSteps == 114_000)
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    let steps = try #require(plan.settings.budget.steps)
    #expect(plan.flags.contains("--steps \(steps)") && !plan.flags.contains("--minutes"))
    #expect((113_900...114_000).contains(steps))
    #expect(!plan.findings.contains { if case .endsOffTrough = $0 { true } else { false } })
    // Repeated from its own settings it is as long, whatever the machine's pace.
    let slow = MeasuredSpeed(secondsPerUpdate: 1, secondsPerEvaluation: 1, secondsSpent: 1)
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
