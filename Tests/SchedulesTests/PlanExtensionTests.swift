import Randomness
import Schedules
import Testing

/// A change of plan as a test asks for it.
private enum Change {
  case cycles(Int)
  case bounds(low: Double, high: Double)
  case back(share: Double)
  case floor(steps: Int)
}

/// What a plan has to be after changes of it, kept beside it by simple arithmetic.
private struct Expected {
  /// Updates of a cycle.
  let period: Int
  /// The run's end.
  var end: Int
  var low: Double
  var high: Double
}

private func rates(_ plan: Plan, _ steps: Range<Int>) -> [Double] {
  steps.map { plan.learningRate.value(at: $0) }
}

@Suite struct `A plan that is made longer` {
  private let once = OneCycle(
    from: 0.1, to: 1, ending: 0.01, stepsUp: 5, totalSteps: 20, anneal: .linear)

  @Test func `again and again has as many cycles as were asked for`() throws {
    var plan = Plan(
      learningRate: once,
      momentum: AnySchedule(
        OneCycle(from: 0.95, to: 0.85, ending: 0.95, stepsUp: 5, totalSteps: 20)))
    let momentum = try #require(plan.momentum)
    var end = 20
    for (cycles, wanted) in [(1, 40), (1, 60), (2, 100), (3, 160)] {
      (plan, end) = try #require(plan.extended(byCycles: cycles, totalSteps: end, reason: ""))
      #expect(end == wanted)
    }
    #expect(plan.troughs(upTo: 160) == Array(stride(from: 20, through: 160, by: 20)))
    for step in 0..<160 {
      #expect(plan.learningRate.value(at: step) == once.value(at: step % 20))
      #expect(plan.values(at: step).momentum == momentum.value(at: step % 20))
    }
  }

  @Test func `has the bounds that it was given last`() throws {
    let plan = Plan(learningRate: once)
    let bound = try #require(plan.withBounds(from: 0.04, to: 0.4, at: 10, reason: ""))
    let (longer, end) = try #require(bound.extended(byCycles: 2, totalSteps: 20, reason: ""))
    #expect(end == 60)
    // A tenth of the lower bound at the end, as it was.
    let cycle = OneCycle(
      from: 0.04, to: 0.4, ending: 0.004, stepsUp: 5, totalSteps: 20, anneal: .linear)
    for step in 20..<60 {
      #expect(abs(longer.learningRate.value(at: step) - cycle.value(at: step % 20)) < 1e-15)
    }
  }

  @Test func `after it was rolled back has the lower peak`() throws {
    let plan = Plan(learningRate: once)
    let back = try #require(plan.rolledBack(to: 0, after: 7, max: 0.2, reason: ""))
    let (longer, end) = try #require(back.extended(byCycles: 1, totalSteps: 20, reason: ""))
    #expect(end == 40)
    #expect(rates(longer, 20..<40).max() == 0.2)
    #expect(rates(longer, 20..<40) == rates(longer, 0..<20))
    // Of a rate that keeps its form, too.
    let restarts = Plan(learningRate: CosineRestarts(to: 1, floor: 0.1, firstCycle: 10))
    let lower = try #require(restarts.rolledBack(to: 10, after: 12, max: 0.5, reason: ""))
    let floor = lower.continuedAtFloor(from: 20, reason: "")
    let more = try #require(floor.extended(byCycles: 1, totalSteps: 25, reason: ""))
    #expect(more.totalSteps == 35)
    #expect(rates(more.plan, 25..<35).max() == 0.5)
  }

