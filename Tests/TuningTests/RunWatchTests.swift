import Foundation
import Randomness
import Schedules
import Testing
import Tuning

private let cycles = Triangular(from: 0.01, to: 0.1, stepSize: 100)

private func watched(
  _ run: (curve: LossCurve, cycles: [RunCycle])
) -> Divergence? {
  var watch = RunWatch(cycles: run.cycles)
  for update in run.curve.updates {
    if let found = watch.divergence(after: update.loss, learningRate: update.learningRate) {
      return found
    }
  }
  return nil
}

@Suite struct `A watch over a run` {
  /// From update 320 on the loss climbs to where the run began, in 20 updates, and stays there.
  private func lost(_ seed: UInt64, from update: Int = 320) -> (
    curve: LossCurve, cycles: [RunCycle]
  ) {
    DrawnRun().curve(cycles, steps: 600, seed: seed) { number, level in
      number <= update ? level : level + (2.3 - level) * min(1, Double(number - update) / 20)
    }
  }

  @Test(arguments: 1...10) func `fires soon after all is lost, and not before`(
    seed: UInt64
  ) throws {
    let run = lost(seed)
    let found = try #require(watched(run))
    // The climb, half a window of twelve for a level, and two windows to be certain.
    #expect((345...385).contains(found.update), "\(found)")
    #expect((320...350).contains(found.onset), "\(found)")
    #expect(found.sign == .rise && found.loss > 1.8 && found.best < 1)
  }

  @Test(arguments: 1...10) func `suggests the rate before the loss rose`(seed: UInt64) throws {
    // From 0.07 on the way up the third cycle runs away.
    let run = DrawnRun(swing: 0.05).curve(cycles, steps: 600, seed: seed) { number, level in
      number > 466 ? level + (2.5 - level) * min(1, Double(number - 466) / 25) : level
    }
    let divergence = try #require(watched(run))
    let finding = CurveFinding(divergence, in: run.curve, run.cycles)
    guard case .lowerUpperBound(let rate) = finding.change else {
      Issue.record("\(finding.change)")
      return
    }
    #expect((0.05...0.075).contains(rate), "\(finding)")
    #expect("\(finding)".contains("the run diverged: from update 4"))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity]) func `fires at once at what is NaN`(
    loss: Double
  ) throws {
    let run = DrawnRun().curve(cycles, steps: 600, seed: 1) { $0 >= 77 ? loss : $1 }
    let found = try #require(watched(run))
    #expect(found.update == 77 && found.onset == 77 && found.sign == .loss)
    #expect(found.learningRate == cycles.value(at: 75))
    let finding = try #require(Diagnosis(of: run.curve, cycles: run.cycles).findings.first)
    // There was no warning, so that a third of the rate is all that can be said.
    #expect(finding.change == .lowerUpperBound(to: 0.0258), "0.0775 / 3")
    #expect("\(finding)".contains("at update 77, after an update at learning rate 0.0775"))
  }

