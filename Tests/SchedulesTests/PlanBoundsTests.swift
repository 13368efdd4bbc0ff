import Foundation
import Schedules
import Testing

/// Rates update by update.
private func rates(_ plan: Plan?, _ steps: Range<Int>) -> [Double] {
  steps.map { plan?.learningRate.value(at: $0) ?? .nan }
}

@Suite struct `Other bounds for one-cycle` {
  /// Up in 20 updates from 0.1 to 1, down in 59 to 0.01.
  private let plan = Plan(
    learningRate: OneCycle(
      from: 0.1, to: 1, ending: 0.01, stepsUp: 20, totalSteps: 80, anneal: .linear))

  @Test(arguments: [0, 1, 10, 19]) func `are met at the peak if it still rises`(step: Int) throws {
    let lower = try #require(plan.withBounds(from: 0.1, to: 0.5, at: step, reason: "r"))
    #expect(rates(lower, 0..<step + 1) == rates(plan, 0..<step + 1))
    #expect(abs(lower.learningRate.value(at: 20) - 0.5) < 1e-15)
    #expect(abs(lower.learningRate.value(at: 79) - 0.01) < 1e-15)
    #expect(lower.troughs(upTo: 80) == [80])
    // From where it stands in a straight line: half way to the peak it is half way between.
    let middle = (step + 20) / 2
    let part = Double(middle - step) / Double(20 - step)
    let now = plan.learningRate.value(at: step)
    #expect(abs(lower.learningRate.value(at: middle) - now - part * (0.5 - now)) < 1e-12)
  }

  @Test(arguments: [20, 40, 78]) func `lead from where it is to the new end if it falls`(
    step: Int
  ) throws {
    let lower = try #require(plan.withBounds(from: 0.05, to: 0.5, at: step, reason: ""))
    #expect(rates(lower, 0..<step + 1) == rates(plan, 0..<step + 1))
    let rest = rates(lower, step..<80)
    #expect(zip(rest, rest.dropFirst()).allSatisfy { $0 > $1 })
    // As far below the lower bound as before: a tenth of it.
    #expect(abs(lower.learningRate.value(at: 79) - 0.005) < 1e-15)
  }

  @Test func `are none after its end`() {
    #expect(plan.withBounds(from: 0.1, to: 0.5, at: 80, reason: "") == nil)
    #expect(plan.withBounds(from: 0.1, to: 0.5, at: 500, reason: "") == nil)
  }

  @Test func `hold for each one-cycle that follows`() throws {
    let longer = try #require(plan.extended(byCycles: 1, totalSteps: 80, reason: "")).plan
    let lower = try #require(longer.withBounds(from: 0.1, to: 0.5, at: 10, reason: ""))
    let second = OneCycle(
      from: 0.1, to: 0.5, ending: 0.01, stepsUp: 20, totalSteps: 80, anneal: .linear)
    for step in 0..<80 {
      #expect(abs(lower.learningRate.value(at: 80 + step) - second.value(at: step)) < 1e-15)
    }
    #expect(lower.troughs(upTo: 160) == [80, 160])
  }

  @Test(arguments: [5, 25, 50]) func `of three phases leave no jump`(step: Int) throws {
    let phases = Plan(
      learningRate: OneCycle(
        from: 0.1, to: 1, ending: 0.01, stepsUp: 20, totalSteps: 80, anneal: .linear,
        threePhase: true))
    let lower = try #require(phases.withBounds(from: 0.1, to: 0.5, at: step, reason: ""))
    let all = rates(lower, 0..<80)
    // The steepest way is the old one up: 0.9 in 20 updates.
    #expect(zip(all, all.dropFirst()).allSatisfy { abs($0 - $1) < 0.0451 })
    #expect(abs(all[79] - 0.01) < 1e-12)
  }

  @Test func `can be changed twice, and amid what was changed`() throws {
    let cycling = Plan(learningRate: Triangular(from: 0.1, to: 1, stepSize: 10))
    let once = try #require(cycling.withBounds(from: 0.05, to: 0.5, at: 3, reason: ""))
    let twice = try #require(once.withBounds(from: 0.04, to: 0.4, at: 7, reason: ""))
    #expect(abs(twice.learningRate.value(at: 10) - 0.4) < 1e-15)
    #expect(twice.learningRate.value(at: 20) == 0.04)
    #expect(abs(twice.learningRate.value(at: 30) - 0.4) < 1e-15)
    let all = rates(twice, 0..<100)
    #expect(zip(all, all.dropFirst()).allSatisfy { abs($0 - $1) < 0.0901 })
    #expect(twice.changes.count == 2)
  }
}

@Suite struct `A plan that is rolled back to a trough` {
  @Test func `repeats its cycles from there, below the new bound`() throws {
    let plan = Plan(learningRate: Triangular2(from: 0.1, to: 1.7, stepSize: 10))
    let back = try #require(plan.rolledBack(to: 40, after: 47, max: 0.5, reason: "it rose"))
    #expect(rates(back, 0..<40) == rates(plan, 0..<40))
    let lower = Triangular2(from: 0.1, to: 0.5, stepSize: 10)
    for step in 0..<60 { #expect(back.learningRate.value(at: 40 + step) == lower.value(at: step)) }
    #expect(back.rollbackCount == 1)
    #expect(
      back.changes.map(\.description) == [
        "changed after update 40: rolled back from update 47, then with cycles from 0.1 to 0.5 "
          + "(it rose)"
      ])
    // And again to the same trough, and to a later one.
    let again = try #require(back.rolledBack(to: 40, after: 55, max: 0.45, reason: ""))
    #expect(abs(again.learningRate.value(at: 50) - 0.45) < 1e-15)
    #expect(again.rollbackCount == 2)
    let later = try #require(back.rolledBack(to: 60, after: 70, max: 0.41, reason: ""))
    #expect(later.learningRate.value(at: 50) == 0.5)
    #expect(abs(later.learningRate.value(at: 70) - 0.41) < 1e-15)
    #expect(later.troughs(upTo: 100) == [20, 40, 60, 80, 100])
  }