  @Test func `behind a floor continues with the cycle that was due`() throws {
    let halving = Plan(learningRate: Triangular2(from: 0.1, to: 0.9, stepSize: 5))
    // Two cycles and a half; the third counts as begun, so that the fourth is due: an eighth as high.
    let floor = halving.continuedAtFloor(from: 25, reason: "")
    let (longer, end) = try #require(floor.extended(byCycles: 2, totalSteps: 30, reason: ""))
    #expect(end == 50)
    #expect(rates(longer, 25..<30).allSatisfy { $0 == 0.1 })
    #expect(abs(longer.learningRate.value(at: 35) - 0.2) < 1e-15)
    #expect(abs(longer.learningRate.value(at: 45) - 0.15) < 1e-15)
    let growing = Plan(
      learningRate: CosineRestarts(to: 1, floor: 0.1, firstCycle: 4, lengthMultiplier: 2))
    let rest = growing.continuedAtFloor(from: 12, reason: "")
    let more = try #require(rest.extended(byCycles: 1, totalSteps: 14, reason: ""))
    #expect(more.totalSteps == 14 + 16, "4, 8, and then 16")
    #expect(more.plan.learningRate.value(at: 14) == 1)
  }

  @Test func `after it was stopped takes the cycles that it had not come to`() throws {
    let plan = Plan(learningRate: Triangular(from: 0.1, to: 1, stepSize: 5))
    #expect(try #require(plan.extended(byCycles: 2, totalSteps: 30, reason: "")).totalSteps == 50)
    let thrice = try #require(
      Plan(learningRate: once).extended(byCycles: 2, totalSteps: 20, reason: ""))
    let (longer, end) = try #require(
      thrice.plan.extended(byCycles: 3, totalSteps: 40, reason: ""))
    #expect(end == 100)
    #expect(longer.troughs(upTo: 100) == [20, 40, 60, 80, 100])
  }

  @Test(arguments: [
    AnySchedule(Constant(1)), AnySchedule(CosineDecay(from: 1, steps: 20)),
    AnySchedule(MultiStepDecay(initial: 1, factor: 0.1, milestones: [10, 15])),
  ])
  func `has cycles, or cannot be`(rate: AnySchedule) {
    let plan = Plan(learningRate: rate)
    #expect(plan.extended(byCycles: 1, totalSteps: 20, reason: "") == nil)
    let floor = plan.continuedAtFloor(from: 10, reason: "")
    #expect(floor.extended(byCycles: 1, totalSteps: 15, reason: "") == nil)
  }

  @Test func `beyond all counting is refused, and does not take for ever`() {
    let growing = Plan(
      learningRate: CosineRestarts(to: 1, firstCycle: 4, lengthMultiplier: 10))
    #expect(growing.extended(byCycles: 10_000, totalSteps: 4, reason: "") == nil)
  }

  // MARK: Any sequence

  private static let schedules: [AnySchedule] = [
    AnySchedule(OneCycle(from: 0.1, to: 1, ending: 0.01, stepsUp: 5, totalSteps: 20)),
    AnySchedule(
      OneCycle(
        from: 0.1, to: 1, ending: 0.01, stepsUp: 5, totalSteps: 20, anneal: .linear,
        threePhase: true)),
    AnySchedule(Triangular(from: 0.1, to: 1, stepSize: 10)),
    AnySchedule(Triangular2(from: 0.1, to: 1, stepSize: 10)),
    AnySchedule(ExponentialRange(from: 0.1, to: 1, stepSize: 10, gamma: 0.999)),
    AnySchedule(CosineRestarts(to: 1, floor: 0.1, firstCycle: 20)),
  ]

  /// The number by which the peak of a plan's cycle lies below the bound: nothing but for cycles that become
  /// lower.
  private func shrinks(_ schedule: AnySchedule) -> Bool {
    schedule.schedule is Triangular2 || schedule.schedule is ExponentialRange
  }

  @Test(arguments: schedules.indices, 1...12)
  func `in any sequence of changes has the length, the troughs and the peaks that were asked for`(
    index: Int, seed: Int
  ) throws {
    let schedule = Self.schedules[index]
    var stream = RandomStream(seed: UInt64(seed), for: .order)
    var plan = Plan(learningRate: schedule)
    var expected = Expected(period: 20, end: 20, low: 0.1, high: 1)
    var words: [String] = []
    for _ in 0..<10 {
      let change = change(using: &stream)
      words.append("\(change)")
      let before = (plan: plan, end: expected.end)
      switch change {
      case .cycles(let cycles):
        let longer = try #require(
          plan.extended(byCycles: cycles, totalSteps: expected.end, reason: ""), "\(words)")
        plan = longer.plan
        expected.end += cycles * expected.period
        #expect(longer.totalSteps == expected.end, "\(words)")
        #expect(rates(plan, 0..<before.end) == rates(before.plan, 0..<before.end), "\(words)")
        expectCycles(plan, cycles, expected, schedule, "\(words)")
      case .bounds(let low, let high):
        // Amid the last cycle, of which some is left.
        let step = expected.end - Int.random(in: 1...19, using: &stream)
        guard let bound = plan.withBounds(from: low, to: high, at: step, reason: "") else { continue }
        plan = bound
        (expected.low, expected.high) = (low, high)
        #expect(rates(plan, 0..<step) == rates(before.plan, 0..<step), "\(words)")
      case .back(let share):
        // To the last trough, below a part of the highest rate since.
        let step = plan.troughs(upTo: expected.end - 1).last ?? 0
        let high = share * (rates(plan, step..<expected.end).max() ?? 0)
        let back = try #require(
          plan.rolledBack(to: step, after: expected.end, max: high, reason: ""), "\(words)")
        plan = back
        // Of a rate that keeps its form no bound is raised.
        let keepsForm = plan.changes.last.map {
          if case .rolledBack(_, let low, let high) = $0.kind { low == high } else { false }
        }
        expected.low = min(expected.low, high / 4)
        expected.high = keepsForm == true ? min(expected.high, high) : high
        #expect(rates(plan, 0..<step) == rates(before.plan, 0..<step), "\(words)")
        // Where it begins it may not jump; from there on no rate is above the bound.
        let begun = plan.learningRate.value(at: step)
        let highest = rates(plan, step..<expected.end).max() ?? 0
        #expect(highest <= max(high, begun) + 1e-12, "\(words)")
      case .floor(let steps):
        plan = plan.continuedAtFloor(from: expected.end, reason: "")
        #expect(
          rates(plan, expected.end..<expected.end + steps).allSatisfy { $0 == expected.low },
          "\(words)")
        expected.end += steps
      }
    }
    #expect(plan.changes.count > 2)
  }

  private func change(using stream: inout RandomStream) -> Change {
    switch Int.random(in: 0..<8, using: &stream) {
    case 0...3: return .cycles(Int.random(in: 1...3, using: &stream))
    case 4, 5:
      let low = Double.random(in: 0.001...0.1, using: &stream)
      return .bounds(low: low, high: low * Double.random(in: 2...20, using: &stream))
    case 6: return .back(share: Double.random(in: 0.1...0.8, using: &stream))
    default: return .floor(steps: Int.random(in: 1...9, using: &stream))
    }
  }

  /// Looks at the cycles that were added last.
  private func expectCycles(
    _ plan: Plan, _ cycles: Int, _ expected: Expected, _ schedule: AnySchedule, _ words: String
  ) {
    let begun = expected.end - cycles * expected.period
    let ends = (1...cycles).map { begun + $0 * expected.period }
    #expect(plan.troughs(upTo: expected.end).filter { $0 > begun } == ends, "\(words)")
    for end in ends {
      let cycle = rates(plan, end - expected.period..<end)
      let (highest, lowest) = (cycle.max() ?? 0, cycle.min() ?? 0)
      let isOnce = schedule.schedule is OneCycle
      if shrinks(schedule) {
        #expect(highest <= expected.high + 1e-12 && highest > expected.low, "\(words)")
      } else {
        #expect(abs(highest - expected.high) < 1e-12, "\(highest), \(expected): \(words)")
      }
      // One-cycle ends at a tenth of its lower bound; restarts come near their floor.
      #expect(
        isOnce ? abs(lowest - expected.low / 10) < 1e-9 : lowest < 2 * expected.low + 0.02,
        "\(lowest), \(expected): \(words)")
    }
  }
}
