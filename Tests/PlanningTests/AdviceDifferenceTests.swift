import Foundation
import Planning
import Schedules
import Settings
import Testing
import Tuning

/// Why `rondo find-lr` and `rondo train` advise different peaks.
@Suite struct `The difference between a range test's peak and a run's` {
  private let command = "rondo find-lr --steps 300 --explain"

  private func record(
    curve: RangeTestCurve?, isNormalized: Bool = true, _ change: (inout RunSettings) -> Void = { _ in }
  ) -> AdviceRecord {
    var typed = RunSettings()
    typed.budget.steps = 300
    change(&typed)
    let settings = typed.filled(from: TaskDescription.classify.recipe).resolved
    let budget = Budget(totalSteps: 300, stepsPerEpoch: 156, batchSize: 128)
    let situation = settings.situation(
      isNormalized: isNormalized, images: 20_000, classes: 6, budget: budget)
    return AdviceRecord(
      settings, situation, curve: curve, range: nil, secondsPerUpdate: nil, testSeconds: 0)
  }

  /// A loss that does not fall, and explodes from a rate of 0.1 on.
  private var cliff: RangeTestCurve {
    var curve = RangeTestCurve(
      points: (0..<100).map { index in
        let rate = 1e-4 * pow(10, Double(index) * 0.05)
        return RangeTestPoint(learningRate: rate, loss: rate < 0.1 ? 1.8 : 1.8 + 40 * rate)
      })
    (curve.batchSpread, curve.updatesPerDecade, curve.momentum) = (0.05, 20, 0.85)
    return curve
  }

  /// The prior's step of 3 is a rate of 0.45 at momentum 0.85.
  @Test func `is reported with why the test does not count, and what shows it`() throws {
    let short = record(curve: nil)
    let text = try #require(short.difference(from: 0.0455, shownBy: command))
    #expect(text.contains("a one-cycle peak of about 0.45 here"), "\(text)")
    #expect(text.contains("a twentieth of a run of 300 updates holds too little of a range test"), "\(text)")
    #expect(text.contains("'\(command)' shows"), "\(text)")
    #expect(short.difference(from: 0.45, shownBy: command) == nil)
    #expect(short.difference(from: 0.4, shownBy: command) == nil, "by an eighth")
    let other = try #require(record(curve: cliff).difference(from: 0.04, shownBy: command))
    #expect(other.contains("it counts the range test as 0 % beside the prior for runs of 300 updates of 128"))
  }

  /// Of a schedule with another upper bound it names that: 0.45 is 4.5 times the test's 0.1, and 0.09 so many times 0.02.
  @Test func `names the upper bound of another schedule, and no updates of a run without an end`() throws {
    let text = try #require(record(curve: cliff).difference(from: 0.1, bound: 0.02, shownBy: command))
    #expect(text.contains("an upper bound of about 0.09 here"), "\(text)")
    var typed = RunSettings { $0.budget.openEnded = true }
    typed = typed.filled(from: TaskDescription.classify.recipe)
    let budget = Budget(totalSteps: Budget.maximumSteps, stepsPerEpoch: 156, batchSize: 128)
    let situation = typed.resolved.situation(isNormalized: true, images: 20_000, classes: 6, budget: budget)
    let open = AdviceRecord(
      typed.resolved, situation, curve: cliff, range: nil, secondsPerUpdate: nil, testSeconds: 0)
    let lines = open.explanation + [open.difference(from: 0.01, shownBy: command) ?? ""] + [open.costLine ?? ""]
    #expect(lines.joined().contains("no end, in updates of 128, 20000 images; advised as one of 20 epochs"), "\(lines)")
    #expect(open.obstacle == .noEnd && open.design == nil, "a share of a run without an end is endless")
    #expect(!lines.joined().contains("100000000") && !lines.joined().contains("e+0"), "\(lines)")
    let test = RangeTestLength(typed.resolved, runSteps: Budget.maximumSteps, updateSize: 128)
    #expect(test.description == "range test: 100 updates, before a run without an end")
  }

  @Test func `and the plan's words follow from what decided`() throws {
    // Without normalization the edge bounds the prior, which is a step of 0.6.
    let bounded = record(curve: cliff, isNormalized: false)
    let text = try #require(bounded.difference(from: 1, shownBy: command))
    #expect(text.contains("it is bounded by the range test, whose loss diverges at"), "\(text)")
    #expect(bounded.lines[0].hasSuffix("by the rate at which the range test diverged"), "\(bounded.lines)")
    #expect(bounded.lines.contains { $0.hasSuffix("below the prior of 0.09") }, "\(bounded.lines)")
    #expect(record(curve: nil).lines[0].hasSuffix("by the prior for such runs"))
  }

  @Test func `is none where the range test alone decides, or nothing is found`() {
    #expect(
      record(curve: cliff) { $0.rangeTest.advice = .rangeTest }.difference(from: 7, shownBy: "") == nil)
    #expect(record(curve: nil) { $0.schedule.maxLR = 0.1 }.difference(from: 7, shownBy: "") == nil)
  }
}
