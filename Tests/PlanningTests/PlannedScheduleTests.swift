import Planning
import Schedules
import Settings
import Testing
import Tuning

@Suite struct `A planned schedule` {
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

  /// At update 5 of the warm-up the rate was a twentieth of its peak; back at the start, the peak is the new bound.
  @Test(arguments: ["cosine", "linear", "wsd", "inverse-sqrt", "constant"])
  func `that diverged in its warm-up has the new bound for its peak`(name: String) throws {
    let typed = try RunSettings {
      try $0.set("schedule", to: name)
      ($0.schedule.maxLR, $0.schedule.warmup) = (1000, .steps(100))
    }.filled(from: settings())
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: budget)
    let back = try #require(plan.rolledBack(to: 0, after: 6, max: 0.1, reason: ""))
    let highest = (0..<budget.totalSteps).map(back.plan.learningRate.value).max() ?? 0
    #expect(abs(highest - 0.1) < 1e-12)
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
        "learning rate from 0.5 down to 0.0, repeated",
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

  /// A third of 8 updates is 2.67, and two thirds are 5.33; a fifth is 1.6, of which the first still has the peak, and
  /// the next is fallen to 1 - sqrt(1/2) or to a half.
  @Test(arguments: [
    ("step", 8, [1, 1, 1, 0.1, 0.1, 0.01, 0.01, 0.01]), ("step", 2, [1, 0.1]), ("step", 1, [1]),
    ("step", 3, [1, 0.1, 0.01]),
    ("wsd", 8, [1, 1, 1, 1, 1, 1, 1, 1 - 0.5.squareRoot()]), ("wsd-linear", 8, [1, 1, 1, 1, 1, 1, 1, 0.5]),
    ("wsd-linear", 2, [1, 0.5]),
  ])
  func `of few updates falls`(name: String, steps: Int, rates: [Double]) throws {
    var typed = settings { ($0.schedule.maxLR, $0.budget.epochs, $0.budget.steps) = (1, nil, steps) }
    try typed.set("schedule", to: name)
    let short = Budget(totalSteps: steps, stepsPerEpoch: 468, batchSize: 128)
    let plan = try RunPlan(settings: typed.resolved, range: nil, budget: short)
    for (step, rate) in rates.enumerated() {
      #expect(abs(plan.plan.learningRate.value(at: step) - rate) < 1e-12, "update \(step)")
    }
  }

  /// The range's peak of a single cycle is 0.234567.
  @Test func `keeps the peak that was found beside a lower bound that was typed`() throws {
    var typed = settings { $0.schedule.baseLR = 0.2 }
    try typed.set("schedule", to: "one-cycle")
    let plan = try RunPlan(settings: typed.resolved, range: range, budget: budget)
    #expect(plan.settings.schedule.maxLR == 0.235 && plan.settings.schedule.baseLR == 0.2)
    typed.schedule.baseLR = 0.5
    let error = #expect(throws: SettingsError.self) {
      try RunPlan(settings: typed.resolved, range: range, budget: budget)
    }
    #expect(
      error.map { "\($0)" }
        == "--base-lr is 0.5, but must be below the peak that was found (0.235): lower it, or give --max-lr.")
  }

  /// Its rate does not rise, so that it takes the found step at the upper momentum: 0.234567 * (1 - 0.95) / (1 - 0.85).
  @Test func `without an end needs no lower bound and has the upper momentum at its peak`() throws {
    let open = RunSettings { $0.budget.openEnded = true }.resolved
    #expect(open.momentumAtPeak == 0.95)
    let given = RunSettings { ($0.budget.openEnded, $0.schedule.maxLR) = (true, 0.1) }
    #expect(!given.resolved.needsRange)
    let low = RunSettings { ($0.budget.openEnded, $0.schedule.maxMomentum) = (true, 0.5) }
    try low.check()
    #expect(low.resolved.momentumOfRangeTest == 0.5)
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
        "learning rate from 0.235 down to 0.0, repeated",
        "cycle 936 updates (2 epochs), 3 cycles",
      ])
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
}
