import Foundation
import Randomness
import Schedules
import Testing
import Tuning

private let three = Triangular(from: 0.01, to: 0.1, stepSize: 100)
private let halving = Triangular2(from: 0.01, to: 0.1, stepSize: 100)
private let single = OneCycle(
  from: 0.005, to: 0.1, ending: 0.0001, stepsUp: 150, totalSteps: 600, anneal: .linear)

private func kinds(_ run: (curve: LossCurve, cycles: [RunCycle])) -> [CurveFinding.Kind] {
  Diagnosis(of: run.curve, cycles: run.cycles).findings.map(\.kind)
}

private func finding(
  _ kind: CurveFinding.Kind, _ run: (curve: LossCurve, cycles: [RunCycle])
) throws -> CurveFinding {
  try #require(
    Diagnosis(of: run.curve, cycles: run.cycles).findings.first { $0.kind == kind },
    "\(kinds(run))")
}

private struct NoBound: Error {}

private func lowered(_ change: SuggestedChange) throws -> Double {
  guard case .lowerUpperBound(let rate) = change else { throw NoBound() }
  return rate
}

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

private func moved(_ curve: LossCurve, _ level: Double, _ scale: Double) -> LossCurve {
  var moved = LossCurve()
  for update in curve.updates {
    moved.append(loss: level + scale * update.loss, learningRate: update.learningRate)
  }
  for evaluation in curve.evaluations {
    moved.append(
      .init(
        update: evaluation.update, loss: evaluation.loss.map { level + scale * $0 },
        score: evaluation.score))
  }
  return moved
}