  @Test func `takes its lower bound along where the upper one comes near`() throws {
    let plan = Plan(learningRate: Triangular(from: 0.1, to: 1, stepSize: 10))
    let back = try #require(plan.rolledBack(to: 20, after: 25, max: 0.2, reason: ""))
    // Without a jump from 0.1, to the new peak, and then down to a quarter of it.
    #expect(back.learningRate.value(at: 20) == 0.1)
    #expect(back.learningRate.value(at: 30) == 0.2)
    #expect(back.learningRate.value(at: 40) == 0.05)
    #expect(back.learningRate.value(at: 50) == 0.2)
  }

  @Test func `of one-cycle begins anew with a lower peak`() throws {
    let plan = Plan(
      learningRate: OneCycle(from: 0.1, to: 1, ending: 0.001, stepsUp: 20, totalSteps: 80))
    let back = try #require(plan.rolledBack(to: 0, after: 15, max: 0.2, reason: ""))
    let lower = OneCycle(from: 0.05, to: 0.2, ending: 0.0005, stepsUp: 20, totalSteps: 80)
    for step in 0..<100 {
      #expect(abs(back.learningRate.value(at: step) - lower.value(at: step)) < 1e-15)
    }
    #expect(back.learningRate.cyclic != nil, "a single cycle, with nothing before it")
    #expect(back.troughs(upTo: 80) == [80])
  }

  @Test(arguments: [
    AnySchedule(Constant(1)), AnySchedule(CosineDecay(from: 1, steps: 100)),
    AnySchedule(MultiStepDecay(initial: 1, factor: 0.1, milestones: [50, 75])),
    AnySchedule(CosineRestarts(to: 1, firstCycle: 20, lengthMultiplier: 2)),
  ])
  func `of a rate that begins high keeps its form, and is lower`(rate: AnySchedule) throws {
    let plan = Plan(learningRate: rate)
    let back = try #require(plan.rolledBack(to: 0, after: 9, max: 0.25, reason: ""))
    for step in 0..<120 {
      #expect(abs(back.learningRate.value(at: step) - rate.value(at: step) / 4) < 1e-15)
    }
    #expect(back.changes[0].description.contains("then at rates up to 0.25"))
    #expect(back.troughs(upTo: 100) == plan.troughs(upTo: 100))
    // From update 60 on, the second cycle's end, the restarts begin at 1 again.
    let later = try #require(plan.rolledBack(to: 60, after: 70, max: 0.01, reason: ""))
    let highest = try #require((60..<70).map(rate.value).max())
    for step in 0..<120 {
      let factor = step < 60 ? 1 : 0.01 / highest
      #expect(abs(later.learningRate.value(at: step) - rate.value(at: step) * factor) < 1e-15)
    }
    #expect(plan.rolledBack(to: 0, after: 9, max: 1, reason: "") == nil, "no rate was above it")
  }

  /// Triangular2's second cycle swings half as far, and its momentum too; with other bounds both begin anew.
  @Test(arguments: [0.5, 0.9]) func `begin the cycles of the momentum anew too`(gamma: Double) throws {
    let shrinking: [(AnySchedule, AnySchedule)] = [
      (
        AnySchedule(Triangular2(from: 0.1, to: 1, stepSize: 5)),
        AnySchedule(Triangular2(from: 0.95, to: 0.85, stepSize: 5))
      ),
      (
        AnySchedule(ExponentialRange(from: 0.1, to: 1, stepSize: 5, gamma: gamma)),
        AnySchedule(ExponentialRange(from: 0.95, to: 0.85, stepSize: 5, gamma: gamma))
      ),
    ]
    for (rate, momentum) in shrinking {
      let plan = Plan(learningRate: rate, momentum: momentum)
      for (step, trough) in [(10, 10), (13, 20), (17, 20)] {
        let changed = try #require(plan.withBounds(from: 0.1, to: 0.5, at: step, reason: ""))
        for update in 0..<10 {
          let first = try #require(plan.values(at: update).momentum)
          #expect(changed.values(at: trough + update).momentum == first, "\(step) \(update)")
        }
        for update in 0..<trough { #expect(changed.values(at: update).momentum == plan.values(at: update).momentum) }
      }
    }
  }

  @Test func `are read from a plan of an older version`() throws {
    let older =
      #"{"step": 3, "reason": "r", "kind": {"rebound": {"from": 0.1, "to": 0.5, "oldFrom": 0.2, "oldTo": 1}}}"#
    let change = try JSONDecoder().decode(PlanChange.self, from: Data(older.utf8))
    #expect(change.kind == .bounds(from: 0.1, to: 0.5, oldFrom: 0.2, oldTo: 1))
    #expect(change.kind.changesBounds)
  }
}
