import Foundation
import Schedules
import Testing
import Yams

/// Schedules of every kind, degenerate lengths among them.
let samples: [AnySchedule] = [
  .constant(Constant(0.1)), .constant(Constant(-1)), .constant(Constant(.nan)),
  .triangular(Triangular(from: 0.001, to: 0.006, stepSize: 2000)),
  .triangular(Triangular(from: 0.95, to: 0.85, stepSize: 3, stepSizeDown: 5)),
  .triangular(Triangular(from: 0.001, to: 0.006, stepSize: 0)),
  .triangular(Triangular(from: 0.001, to: 0.006, stepSize: 0, stepSizeDown: 4)),
  .triangular(Triangular(from: 0.001, to: 0.006, stepSize: 4, stepSizeDown: 0)),
  .triangular(Triangular(from: 0.001, to: 0.006, stepSize: .max, stepSizeDown: .max)),
  .triangular2(Triangular2(from: 0.001, to: 0.005, stepSize: 2000)),
  .triangular2(Triangular2(from: 0, to: 1, stepSize: 1)),
  .exponentialRange(ExponentialRange(from: 0.001, to: 0.006, stepSize: 2000, gamma: 0.99994)),
  .exponentialRange(ExponentialRange(from: 0.001, to: 0.006, stepSize: 7, gamma: 0)),
  .oneCycle(OneCycle(from: 0.04, to: 1, ending: 0.0004, stepsUp: 300, totalSteps: 1000)),
  .oneCycle(OneCycle(from: 0.04, to: 1, ending: 0, stepsUp: 0, totalSteps: 10, anneal: .linear)),
  .oneCycle(OneCycle(from: 0.04, to: 1, ending: 0, stepsUp: 5, totalSteps: 1)),
  .oneCycle(OneCycle(from: 0.04, to: 1, ending: 0, stepsUp: 99, totalSteps: 10)),
  Triangular2(from: 0.001, to: 0.005, stepSize: 2_000)
    .followed(by: Triangular2(from: 1e-4, to: 5e-4, stepSize: 1_000), after: 16_000)
    .followed(by: Triangular2(from: 1e-5, to: 5e-5, stepSize: 500), after: 22_000),
]

@Suite struct `Every schedule` {
  @Test(arguments: samples) func `is finite and not negative at every step`(schedule: AnySchedule) {
    let steps =
      [Int.min, -1, 0, 1, 2, 3, 299, 300, 999, 1000, 1001, 15_999, 16_000, .max - 1, .max]
      + (0..<200).map { $0 * 137 }
    for step in steps {
      let value = schedule.value(at: step)
      #expect(value.isFinite && value >= 0, "\(value) at \(step)")
    }
    #expect(schedule.value(at: -5) == schedule.value(at: 0))
  }

  @Test(arguments: samples) func `holds after its end`(schedule: AnySchedule) {
    guard let length = schedule.length else { return }
    let last = schedule.value(at: max(0, length - 1))
    for step in [length, length + 1, length + 1000, Int.max] where length > 0 {
      #expect(schedule.value(at: step) == last)
    }
  }

  @Test(arguments: samples) func `reads back equal`(schedule: AnySchedule) throws {
    let json = try JSONEncoder().encode(schedule)
    #expect(try JSONDecoder().decode(AnySchedule.self, from: json) == schedule)
    let plan = Plan(learningRate: schedule, momentum: schedule)
    let saved = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(Plan.self, from: saved) == plan)
  }

  @Test func `is read from words that a person would write`() throws {
    let text = """
      triangular:
        from: 0.001
        to: 0.006
        stepSize: 2000
        stepSizeDown: 2000
      """
    let read = try YAMLDecoder().decode(AnySchedule.self, from: text)
    #expect(read == .triangular(Triangular(from: 0.001, to: 0.006, stepSize: 2000)))
    #expect(throws: DecodingError.self) {
      try YAMLDecoder().decode(AnySchedule.self, from: "triangle: {from: 1}")
    }
  }
}