@Suite struct `A curve that swings too wide` {
  /// The loss leaves its course at a rate of 0.06, and rises by two thirds of the gain up to the peak.
  private func wide(_ seed: UInt64) -> (curve: LossCurve, cycles: [RunCycle]) {
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

@Suite struct `A curve with spikes` {
  private func spiked(
    _ seed: UInt64, above bound: Double, every: Int
  ) -> (curve: LossCurve, cycles: [RunCycle]) {
    let drawn = DrawnRun()
    return drawn.curve(three, steps: 600, seed: seed) { update, level in
      update % every == 0 && three.value(at: update - 1) >= bound ? level + 1.5 : level
    }
  }

  @Test(arguments: 1...8) func `near the peaks is found, with the rate of the first`(
    seed: UInt64
  ) throws {
    let run = spiked(seed, above: 0.085, every: 17)
    let found = try finding(.spikesNearPeak, run)
    guard case .spikesNearPeak(let spikes) = found.fact else {
      Issue.record("\(found.fact)")
      return
    }
    // Of the updates that are multiples of 17 as many have such a rate.
    let places = (1...600).filter { $0 % 17 == 0 && three.value(at: $0 - 1) >= 0.085 }
    #expect(spikes.count == places.count)
    #expect(spikes.firstUpdate == places[0])
    let lowest = places.map { three.value(at: $0 - 1) }.min() ?? 0
    #expect(abs(spikes.lowestRate - lowest) < 1e-12)
    #expect(abs(try lowered(found.change) - min(lowest, 0.09)) < 1e-3)
  }

  @Test(arguments: 1...8) func `at all rates is the data's, and not the rate's`(seed: UInt64) {
    let found = kinds(spiked(seed, above: 0, every: 17))
    #expect(found == [])
  }
}

@Suite struct `A curve without a dip at its peaks` {
  @Test(arguments: 1...8) func `asks for a higher bound`(seed: UInt64) throws {
    // A fall as a ramp of rates far below what the model bears gives it: no peak is to be seen.
    let low = Triangular(from: 0.001, to: 0.01, stepSize: 100)
    let found = try finding(
      .noDipAtPeak, DrawnRun(fallsOver: 3, swing: 0).curve(low, steps: 600, seed: seed))
    #expect(found.change == .raiseUpperBound(from: 0.01, to: 0.03))
    // A run that was rolled back from a higher one is not sent there again.
    let run = DrawnRun(fallsOver: 3, swing: 0).curve(low, steps: 600, seed: seed)
    let lowered = Diagnosis(of: run.curve, cycles: run.cycles, wasLowered: true)
    #expect(lowered.findings.isEmpty)
  }

  /// Far below its limit a bowl's loss depends on the sum of the rates alone, so that the advice helps.
  @Test(arguments: 1...4) func `is found in a bowl, which learns more by what is suggested`(
    seed: UInt64
  ) throws {
    func run(_ top: Double) -> (curve: LossCurve, cycles: [RunCycle]) {
      let cycles = Triangular(from: 0.001, to: top, stepSize: 100)
      return NoisyBowl().curve(cycles, steps: 600, seed: seed)
    }
    let low = run(0.02)
    let found = try finding(.noDipAtPeak, low)
    guard case .raiseUpperBound(_, let rate) = found.change else {
      Issue.record("\(found.change)")
      return
    }
    let high = run(rate)
    func end(_ run: (curve: LossCurve, cycles: [RunCycle])) -> Double {
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
    let found = try finding(.noDipAtPeak, run)
    #expect(found.change == .raiseUpperBound(from: 0.1, to: 0.3))
  }

  @Test func `that has learned all it can asks for nothing`() {
    for seed in 1...8 as ClosedRange<UInt64> {
      let done = DrawnRun(fallsOver: 0.1, swing: 0)
      let several = kinds(done.curve(three, steps: 600, seed: seed))
      let one = kinds(done.curve(single, steps: 600, seed: seed))
      #expect(!several.contains(.noDipAtPeak) && !one.contains(.noDipAtPeak), "\(seed)")
    }
  }
}

@Suite struct `A curve whose troughs` {
  private let six = Triangular(from: 0.01, to: 0.1, stepSize: 50)

  @Test(arguments: 1...8) func `no longer improve asks for a stop, and afterwards for less`(
    seed: UInt64
  ) throws {
    // After two cycles the loss has come to its floor.
    var run = DrawnRun(fallsOver: 0.35, evaluationNoise: 0.0005).curve(six, steps: 600, seed: seed)
    let over = try finding(.troughsStoppedImproving, run)
    guard case .troughsStoppedImproving(let stall) = over.fact else {
      Issue.record("\(over.fact)")
      return
    }
    #expect(stall.isEvaluation && stall.cycles >= 1)
    guard case .shorten(let updates, let cycles) = over.change else {
      Issue.record("\(over)")
      return
    }
    #expect(updates == 100 * cycles && cycles <= 5)
    run.curve.cut(to: 500)
    #expect(try finding(.troughsStoppedImproving, run).change == .stop(atTrough: 500))
  }

  @Test func `improve in their score are left alone`() {
    let run = DrawnRun(fallsOver: 0.35, evaluationNoise: 0).curve(six, steps: 600, seed: 1)
    var curve = LossCurve()
    for update in run.curve.updates {
      curve.append(loss: update.loss, learningRate: update.learningRate)
    }
    for (number, evaluation) in run.curve.evaluations.enumerated() {
      curve.append(
        .init(update: evaluation.update, loss: evaluation.loss, score: 0.5 + 0.05 * Double(number)))
    }
    let found = kinds((curve, run.cycles))
    #expect(found == [])
  }

  @Test(arguments: 1...8) func `rise in the test loss alone ask for more regularisation`(
    seed: UInt64
  ) throws {
    let run = DrawnRun().curve(
      six, steps: 600, seed: seed, evaluation: { cycle, level in level + 0.2 * Double(cycle) })
    let regularizers = [Regularizer.weightDecay(from: 5e-4, to: 1.5e-3), .flip]
    let diagnosis = Diagnosis(of: run.curve, cycles: run.cycles, regularizers: regularizers)
    let found = try #require(diagnosis.findings.first { $0.kind == .validationRises })
    #expect(found.change == .regularize(regularizers))
    #expect(
      "\(found)".contains(
        "--weight-decay 0.0015 (now 0.0005), or --flip, if a mirrored image has the same label"))
  }

  /// In a single cycle the rate only falls after the peak, so that it cannot be what raises the loss.
  @Test func `are one only are evaluated on the way down`() throws {
    let run = DrawnRun().curve(single, steps: 600, seed: 1)
    var curve = LossCurve()
    for update in run.curve.updates {
      curve.append(loss: update.loss, learningRate: update.learningRate)
    }
    for (update, loss) in [(100, 0.5), (200, 1.5), (300, 1), (400, 0.8), (500, 1), (600, 1.3)] {
      curve.append(.init(update: update, loss: loss))
    }
    let found = try finding(.validationRises, (curve, run.cycles))
    guard case .validationRises(let overfit) = found.fact else {
      Issue.record("\(found.fact)")
      return
    }
    // The evaluation on the way up is lower, but of another phase.
    #expect(overfit.bestUpdate == 400 && overfit.best == 0.8 && overfit.last == 1.3)
  }

  @Test func `are reported with what was measured at them`() {
    let run = DrawnRun(noise: 0, evaluationNoise: 0).curve(halving, steps: 600, seed: 1)
    let troughs = Diagnosis(of: run.curve, cycles: run.cycles).troughs
    #expect(troughs.map(\.update) == [200, 400, 600])
    #expect(troughs.map(\.cycle) == [1, 2, 3])
    // Halved heights above 0.01.
    for (trough, peak) in zip(troughs, [0.1, 0.055, 0.0325]) {
      #expect(abs(trough.peakRate - peak) < 1e-12)
      let level = 2.3 - 2 * (1 - exp(-Double(trough.update) / 160))
      #expect(abs((trough.evaluationLoss ?? 0) - level - 0.1) < 1e-9)
      #expect(abs(trough.trainingLoss - level) < 0.1)
    }
  }
}
