import Foundation
import Schedules
import Testing

/// The places where PyTorch is wrong: each test shows what it does and what is right, and says why.
@Suite struct `Where PyTorch goes wrong` {
  private struct Outcome: Decodable {
    let value: Double?
    let raises: String?
  }

  private let faults: [String: Outcome]

  init() throws {
    let url = try #require(
      Bundle.module.url(
        forResource: "pytorch-faults", withExtension: "json", subdirectory: "Fixtures"))
    faults = try JSONDecoder().decode([String: Outcome].self, from: Data(contentsOf: url))
  }

  private func theirs(_ fault: String) throws -> Outcome { try #require(faults[fault]) }

  // The first phase has no length, and PyTorch divides by it. Here the run begins at the peak.
  @Test func `a first phase of no length divides by zero`() throws {
    let theirs = try theirs("one-cycle whose pct_start * total_steps is 1")
    #expect(theirs.raises == "ZeroDivisionError")
    let ours = OneCycle.pytorch(maxLR: 0.1, totalSteps: 10, pctStart: 0.1)
    #expect(ours.value(at: 0) == 0.1)
    #expect(ours.value(at: 1) < 0.1)
  }

  // PyTorch extrapolates the last line; one update later it raises. A rate is never negative, and
  // after the end the last value holds.
  @Test func `the update after the end has a negative rate, and the next one none`() throws {
    let beyond = try theirs("linear one-cycle one update after its end")
    #expect(try #require(beyond.value) < -0.001)
    #expect(try theirs("one-cycle two updates after its end").raises == "ValueError")
    let ours = OneCycle.pytorch(maxLR: 0.1, totalSteps: 100, anneal: .linear)
    #expect(ours.value(at: 100) == ours.value(at: 99))
    #expect(ours.value(at: .max) == ours.value(at: 99))
    #expect(ours.value(at: 100) > 0)
  }

  // PyTorch's peak is at pct_start * total_steps - 1, between two updates. The dialect keeps that and
  // says so in the plan's findings; the exact schedule meets its peak.
  @Test(arguments: [(7, 0.981), (25, 0.998)]) func `the peak is missed`(total: Int, share: Double)
    throws
  {
    let theirs = try #require(theirs("highest rate of one-cycle over \(total) updates").value)
    #expect(abs(theirs - share) < 0.0006)
    let dialect = OneCycle.pytorch(maxLR: 1, totalSteps: total)
    #expect((0..<total).map(dialect.value).max() == theirs)
    let budget = Budget(totalSteps: total, stepsPerEpoch: 1, batchSize: 1)
    #expect(
      Plan(learningRate: dialect).findings(in: budget) == [.peakMissed(peak: 1, highest: theirs)])
    let exact = OneCycle(
      from: 0.04, to: 1, ending: 4e-6, stepsUp: Int(0.3 * Double(total)), totalSteps: total)
    #expect((0..<total).map(exact.value).max() == 1)
  }

  // The second phase ends behind the run, so the third never comes. Here it is cut to the run's end.
  @Test func `three phases with a late peak never come down`() throws {
    let theirs = try #require(theirs("last rate of three phases with pct_start 0.6").value)
    #expect(theirs > 0.02)
    let dialect = OneCycle.pytorch(maxLR: 0.1, totalSteps: 100, pctStart: 0.6, threePhase: true)
    #expect(abs(dialect.value(at: 99) - theirs) < 1e-12)
    let exact = OneCycle(
      from: 0.004, to: 0.1, ending: 4e-7, stepsUp: 60, totalSteps: 100, threePhase: true)
    #expect(exact.value(at: 99) == 0.004)
  }

  // log(243, 3) is 4.999999999999999 in doubles, so PyTorch takes the restart for the end of the
  // cycle before it. Stepped one by one it is right, and so is a count in whole numbers.
  @Test func `a restart that is asked for by epoch is taken for the floor`() throws {
    let theirs = try #require(theirs("fifth restart with multiplier 3, asked for by epoch").value)
    #expect(theirs < 1e-9)
    let ours = CosineRestarts(to: 0.1, firstCycle: 1, lengthMultiplier: 3)
    #expect(ours.value(at: 1 + 3 + 9 + 27 + 81) == 0.1)
    // Every restart that a run can come to, and multipliers that are not whole.
    for multiplier in [1.5, 2, 3, 5, 10] {
      let rate = CosineRestarts(to: 0.1, firstCycle: 2, lengthMultiplier: multiplier)
      var start = 0.0
      for cycle in 0..<20 where start < 1e15 {
        if start == start.rounded() {
          #expect(rate.value(at: Int(start)) == 0.1, "multiplier \(multiplier), cycle \(cycle)")
        }
        start += 2 * pow(multiplier, Double(cycle))
      }
    }
  }

  // Half a cosine that has come down does not go up again on its own.
  @Test func `a cosine rises again after its end`() throws {
    #expect(abs(try #require(theirs("cosine ten updates after its end").value) - 0.1) < 1e-9)
    #expect(CosineDecay(from: 0.1, steps: 10).value(at: 20) == 0)
  }

  // 0 divided by 0: PyTorch cannot begin at the peak.
  @Test func `a triangle without an ascent divides by zero`() throws {
    #expect(try theirs("triangular without an ascent").raises == "ZeroDivisionError")
    let ours = Triangular(from: 0.1, to: 1, stepSize: 0, stepSizeDown: 4)
    #expect([0, 2, 4].map(ours.value) == [1, 0.55, 1])
  }
}
