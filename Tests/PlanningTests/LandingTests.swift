import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing

private func openSettings(_ change: (inout RunSettings) -> Void = { _ in }) -> RunSettings {
  var settings = RunSettings()
  settings.budget.openEnded = true
  settings.budget.batchSize = 10
  settings.schedule.maxLR = 0.4
  change(&settings)
  return settings
}

private func plan(
  images: Int = 1500, pace: MeasuredSpeed? = nil, _ change: (inout RunSettings) -> Void = { _ in }
) throws -> RunPlan {
  let settings = openSettings(change).resolved
  let budget = try settings.makeBudget(trainingCount: images, pace: pace)
  return try RunPlan(settings: settings, range: nil, budget: budget, pace: pace)
}

@Suite struct `An open-ended run` {
  /// Half a second an update behind a start of 30 seconds: a landing after update 200 is a fifth of that, 40 updates, and
  /// 20 seconds, where the mean would say 26 and a whole minute.
  @Test func `says how long its landing takes by its last updates`() throws {
    let directory = TemporaryDirectory()
    let folder = RunFolder(directory.url)
    try folder.make()
    try plan().write(to: folder)
    let writer = try MetricsWriter(file: folder.metrics, columns: [], keepingUpTo: 0)
    func add(_ update: Int, _ split: MetricsRow.Split, _ seconds: Double) throws {
      try writer.append(
        MetricsRow(
          update: update, epoch: 0, split: split, learningRate: 0.4, momentum: nil, weightDecay: nil,
          loss: 1, values: [], seconds: seconds))
    }
    for update in 1...200 { try add(update, .train, 30 + 0.5 * Double(update)) }
    try writer.flush()
    let told = try RunRequest.land(folder)
    // What nobody trains goes on from its newest checkpoint.
    #expect(told.last?.hasPrefix("it has no checkpoint yet, and begins again: ") == true, "\(told)")
    try FileManager.default.createDirectory(at: folder.checkpoints, withIntermediateDirectories: true)
    try Data().write(to: folder.checkpoint(at: 200))
    #expect(
      try RunRequest.land(folder).last
        == "after update 200, that of its newest checkpoint, that is 40 updates, in about 20 s")
  }

  /// By hand: (60 * 10 - 20 - 5) / (0.5 + 5 / 150) * 0.95 = 1024.
  @Test func `that lands by the clock says about how many updates that is`() throws {
    let pace = MeasuredSpeed(secondsPerUpdate: 0.5, secondsPerEvaluation: 5, secondsSpent: 20)
    let run = try plan(pace: pace) {
      $0.budget.minutes = 10
      $0.evaluation.evaluateEvery = 1
    }
    #expect(
      run.lines[0].hasSuffix(
        "at the end of 10 minutes (about 1024 updates, by the speed measured before; the clock decides)"),
      "\(run.lines[0])")
  }

  @Test func `is planned as a warm-up of an epoch and a rate without an end`() throws {
    let run = try plan()
    #expect(run.isOpenEnded)
    #expect(run.plan.learningRate == AnySchedule(WarmupStableDecay(peak: 0.4, warmUp: 150)))
    #expect(
      run.lines == [
        "constant learning rate 0.4 until the run lands, when asked to",
        "landing: a cool-down to 0, 20 % of the updates before it",
        "updates of 10 images, 150 an epoch",
        "after a warm-up from 0 of 150 updates (1 epoch)",
        "step 8 = rate 0.4 / (1 - 0.95) at the upper bound (how far an update moves the weights)",
      ])
    #expect(
      run.flags
        == "--schedule wsd --warmup 150 --cooldown 0.2 --max-lr 0.4 --open-ended --batch-size 10")
    #expect(run.findings == [])
  }

  /// By hand: 20 epochs of 150 updates are 3,000.
  ///
  /// The first 150 of them rise, so that the mean rate is 0.975 times 0.003,
  /// and 1 / (0.4 * 3,000 * 0.002925) is 0.28. At the peak that is 1 / (0.003 * 0.28) = 1,190 updates.
  @Test func `has the weight decay of a run of 20 epochs`() throws {
    let run = try plan {
      ($0.optimizer.name, $0.schedule.maxLR) = (.adamw, 0.003)
    }
    #expect(run.settings.optimizer.weightDecay == 0.28)
    #expect(run.lines.contains("weight decay 0.28, with a time scale of 7.94 epochs"), "\(run.lines)")
  }

  /// By hand: 0.95 of 6 seconds are 5 updates, a twentieth of which is none.
  @Test func `of a few updates has a warm-up, and no share of a run without an end`() throws {
    let pace = MeasuredSpeed(secondsPerUpdate: 1, secondsPerEvaluation: 0, secondsSpent: 0)
    let run = try plan(pace: pace) {
      $0.budget.minutes = 0.1
      $0.evaluation.evaluateEvery = 100
    }
    #expect(run.settings.schedule.warmup == .steps(1))
    #expect(run.plan.learningRate.value(at: 1) == 0.4)
  }

  @Test(arguments: [(100, 100), (3_000, 300), (100_000, 1_000)])
  func `warms up for an epoch, from 100 to 1,000 updates`(images: Int, warmUp: Int) throws {
    #expect(try plan(images: images).settings.schedule.warmup == .steps(warmUp))
  }

  /// By hand: a share of the updates before it; the warm-up of 150 is completed first.
  @Test(
    arguments: [
      (1_000, nil, 1_000, 200), (1_000, 0.5, 1_000, 500), (1_003, nil, 1_003, 201),
      (40, nil, 150, 30), (200, 0.001, 200, 1),
    ] as [(Int, Double?, Int, Int)])
  func `cools down over a share of what was trained`(
    update: Int, share: Double?, step: Int, coolDown: Int
  ) throws {
    let run = try plan { $0.schedule.cooldown = share }
    let landed = try #require(run.landed(after: update, reason: "enough"))
    #expect(
      landed.plan.learningRate
        == AnySchedule(
          WarmupStableDecay(peak: 0.4, warmUp: 150, coolDown: coolDown, steps: step + coolDown)))
    #expect(landed.budget.totalSteps == step + coolDown)
    #expect(run.updatesToLand(after: update) == step + coolDown - update)
    #expect(!landed.isOpenEnded && landed.landed(after: 5_000, reason: "") == nil)
    let words = "learning rate 0.4 up to update \(step), then down to 0 in \(coolDown) update"
    #expect(landed.lines[0].hasPrefix(words), "\(landed.lines)")
    #expect(landed.flagsTitle == "as flags, before it was changed")
    let read = try JSONDecoder().decode(RunPlan.self, from: JSONEncoder().encode(landed))
    #expect(read == landed)
  }

  @Test func `falls to the lower bound, in a line if that is asked for`() throws {
    let run = try plan {
      $0.schedule.kind = ScheduleEntry.catalog["wsd-linear"]
      ($0.schedule.baseLR, $0.schedule.warmup) = (0.1, .steps(20))
    }
    let rate = try #require(run.landed(after: 100, reason: "")).plan.learningRate
    #expect(rate.value(at: 100) == 0.4)
    #expect(abs(rate.value(at: 110) - 0.25) < 1e-15)
    #expect(rate.value(at: 120) == 0.1)
  }

  /// A run of a known length by the same name has the same cool-down where its share is the same part.
  @Test func `has landed as a run of wsd with that length`() throws {
    let landed = try #require(plan().landed(after: 1_000, reason: ""))
    var settings = openSettings {
      $0.budget.openEnded = nil
      $0.budget.steps = 1_200
      $0.schedule.kind = ScheduleEntry.catalog["wsd"]
      $0.schedule.warmup = .steps(150)
    }
    settings.schedule.cooldown = 200.5 / 1_200
    let budget = try settings.resolved.makeBudget(trainingCount: 1500)
    let known = try RunPlan(settings: settings.resolved, range: nil, budget: budget)
    #expect(known.plan.learningRate == landed.plan.learningRate)
  }

  @Test func `is one cycle that is not over, however long it is`() throws {
    let run = try plan()
    for updates in [0, 20_000] {
      let cycles = run.cycles(after: updates)
      #expect(cycles.count == 1 && !cycles[0].isWhole)
      #expect(cycles[0].end > max(updates, 5_000))
      #expect((cycles[0].peak, cycles[0].peakRate) == (150, 0.4))
    }
    #expect(try #require(run.landed(after: 1_000, reason: "")).cycles.map(\.end) == [1_200])
  }

  // MARK: Minutes

  private let pace = MeasuredSpeed(secondsPerUpdate: 1, secondsPerEvaluation: 12, secondsSpent: 30)

  private func record(_ update: Int) -> UpdateRecord {
    UpdateRecord(
      update: update, total: Budget.maximumSteps, epoch: 0, learningRate: 0.4, loss: 1,
      seconds: Double(update))
  }

  /// By hand, at a second an update: after 459 updates it would end after 599.5 s, after 460 after 600.5 s.
  ///
  /// 92 updates of cool-down and one more, and 12 s of evaluation, with a twentieth in hand, are 110.5 s; 30 s
  /// are spent.
  @Test func `lands so that its cool-down fits into its minutes`() throws {
    let directory = TemporaryDirectory()
    let run = try plan(pace: pace) { $0.budget.minutes = 10 }
    // 0.95 of 558 s hold 509 updates, with 12 s of evaluation every second epoch of 150; of them 5 %.
    #expect(run.settings.schedule.warmup == .steps(25))
    #expect(run.flags.contains("--open-ended --minutes 10"))
    #expect(run.pace == pace)
    let watch = try #require(LandingWatch(run, in: RunFolder(directory.url)))
    #expect(watch.willTrain(after: 0) == .proceed)
    for update in [1, 100, 459] { #expect(watch.didUpdate(record(update)) == .proceed) }
    #expect(watch.didUpdate(record(460)) == .land(reason: "the end of 10 minutes"))
    #expect(
      LandingWatch(try #require(run.landed(after: 460, reason: "")), in: RunFolder(directory.url))
        == nil)
  }

  @Test func `has no minutes in mind where it has none`() throws {
    let run = try plan(pace: pace)
    #expect(run.pace == nil && run.settings.budget.minutes == nil)
  }

  // MARK: What cannot be meant

  private static let faults: [(@Sendable (inout RunSettings) -> Void, String)] = [
    ({ $0.budget.epochs = 3 }, "--epochs is 3.0, but must be left out with --open-ended"),
    ({ $0.budget.steps = 3 }, "--steps is 3, but must be left out with --open-ended"),
    ({ $0.budget.maxMinutes = 3 }, "--max-minutes is 3.0, but must be left out"),
    ({ $0.schedule.kind = ScheduleEntry.catalog["cosine"] }, "must be wsd or wsd-linear"),
    ({ $0.schedule.kind = ScheduleEntry.catalog["one-cycle"] }, "must be wsd or wsd-linear"),
    (
      {
        $0.schedule.kind = ScheduleEntry.catalog["wsd"]
        $0.schedule.warmup = .fraction(0.05)
      }, "--warmup is 5%, but must be in updates"
    ),
    ({ $0.schedule.cooldown = 0 }, "--cooldown is 0.0, but must be above 0 and below 1"),
    ({ $0.schedule.cooldown = 1 }, "--cooldown is 1.0"),
    ({ $0.schedule.cooldown = .nan }, "--cooldown is nan"),
    (
      {
        $0.schedule.kind = ScheduleEntry.catalog["wsd"]
        $0.evaluation.patience = 2
      }, "--patience"
    ),
  ]

  @Test(arguments: faults.indices) func `refuses another end and another form`(index: Int) throws {
    let settings = openSettings(Self.faults[index].0)
    let error = #expect(throws: SettingsError.self) { try settings.check() }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(Self.faults[index].1), "\(sentence)")
  }

  @Test func `takes no budget from a recipe or a file, and leaves its end to no other flag`() throws {
    let open = openSettings().filled(from: TaskDescription.classify.recipe)
    #expect(open.budget.epochs == nil && open.budget.openEnded == true)
    let timed = RunSettings { $0.budget.minutes = 3 }.filled(from: openSettings())
    #expect(timed.budget.openEnded == true && timed.budget.minutes == 3)
    let shares = RunSettings { $0.schedule.cooldown = 0.3 }
    #expect(throws: SettingsError.self) { try shares.check() }
  }
}