@Suite struct `Cycles` {
  @Test func `have the values that their documentation gives`() {
    let rate = Triangular(from: 0.001, to: 0.006, stepSize: 2000)
    #expect([0, 2_000, 4_000].map(rate.value) == [0.001, 0.006, 0.001])
    let halved = Triangular2(from: 0.001, to: 0.005, stepSize: 2000)
    #expect(halved.value(at: 2_000) == 0.005)
    #expect(abs(halved.value(at: 6_000) - 0.003) < 1e-15)
    let once = OneCycle(from: 0.04, to: 1, ending: 0.0004, stepsUp: 300, totalSteps: 1000)
    #expect([0, 300].map(once.value) == [0.04, 1])
    #expect(abs(once.value(at: 999) - 0.0004) < 1e-15)
  }

  /// Smith (2017), table 2: three stages of triangular2, each from its own start.
  @Test func `joined make the run that reached 81.4 % on CIFAR-10`() throws {
    let run = try #require(samples.last)
    #expect(run.value(at: 2_000) == 0.005)
    #expect(run.value(at: 15_999) < 0.0011)
    #expect(run.value(at: 16_000) == 1e-4)
    #expect(abs(run.value(at: 17_000) - 5e-4) < 1e-18)
    #expect(abs(run.value(at: 22_500) - 5e-5) < 1e-18)
    let troughs = Plan(learningRate: run).troughs(upTo: 25_000)
    #expect(
      troughs == [4_000, 8_000, 12_000, 16_000, 18_000, 20_000, 22_000, 23_000, 24_000, 25_000])
  }

  @Test func `end in troughs`() {
    let plan = Plan(learningRate: Triangular(from: 0.1, to: 1, stepSize: 5))
    #expect(plan.troughs(upTo: 35) == [10, 20, 30])
    #expect(plan.troughs(upTo: 9) == [])
    let once = OneCycle(from: 0.1, to: 1, ending: 0, stepsUp: 3, totalSteps: 12)
    #expect(Plan(learningRate: once).troughs(upTo: 100) == [12])
    #expect(Plan(learningRate: Constant(1)).troughs(upTo: 100) == [])
  }
}

@Suite struct `A length of time` {
  private let budget = Budget(totalSteps: 35_190, stepsPerEpoch: 391, batchSize: 128)

  @Test(arguments: [
    ("2000", 2000), ("4ep", 1564), ("0.5ep", 196), ("51200sa", 400), ("30%", 10_557), ("0", 0),
  ])
  func `is read and resolved`(text: String, steps: Int) throws {
    let time = try #require(Time(text))
    #expect(time.steps(in: budget) == steps)
    #expect(Time(time.description) == time)
  }

  @Test(arguments: ["", "-3", "ep", "4 epochs", "130%", "-1ep", "nan%", "infep", "1e400ep"])
  func `is not read from what is none`(text: String) { #expect(Time(text) == nil) }
}

@Suite struct `A plan` {
  private let budget = Budget(totalSteps: 1000, stepsPerEpoch: 100, batchSize: 128)

  @Test func `that fits has no findings`() {
    let plan = Plan(learningRate: Triangular(from: 0.1, to: 1, stepSize: 250))
    #expect(plan.findings(in: budget) == [])
  }

  @Test func `tells what does not fit`() {
    func findings(_ schedule: some Schedule) -> [PlanFinding] {
      Plan(learningRate: schedule).findings(in: budget)
    }
    #expect(
      findings(Triangular(from: 0.1, to: 1, stepSize: 300))
        == [.endsOffTrough(lastTrough: 600, totalSteps: 1000)])
    #expect(
      findings(Triangular(from: 0.1, to: 1, stepSize: 50)) == [.halfCycleUnusual(epochs: 0.5)])
    #expect(
      findings(Triangular(from: 1, to: 0.5, stepSize: 250))
        == [.boundsCrossed(trough: 1, peak: 0.5)])
    guard
      case .halfCycleLongerThanRun(stepsUp: 2000, totalSteps: 1000, let highest)? = findings(
        Triangular(from: 0, to: 1, stepSize: 2000)
      ).first
    else {
      Issue.record("a half-cycle longer than the run was not found")
      return
    }
    #expect(abs(highest - 0.4995) < 1e-12)
  }
}
