import Schedules
import Testing
import Tuning

@Suite struct `A healthy curve` {
  /// Of two hundred curves, by all kinds of cycles and noise, not one alarm.
  @Test func `says nothing, whatever the noise`() {
    for seed in 1...200 as ClosedRange<UInt64> {
      let chance = DrawnRun.Chance.allCases[Int(seed) % 4]
      // Of cycles that halve only the first would be seen if it did not swing more.
      let (drawn, lively) = (DrawnRun(chance: chance), DrawnRun(swing: 0.45, chance: chance))
      let found =
        switch seed / 4 % 3 {
        case 0: kinds(drawn.curve(three, steps: 600, seed: seed))
        case 1: kinds(lively.curve(halving, steps: 600, seed: seed))
        default: kinds(drawn.curve(single, steps: 600, seed: seed))
        }
      #expect(found == [], "\(seed)")
    }
  }

  @Test func `of a bowl says nothing`() {
    for seed in 1...10 as ClosedRange<UInt64> {
      let cycles = Triangular(from: 0.02, to: 0.5, stepSize: 100)
      let several = kinds(NoisyBowl().curve(cycles, steps: 600, seed: seed))
      let one = OneCycle(
        from: 0.02, to: 0.5, ending: 0.0002, stepsUp: 150, totalSteps: 600, anneal: .linear)
      let single = kinds(NoisyBowl().curve(one, steps: 600, seed: seed))
      #expect(several == [] && single == [], "\(seed)")
    }
  }

  /// A loss below 0, as a likelihood's is, and one of an unusual scale.
  @Test(arguments: [(-1000.0, 1.0), (0, 1e-6), (5, 1e6)])
  func `says nothing at any level and on any scale`(level: Double, scale: Double) {
    for seed in 1...8 as ClosedRange<UInt64> {
      let run = DrawnRun().curve(three, steps: 600, seed: seed)
      let found = kinds((moved(run.curve, level, scale), run.cycles))
      #expect(found == [], "\(seed)")
    }
  }

  /// Noise alone: the loss does not fall, and nothing follows.
  @Test func `of plain noise says nothing`() {
    let short = Triangular(from: 0.01, to: 0.1, stepSize: 12)
    for seed in 1...200 as ClosedRange<UInt64> {
      let chance = DrawnRun.Chance.allCases[Int(seed) % 4]
      let noise = DrawnRun(gain: 0, swing: 0, noise: 0.3, chance: chance)
      let found =
        switch seed / 4 % 4 {
        case 0: kinds(noise.curve(three, steps: 600, seed: seed))
        case 1: kinds(noise.curve(short, steps: 600, seed: seed))
        case 2: kinds(noise.curve(single, steps: 600, seed: seed))
        default: kinds(noise.curve(Constant(0.1), steps: 600, seed: seed))
        }
      #expect(found == [], "\(seed)")
    }
  }

  @Test(arguments: [0, 1, 5, 19, 40, 99, 100, 101, 250]) func `may have any length`(count: Int) {
    var run = DrawnRun().curve(three, steps: 600, seed: 1)
    run.curve.cut(to: count)
    let found = kinds(run)
    #expect(found == [])
  }

  @Test func `that never changes says nothing`() {
    var curve = LossCurve()
    for step in 0..<600 { curve.append(loss: 1, learningRate: three.value(at: step)) }
    let cycles = RunCycle.cycles(of: Plan(learningRate: three), upTo: 600)
    #expect(Diagnosis(of: curve, cycles: cycles).findings.isEmpty)
    #expect(Diagnosis(of: LossCurve(), cycles: []).findings.isEmpty)
    #expect(Diagnosis(of: curve, cycles: []).findings.isEmpty)
  }
}
