import Schedules
import Testing
import Tuning

@Suite struct `A curve that swings too wide` {
  /// The loss leaves its course at a rate of 0.06, and rises by two thirds of the gain up to the peak.
  private func wide(_ seed: UInt64) -> DiagnosedRun {
    DrawnRun(swing: 0.02).curve(three, steps: 600, seed: seed) { update, level in
      let rate = three.value(at: update - 1)
      return update > 200 ? level + max(0, rate - 0.06) / 0.04 * 1.3 : level
    }
  }

  @Test(arguments: 1...8) func `is found, with the rate at which the loss begins to rise`(
    seed: UInt64
  ) throws {
    let found = try finding(.swingsTooWide, wide(seed))
    // A tenth of the rise is reached at 0.064, and a bin is 0.0045 wide.
    #expect((0.055...0.07).contains(try lowered(found.change)), "\(found)")
    guard case .swingsTooWide(let swing) = found.fact else {
      Issue.record("\(found.fact)")
      return
    }
    #expect(swing.cycle >= 2)
    #expect(swing.high - swing.low > 1)
    #expect(swing.likePhase != nil)
  }

  @Test(arguments: [(-50.0, 1.0), (0, 1e-4)]) func `is found at any level and on any scale`(
    level: Double, scale: Double
  ) throws {
    let run = wide(3)
    let here = try finding(.swingsTooWide, run)
    let there = try finding(.swingsTooWide, (moved(run.curve, level, scale), run.cycles))
    #expect(here.change == there.change)
  }

  /// By the bowl's equations the noise keeps the loss up by rate / (2 - rate) where it is steepest.
  @Test(arguments: 1...4) func `is found in a bowl, half way to its limit and beyond`(
    seed: UInt64
  ) throws {
    for top in [1.25, 1.95] {
      let cycles = Triangular(from: 0.02, to: top, stepSize: 100)
      let run = NoisyBowl().curve(cycles, steps: 600, seed: seed)
      let found = try #require(Diagnosis(of: run.curve, cycles: run.cycles).findings.first)
      #expect(found.kind == .swingsTooWide || found.kind == .diverged, "\(found)")
      #expect((0.1...0.8 * top).contains(try lowered(found.change)), "\(found)")
    }
  }

  @Test(arguments: 1...6) func `is found in a single cycle by what the way up costs`(
    seed: UInt64
  ) throws {
    // The loss falls a little, and at rates above 0.08 for a while the loss is high above its start.
    let drawn = DrawnRun(gain: 0.5, fallsOver: 0.5, swing: 0)
    let run = drawn.curve(single, steps: 600, seed: seed) { update, level in
      let rate = single.value(at: update - 1)
      return update < 170 ? level + max(0, rate - 0.08) / 0.02 : level
    }
    let found = try finding(.swingsTooWide, run)
    #expect((0.07...0.09).contains(try lowered(found.change)), "\(found)")
  }

  /// Each cycle is worse than the last at the like phase, though its rates are the same.
  @Test func `is found where the peaks become worse from cycle to cycle`() throws {
    let run = DrawnRun(swing: 0.1).curve(three, steps: 600, seed: 2) { update, level in
      let (cycle, rate) = ((update - 1) / 200, three.value(at: update - 1))
      return level + Double(cycle) * 0.6 * max(0, rate - 0.05) / 0.05
    }
    let found = try finding(.swingsTooWide, run)
    guard case .swingsTooWide(let swing) = found.fact, let like = swing.likePhase else {
      Issue.record("\(found)")
      return
    }
    #expect(swing.high > like + 0.2)
    #expect("\(found)".contains("times its level at the same phase of cycle"), "\(found)")
  }
}
