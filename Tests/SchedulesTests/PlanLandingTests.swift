import Schedules
import Testing

@Suite struct `A plan without an end` {
  private let open = Plan(
    learningRate: WarmupStableDecay(peak: 0.4, ending: 0.1, warmUp: 10, shape: .linear),
    momentum: AnySchedule(Constant(0.9)))

  @Test func `lands once, and its landing can be taken back`() throws {
    #expect(open.isOpenEnded && open.landing == nil)
    let (landed, total) = try #require(open.landed(at: 100, coolDown: 20, reason: "enough"))
    #expect(total == 120)
    #expect(
      landed.learningRate
        == AnySchedule(
          WarmupStableDecay(
            peak: 0.4, ending: 0.1, warmUp: 10, coolDown: 20, steps: 120, shape: .linear)))
    #expect(landed.momentum == open.momentum)
    #expect(landed.landing?.step == 100 && landed.landing?.coolDown == 20)
    #expect(
      "\(landed.changes[0])"
        == "changed after update 100: landing, a cool-down of 20 updates (enough)")
    #expect(landed.landed(at: 110, coolDown: 5, reason: "") == nil, "it has landed")
    let again = try #require(landed.reopened(reason: ""))
    #expect(again.learningRate == open.learningRate)
    #expect(again.isOpenEnded && again.landing == nil)
    #expect(again.reopened(reason: "") == nil)
  }

  @Test func `lands from the rate to which a roll-back lowered it`() throws {
    for step in [0, 60] {
      let lowered = try #require(open.rolledBack(to: step, after: 80, max: 0.2, reason: ""))
      #expect(lowered.isOpenEnded)
      let (landed, _) = try #require(lowered.landed(at: 100, coolDown: 20, reason: ""))
      #expect(landed.learningRate.value(at: 50) == (step == 0 ? 0.2 : 0.4))
      #expect(landed.learningRate.value(at: 100) == 0.2)
      #expect(abs(landed.learningRate.value(at: 110) - 0.125) < 1e-15, "half of 0.4 to 0.1")
    }
  }

  @Test func `is none where the rate has an end, or does not cool down`() {
    for rate: AnySchedule in [
      AnySchedule(Constant(0.1)), AnySchedule(CosineDecay(from: 0.1, to: 0, steps: 50)),
      AnySchedule(WarmupStableDecay(peak: 0.1, warmUp: 5, coolDown: 10, steps: 50)),
      WarmupStableDecay(peak: 0.1, warmUp: 5).followed(by: Constant(0.1), after: 50),
    ] {
      let plan = Plan(learningRate: rate)
      #expect(!plan.isOpenEnded)
      #expect(plan.landed(at: 20, coolDown: 5, reason: "") == nil)
      #expect(plan.reopened(reason: "") == nil)
    }
  }
}