  /// From 2.3 down to ln 6, which is to answer each of six classes alike, and from update 70 on up to 3.
  @Test(arguments: 1...5)
  func `suggests a tenth where the loss came down to the constant prediction only`(
    seed: UInt64
  ) throws {
    let rises = Triangular(from: 0.1, to: 9, stepSize: 100)
    let run = DrawnRun(swing: 0).curve(rises, steps: 200, seed: seed) { update, _ in
      let begun = max(log(6), 2.3 - 0.02 * Double(update))
      return update > 70 ? begun + 1.2 * min(1, Double(update - 70) / 15) : begun
    }
    func bound(baselineLoss: Double?) throws -> (bound: Double, of: Double) {
      let finding = try #require(
        Diagnosis(of: run.curve, cycles: run.cycles, baselineLoss: baselineLoss).findings.first)
      guard case .lowerUpperBound(let rate) = finding.change,
        case .diverged(let divergence) = finding.fact
      else { throw CocoaError(.featureUnsupported) }
      return (rate, (0..<divergence.update).map { rises.value(at: $0) }.max() ?? 0)
    }
    let known = try bound(baselineLoss: log(6))
    #expect(abs(known.bound / (known.of / 10) - 1) < 0.01, "\(known)")
    let unknown = try bound(baselineLoss: nil)
    #expect(unknown.bound > 4, "without that figure the way down counts as learned: \(unknown)")
  }

  /// A loss that runs away within a few updates tells by which rate it was still among the others.
  @Test func `suggests the rate before a loss ran away to infinity`() throws {
    var curve = LossCurve()
    let rates = (0..<100).map { cycles.value(at: $0) }
    // Each loss shows what the update before it did: that at place 10 was the last to do no harm. At
    // the end the rate is more than three times that, since it is so soon after the start.
    for (position, rate) in rates.prefix(50).enumerated() {
      let chance = position % 2 == 0 ? 0.05 : -0.05
      curve.append(
        loss: position < 12 ? 2.3 + chance : position < 49 ? 1000 * Double(position) : .infinity,
        learningRate: rate)
    }
    let spans = RunCycle.cycles(of: Plan(learningRate: cycles), upTo: 600)
    let found = try #require(Diagnosis(of: curve, cycles: spans).findings.first)
    #expect(found.kind == .diverged)
    guard case .lowerUpperBound(let bound) = found.change else {
      Issue.record("\(found.change)")
      return
    }
    #expect((0.01...rates[11]).contains(bound), "\(found)")
  }

  /// A loss that doubles every three updates from a rate of 0.03 on, to any height.
  @Test(arguments: 1...6) func `suggests no higher a rate for a loss that grows without end`(
    seed: UInt64
  ) throws {
    let run = DrawnRun(gain: 0, swing: 0).curve(cycles, steps: 600, seed: seed) {
      $1 + pow(2, Double($0 - 22) / 3)
    }
    let divergence = try #require(watched(run))
    #expect((30...70).contains(divergence.update) && !divergence.hadImproved)
    guard
      case .lowerUpperBound(let bound) = CurveFinding(divergence, in: run.curve, run.cycles).change
    else {
      Issue.record("no lower bound: \(divergence)")
      return
    }
    #expect((0.01...0.035).contains(bound), "\(bound)")
  }

  /// A short first cycle at far too high a rate: the loss jumps about from its seventh update on, so that its
  /// noise is not known, and climbs to many times what it was.
  @Test(arguments: 1...6) func `fires in a first cycle that explodes, however noisy it is`(
    seed: UInt64
  ) throws {
    let short = Triangular(from: 0.01, to: 3, stepSize: 30)
    let drawn = DrawnRun(start: 1.4, gain: 0, swing: 0)
    var stream = RandomStream(seed: seed, for: .order)
    let run = drawn.curve(short, steps: 180, seed: seed) { update, level in
      guard update > 6 else { return level }
      // Between a tenth and ten times a level that grows by half each time.
      return level + pow(1.5, Double(min(update, 24) - 6))
        * exp(Double.random(in: -2.3...2.3, using: &stream))
    }
    var watch = RunWatch(cycles: run.cycles, baselineLoss: log(4))
    var found: Divergence?
    for update in run.curve.updates where found == nil {
      found = watch.divergence(after: update.loss, learningRate: update.learningRate)
    }
    #expect(try #require(found).update <= 60, "in the first cycle")
    #expect(found?.hadImproved == false)
  }

  /// It recovers from that, learns for a while in the trough, and is lost in the second cycle for good.
  @Test(arguments: 1...6) func `fires where a run is lost after a wild beginning`(
    seed: UInt64
  ) throws {
    let short = Triangular(from: 0.01, to: 3, stepSize: 30)
    var stream = RandomStream(seed: seed, for: .order)
    let run = DrawnRun(start: 1, gain: 0, swing: 0, noise: 0.03).curve(
      short, steps: 180, seed: seed
    ) {
      update, level in
      switch update {
      case ..<7: level
      case ..<26: level + 3 * exp(Double.random(in: -2...2, using: &stream))
      case ..<75: level - 0.4
      default: level + 0.6
      }
    }
    let found = try #require(watched(run))
    #expect(found.update > 75 && found.update <= 140, "\(found)")
  }

  /// Parameters are looked at when a checkpoint is due, which may be at the trough: the rates before made them infinite.
  @Test func `suggests a bound by the cycle's highest rate, not by that of the trough`() throws {
    let falls = OneCycle(from: 0.001, to: 0.1, ending: 1e-9, stepsUp: 3, totalSteps: 12)
    let run = DrawnRun().curve(falls, steps: 12, seed: 1)
    var watch = RunWatch(cycles: run.cycles)
    for update in run.curve.updates {
      _ = watch.divergence(after: update.loss, learningRate: update.learningRate)
    }
    let found = watch.divergenceOfParameters(learningRate: 1e-9)
    let bound = try lowered(CurveFinding(found, in: run.curve, run.cycles).change)
    #expect((0.01...0.0334).contains(bound), "from a tenth to a third of 0.1")
  }

  @Test func `fires at the first update, if that is NaN`() {
    var watch = RunWatch(cycles: [])
    #expect(watch.divergence(after: .nan, learningRate: 0.3)?.update == 1)
    let parameters = watch.divergenceOfParameters(learningRate: 0.2)
    #expect(parameters.sign == .parameters && parameters.update == 1)
    let words = "\(CurveFinding(parameters, in: LossCurve(), []))"
    #expect(
      words == "the parameters or the predictions became infinite at update 1, at learning rate 0.2; lower the "
        + "upper bound: --max-lr 0.0667.")
  }

  @Test(arguments: [(-40.0, 1.0), (0, 1e-7)]) func `does not mind the loss's level and scale`(
    level: Double, scale: Double
  ) throws {
    let run = lost(4)
    let here = try #require(watched(run))
    var moved = LossCurve()
    for update in run.curve.updates {
      moved.append(loss: level + scale * update.loss, learningRate: update.learningRate)
    }
    let there = watched((moved, run.cycles))
    #expect(there?.update == here.update)
  }

  /// 1 - Dice cannot grow fourfold: it goes back to where it began, and that is all there is to see.
  @Test func `fires on a bounded loss`() throws {
    let drawn = DrawnRun(start: 0.9, gain: 0.6, noise: 0.02)
    let run = drawn.curve(cycles, steps: 600, seed: 2) { $0 > 440 ? 0.93 : min(1, $1) }
    let found = try #require(watched(run))
    #expect((440...500).contains(found.update))
  }

  @Test(arguments: 1...10) func `fires where nothing was ever learned, and the loss runs away`(
    seed: UInt64
  ) throws {
    let run = DrawnRun(gain: 0, swing: 0).curve(cycles, steps: 600, seed: seed) {
      $0 > 60 ? $1 + 0.02 * Double($0 - 60) : $1
    }
    let found = try #require(watched(run))
    #expect((70...130).contains(found.update))
  }

  /// A swing that loses nine tenths of the gain at each peak, as it did in the cycle before.
  @Test(arguments: 1...10) func `takes a swing like the last one for none`(seed: UInt64) {
    let drawn = DrawnRun(fallsOver: 0.2, swing: 0)
    let run = drawn.curve(cycles, steps: 800, seed: seed) { number, level in
      let height = (cycles.value(at: number - 1) - 0.01) / 0.09
      // In the first cycle the loss is only late to fall.
      return number <= 200
        ? 2.3 - (number > 130 ? 2 * Double(number - 130) / 70 : 0)
        : level + 1.8 * height
    }
    let found = watched(run)
    #expect(found == nil)
  }

  @Test(arguments: 1...10) func `takes a spike of any height for none`(seed: UInt64) {
    let run = DrawnRun().curve(cycles, steps: 600, seed: seed) {
      $0 % 97 < 4 ? $1 + 1e6 : $1
    }
    let found = watched(run)
    #expect(found == nil)
  }

  @Test(arguments: 1...10) func `lets a run begin above its start and recover`(seed: UInt64) {
    let run = DrawnRun().curve(cycles, steps: 600, seed: seed) {
      (9...15).contains($0) ? $1 + 2 : $1
    }
    let found = watched(run)
    #expect(found == nil)
  }

  /// A long cycle: a watch must not cost more the longer a run is.
  @Test func `is as quick at the end as at the start`() {
    var watch = RunWatch(
      cycles: [
        RunCycle(start: 0, peak: 20_000, end: 40_000, baseRate: 0.01, peakRate: 1)
      ])
    var stream = RandomStream(seed: 1, for: .rangeTest)
    func seconds(_ updates: Int) -> Double {
      let begun = ContinuousClock.now
      for _ in 0..<updates {
        _ = watch.divergence(after: Double.random(in: 1...2, using: &stream), learningRate: 0.1)
      }
      return Double((ContinuousClock.now - begun).components.attoseconds) * 1e-18
        + Double((ContinuousClock.now - begun).components.seconds)
    }
    let first = seconds(4_000)
    _ = seconds(20_000)
    #expect(seconds(4_000) < 5 * first + 0.1)
  }
}
