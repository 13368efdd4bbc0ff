import Foundation
import Schedules
import Testing
import Yams

@Suite struct `A plan` {
  private let budget = Budget(totalSteps: 2000, stepsPerEpoch: 100, batchSize: 128)

  private func findings(_ schedule: some Schedule, _ budget: Budget? = nil) -> [PlanFinding] {
    Plan(learningRate: schedule).findings(in: budget ?? self.budget)
  }

  @Test func `that fits has no findings`() {
    #expect(findings(Triangular(from: 0.1, to: 1, stepSize: 250)) == [])
    #expect(findings(CosineDecay(from: 1, steps: 2000).warmedUp(over: 100)) == [])
    #expect(
      findings(OneCycle(from: 0.1, to: 1, ending: 0, stepsUp: 500, totalSteps: 2000)) == [])
  }

  @Test func `tells what does not fit`() {
    #expect(
      findings(Triangular(from: 0.1, to: 1, stepSize: 300))
        == [.endsOffTrough(lastTrough: 1800, totalSteps: 2000)])
    #expect(
      findings(Triangular(from: 0.1, to: 1, stepSize: 50)) == [.halfCycleOutsideRange(epochs: 0.5)])
    #expect(
      findings(Triangular(from: 0.1, to: 1, stepSize: 500)) == [.fewCycles(2)])
    #expect(
      findings(Triangular(from: 1, to: 0.5, stepSize: 250))
        == [.boundsCrossed(trough: 1, peak: 0.5)])
    #expect(
      findings(Triangular(from: 1, to: 1.2, stepSize: 250)) == [.boundsClose(ratio: 1.2)])
    #expect(
      findings(Constant(1).warmedUp(over: 3000))
        == [.warmUpLongerThanRun(warmUp: 3000, totalSteps: 2000)])
    guard
      case .halfCycleLongerThanRun(stepsUp: 4000, totalSteps: 2000, let highest)? = findings(
        Triangular(from: 0, to: 1, stepSize: 4000)
      ).first
    else {
      Issue.record("a half-cycle longer than at the start of not found")
      return
    }
    #expect(abs(highest - 1999.0 / 4000) < 1e-12)
  }

  static let wording: [(PlanFinding, String)] = [
    (
      .endsOffTrough(lastTrough: 1800, totalSteps: 2000),
      "The run ends within a cycle: the last trough is at update 1800 of 2000; the metrics at the end "
        + "will be worse than at that trough."
    ),
    (
      .endsOffTrough(lastTrough: nil, totalSteps: 9),
      "The run of 9 updates ends before its first cycle does."
    ),
    (
      .halfCycleLongerThanRun(stepsUp: 100, totalSteps: 4, highest: 0.0127),
      "The rise of a cycle (100 updates) is not shorter than the run (4): the rate only rises, to 0.0127, and "
        + "never reaches the peak."
    ),
    (
      .halfCycleOutsideRange(epochs: 0.5),
      "Half a cycle takes 0.5 epochs; Smith found 2 to 10 to work."
    ),
    (.fewCycles(1), "The run has 1 cycle; Smith found 3 and more to work better."),
    (
      .boundsCrossed(trough: 1, peak: 0.5),
      "The upper bound 0.5 is not above the lower one 1.0: the rate does not cycle."
    ),
    (
      .boundsClose(ratio: 1.2),
      "The upper bound is only 1.2 times the lower one: the rate hardly cycles; Smith's are 3 to 4 "
        + "times apart."
    ),
    (
      .peakMissed(peak: 1, highest: 0.981),
      "The peak 1 lies between two updates; the highest rate is 0.981."
    ),
    (
      .warmUpLongerThanRun(warmUp: 30, totalSteps: 20),
      "The warm-up takes 30 updates and the run has 20: the rate never reaches the schedule's first value."
    ),
  ]

  @Test(arguments: wording) func `puts its findings into words`(finding: PlanFinding, words: String) {
    #expect(finding.description == words)
  }

  /// An epoch of seven updates is no measure: 500 updates and more are.
  @Test func `of tiny data is measured in updates`() {
    let tiny = Budget(totalSteps: 3000, stepsPerEpoch: 7, batchSize: 8)
    #expect(findings(Triangular(from: 0.1, to: 1, stepSize: 500), tiny) == [])
    #expect(
      findings(Triangular(from: 0.1, to: 1, stepSize: 250), tiny)
        == [.halfCycleOutsideRange(epochs: 250.0 / 7)])
  }

  /// The issue's own sum: 90 epochs of 391 updates are 35,190, a sixth of them 5,865.
  @Test func `is solved for whole cycles`() {
    let budget = Budget(totalSteps: 90 * 391, stepsPerEpoch: 391, batchSize: 128)
    let stepSize = budget.stepSize(forCycles: 3)
    #expect(stepSize == 5865)
    #expect(Double(stepSize) / 391 == 15)
    let plan = Plan(learningRate: Triangular(from: 0.1, to: 1, stepSize: stepSize))
    #expect(plan.findings(in: budget) == [.halfCycleOutsideRange(epochs: 15)])
    #expect(Budget(totalSteps: 5, stepsPerEpoch: 1, batchSize: 1).stepSize(forCycles: 9) == 1)
  }

  @Test func `moves rate, momentum, decay and groups together`() {
    let plan = Plan(
      learningRate: Triangular(from: 0.1, to: 1, stepSize: 10),
      momentum: AnySchedule(Triangular(from: 0.95, to: 0.85, stepSize: 10)),
      weightDecay: AnySchedule(Triangular(from: 1e-3, to: 1e-4, stepSize: 10)),
      groups: ["bias": AnySchedule(Constant(64))])
    let values = plan.values(at: 10)
    #expect((values.learningRate, values.momentum) == (1, 0.85))
    #expect(abs((values.weightDecay ?? 0) - 1e-4) < 1e-18)
    #expect(plan.learningRate(ofGroup: "bias", at: 10) == 64)
    #expect(plan.learningRate(ofGroup: "rest", at: 10) == 1)
  }

  @Test func `is saved with its version, and one of a later version is refused`() throws {
    var random = RandomSchedules(seed: 41)
    for _ in 0..<200 {
      let plan = Plan(
        learningRate: random.any(), momentum: random.any(),
        weightDecay: random.whole(0...1) == 0 ? random.simple() : nil,
        groups: random.whole(0...1) == 0 ? ["head": random.simple()] : [:]
      ).addingGroup("late", factor: 0.1, at: 40, reason: "unfrozen")
      #expect(try savedAndRead(plan) == plan)
    }
    let json = try JSONEncoder().encode(Plan(learningRate: Constant(1)))
    #expect(String(decoding: json, as: UTF8.self).contains(#""version":1"#))
    let later = Data(
      String(decoding: json, as: UTF8.self).replacing(#""version":1"#, with: #""version":2"#).utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Plan.self, from: later) }
  }
}

@Suite struct `A schedule in a file` {
  private func read(_ yaml: String) throws -> AnySchedule {
    try YAMLDecoder().decode(AnySchedule.self, from: yaml)
  }

  @Test func `is read from words that a person would write`() throws {
    let text = """
      triangular:
        from: 0.001
        to: 0.006
        stepSize: 2000
        stepSizeDown: 2000
      """
    #expect(
      try read(text) == AnySchedule(Triangular(from: 0.001, to: 0.006, stepSize: 2000)))
  }

  /// What a schedule makes of a wrong number in Swift it does not make of one in a file: it says so.
  @Test(arguments: [
    ("triangle: {from: 1}", "known are one-cycle, triangular"),
    ("constant: {value: 1}\nlinear: {from: 1, to: 2, steps: 3}", "has one name"),
    ("constant: {value: -1}", "'value' is -1.0, which is not allowed for a constant schedule"),
    (
      "linear: {from: 1, to: 2, steps: 3, warmup: 5}",
      "'warmup' is unknown in a linear schedule, which has from, to, steps"
    ),
    (
      "scaled: {factor: 2, offset: 1, schedule: {constant: {value: 1}}}", "'offset' is unknown in a scaled schedule"
    ),
    ("piecewise-linear: {knots: [{step: 1, value: 2, momentum: 0.9}]}", "'momentum' is unknown in a knot"),
    ("joined: {parts: [{start: 0, steps: 9, schedule: {constant: {value: 1}}}]}", "'steps' is unknown in a part"),
    ("constant: {value: .nan}", "'value' is nan"), ("constant: {value: .inf}", "'value' is inf"),
    ("linear: {from: 1, to: 2, steps: -3}", "'steps' is -3"),
    (
      "scaled: {factor: 2, schedule: {cosine: {from: 1, to: -2, steps: 3}}}", "'to' is -2.0"
    ),
    ("piecewise-linear: {knots: [{step: 1, value: -2}]}", "'knots' is"),
    (
      "exp-range: {from: 1, to: 2, stepSize: 3, stepSizeDown: 3, gamma: 2, dialect: paper}",
      "'gamma' is 2"
    ),
    ("joined: {parts: []}", "must begin at update 0"),
    (
      "joined: {parts: [{start: 4, schedule: {constant: {value: 1}}}]}", "must begin at update 0"
    ),
  ])
  func `with a fault is refused`(text: String, words: String) {
    let error = #expect(throws: (any Error).self) { try read(text) }
    #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(error.map { "\($0)" } ?? "")")
  }
}

