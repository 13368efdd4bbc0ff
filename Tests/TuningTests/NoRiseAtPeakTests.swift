import Schedules
import Testing
import Tuning

@Suite struct `A curve without a dip at its peaks` {
  @Test(arguments: 1...8) func `asks for a higher bound`(seed: UInt64) throws {
    // A fall as a ramp of rates far below what the model bears gives it: no peak is to be seen.
    let low = Triangular(from: 0.001, to: 0.01, stepSize: 100)
    let found = try finding(
      .noRiseAtPeak, DrawnRun(fallsOver: 3, swing: 0).curve(low, steps: 600, seed: seed))
    #expect(found.change == .raiseUpperBound(from: 0.01, to: 0.03))
    var named = found
    named.schedule = "triangular"
    #expect(
      "\(named)".contains("'rondo compare --schedules triangular@0.01,triangular@0.03' compares both"), "\(named)")
    // A run that was rolled back from a higher one is not sent there again.
    let run = DrawnRun(fallsOver: 3, swing: 0).curve(low, steps: 600, seed: seed)
    let lowered = Diagnosis(of: run.curve, cycles: run.cycles, wasLowered: true)
    #expect(lowered.findings.isEmpty)
  }

  /// Far below its limit a bowl's loss depends on the sum of the rates alone, so that the advice helps.
  @Test(arguments: 1...4) func `is found in a bowl, which learns more by what is suggested`(
    seed: UInt64
  ) throws {
    func run(_ top: Double) -> DiagnosedRun {
      let cycles = Triangular(from: 0.001, to: top, stepSize: 100)
      return NoisyBowl().curve(cycles, steps: 600, seed: seed)
    }
    let low = run(0.02)
    let found = try finding(.noRiseAtPeak, low)
    guard case .raiseUpperBound(_, let rate) = found.change else {
      Issue.record("\(found.change)")
      return
    }
    let high = run(rate)
    func end(_ run: DiagnosedRun) -> Double {
      Diagnosis(of: run.curve, cycles: run.cycles).troughs.last?.trainingLoss ?? .nan
    }
    #expect(end(high) < end(low) - 0.1)
  }

  /// A loss that falls the faster the higher the rate, up to the peak of the one cycle and beyond.
  @Test(arguments: 1...6) func `is found in a single cycle`(seed: UInt64) throws {
    var spent = 0.0
    let run = DrawnRun(gain: 0, swing: 0, noise: 0.03).curve(single, steps: 600, seed: seed) {
      update, level in
      spent += single.value(at: update - 1)
      return level - 0.05 * spent
    }
    let found = try finding(.noRiseAtPeak, run)
    #expect(found.change == .raiseUpperBound(from: 0.1, to: 0.3))
  }

  @Test func `that has learned all it can asks for nothing`() {
    for seed in 1...8 as ClosedRange<UInt64> {
      let done = DrawnRun(fallsOver: 0.1, swing: 0)
      let several = kinds(done.curve(three, steps: 600, seed: seed))
      let one = kinds(done.curve(single, steps: 600, seed: seed))
      #expect(!several.contains(.noRiseAtPeak) && !one.contains(.noRiseAtPeak), "\(seed)")
    }
  }
}