@Suite struct `A plan that is changed while its run continues` {
  private let plan = Plan(
    learningRate: Triangular2(from: 0.1, to: 1, stepSize: 10),
    momentum: AnySchedule(Triangular2(from: 0.95, to: 0.85, stepSize: 10)))

  private func expectNoJump(_ plan: Plan, _ steps: Range<Int>) {
    for step in steps {
      let jump = abs(plan.learningRate.value(at: step + 1) - plan.learningRate.value(at: step))
      #expect(jump <= 0.25, "at \(step)")
    }
  }

  @Test func `is made longer by whole cycles`() throws {
    let (longer, total) = try #require(
      plan.extended(byCycles: 2, totalSteps: 60, reason: "the troughs still improve"))
    #expect(total == 100)
    #expect((0..<100).allSatisfy { longer.values(at: $0) == plan.values(at: $0) })
    // A run that was cut amid a cycle is completed first: its last trough was at 60.
    #expect(plan.extended(byCycles: 1, totalSteps: 70, reason: "")?.totalSteps == 80)
    #expect(longer.changes.map(\.step) == [60])
    #expect(longer.changes.map(\.reason) == ["the troughs still improve"])
  }

  @Test func `follows one-cycle by itself`() throws {
    let once = Plan(
      learningRate: OneCycle(from: 0.1, to: 1, ending: 0.01, stepsUp: 10, totalSteps: 40))
    let (longer, total) = try #require(once.extended(byCycles: 2, totalSteps: 40, reason: "more"))
    #expect(total == 120)
    for step in 0..<120 {
      #expect(longer.learningRate.value(at: step) == once.learningRate.value(at: step % 40))
    }
    #expect(longer.troughs(upTo: total) == [40, 80, 120])
    #expect(Plan(learningRate: Constant(1)).extended(byCycles: 1, totalSteps: 9, reason: "") == nil)
  }

  @Test func `continues at its floor`() {
    let flat = plan.continuedAtFloor(from: 60, reason: "to settle")
    #expect(flat.learningRate.value(at: 59) == plan.learningRate.value(at: 59))
    #expect([60, 61, 10_000].map(flat.learningRate.value) == [0.1, 0.1, 0.1])
    #expect(flat.values(at: 500).momentum == 0.95)
    #expect(flat.changes.map(\.kind) == [.continuedAtFloor(floor: 0.1)])
    // Also from the middle of a cycle the momentum is that of such a rate.
    let middle = plan.continuedAtFloor(from: 50, reason: "")
    #expect(middle.learningRate.value(at: 50) == 0.1 && middle.values(at: 500).momentum == 0.95)
  }

  @Test(arguments: [0, 3, 10, 14, 20, 25, 37]) func `takes other bounds without a jump`(step: Int)
    throws
  {
    let cycling = Plan(learningRate: Triangular(from: 0.1, to: 1, stepSize: 10))
    let lower = try #require(
      cycling.withBounds(from: 0.05, to: 0.5, at: step, reason: "it diverged near the peak"))
    for before in 0...step {
      #expect(lower.learningRate.value(at: before) == cycling.learningRate.value(at: before))
    }
    expectNoJump(lower, 0..<100)
    // From the next trough on it is the cycle between the new bounds, at the same places.
    let trough = (step / 20 + 1) * 20
    let new = Triangular(from: 0.05, to: 0.5, stepSize: 10)
    for later in 0..<60 {
      #expect(abs(lower.learningRate.value(at: trough + later) - new.value(at: later)) < 1e-15)
    }
    #expect(lower.troughs(upTo: 100) == [20, 40, 60, 80, 100])
    if step % 20 < 10 { #expect(abs(lower.learningRate.value(at: trough - 10) - 0.5) < 1e-15) }
    let forms: [(AnySchedule, Bool)] = [
      (AnySchedule(Cyclical(from: 0.1, to: 1, stepSize: 10, window: .hann)), true),
      (AnySchedule(Cyclical(from: 0.1, to: 1, stepSize: 10, lengthMultiplier: 2)), false),
      (AnySchedule(Triangular(from: 1, to: 0.1, stepSize: 10)), false),
    ]
    for (form, canBe) in forms {
      let changed = Plan(learningRate: form).withBounds(from: 0.05, to: 0.5, at: step, reason: "")
      #expect((changed != nil) == canBe, "\(form)")
    }
    #expect(Plan(learningRate: Constant(1)).withBounds(from: 0, to: 1, at: 0, reason: "") == nil)
  }

  @Test func `lets a group join, which follows the common rate at once`() {
    let plan = plan.addingGroup("backbone", factor: 0.1, at: 25, reason: "unfrozen")
    for step in [0, 25, 30] {
      let rate = plan.learningRate.value(at: step)
      #expect(plan.learningRate(ofGroup: "backbone", at: step) == rate * 0.1)
    }
    #expect(plan.changes.map(\.kind) == [.groupAdded(name: "backbone", factor: 0.1)])
  }
}
