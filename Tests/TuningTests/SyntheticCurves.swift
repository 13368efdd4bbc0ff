import Foundation
import Randomness
import Testing
import Tuning

/// A range test's curve made by a formula, and the answer that follows from the formula.
struct SyntheticCurve: Sendable, CustomTestStringConvertible {
  /// What may be answered.
  enum Expected: Sendable {
    /// A range whose upper bound lies here.
    case max(ClosedRange<Double>)
    /// No range.
    case none
    /// No range, or one whose upper bound lies here.
    case maxOrNone(ClosedRange<Double>)
  }

  let name: String
  /// The loss without noise, by the rate.
  let loss: @Sendable (Double) -> Double
  /// The standard deviation of the noise, by the rate.
  var noise: @Sendable (Double) -> Double = { _ in 0.02 }
  /// Whether noise only adds to the loss, as spikes do.
  var hasSpikes = false
  var sweep = RangeTestSweep(lowest: 1e-4, highest: 10, steps: 100)
  /// Whether the sweep ends where a range test would end it; a file's curve does not.
  var isWatched = true
  /// The rate at which half of the fall has been made: the lower bound lies below it, or below a third
  /// of the upper one.
  var half = 0.0
  let expected: Expected
  /// What is wrong with the present evaluation of it, if anything is known, and by which seeds.
  var fault: Fault?

  struct Fault: Sendable {
    let why: String
    let seeds: Set<UInt64>
    init(_ why: String, seeds: Set<UInt64>) { (self.why, self.seeds) = (why, seeds) }
  }

  var testDescription: String { name }

  /// The curve as a range test would have measured it, ended when that would have ended.
  func measured(seed: UInt64) -> RangeTestCurve {
    var stream = RandomStream(seed: seed, for: .rangeTest)
    var watch = DivergenceWatch()
    var points: [RangeTestPoint] = []
    for step in 0..<sweep.steps {
      let rate = sweep.learningRate(at: step)
      // Box and Muller: a normal number of two even ones.
      let (u, v) = (
        Double.random(in: 1e-12...1, using: &stream), Double.random(in: 0...1, using: &stream)
      )
      let jitter = (-2 * log(u)).squareRoot() * cos(2 * .pi * v)
      let value = loss(rate) + noise(rate) * (hasSpikes ? abs(jitter) : jitter)
      points.append(RangeTestPoint(learningRate: rate, loss: value))
      if watch.shouldStop(after: value) != nil, isWatched { break }
    }
    return RangeTestCurve(points: points)
  }
}

/// A fall by `depth` along a logistic curve over the logarithm of the rate.
struct Fall: Sendable {
  let depth: Double
  /// The rate at which half of it has been made.
  let half: Double
  /// The decades in which it goes from 27 to 73 %, halved.
  var width = 0.2

  func callAsFunction(_ rate: Double) -> Double {
    -depth / (1 + exp(-(log10(rate) - log10(half)) / width))
  }

  /// The rate at which this share of it has been made: the logistic curve turned round.
  func rate(made share: Double) -> Double {
    half * pow(10, width * log(share / (1 - share)))
  }
}

/// A rise from a rate on, by so much for each decade.
struct Rise: Sendable {
  let start, slope: Double

  func callAsFunction(_ rate: Double) -> Double {
    rate > start ? slope * log10(rate / start) : 0
  }

  /// The rate at which it has risen by so much.
  func rate(risenBy height: Double) -> Double { start * pow(10, height / slope) }
}

extension SyntheticCurve.Fault {
  fileprivate static func earlyEnd(_ seeds: Set<UInt64>) -> Self {
    Self("a bump of the noise ends the floor before the rise does", seeds: seeds)
  }
}

extension SyntheticCurve {
  /// Three points of a sweep of a hundred over five decades: what smoothing and chance may shift.
  private static let threePoints = pow(10, 0.15)

  /// From where nine tenths of the fall have been made, but no lower than a quarter of where the rise
  /// begins (Smith's usual distance between the bounds), to where a tenth of it has been lost again.
  private static func floor(of fall: Fall, _ rise: Rise) -> ClosedRange<Double> {
    let low = Swift.max(fall.rate(made: 0.9) / threePoints, rise.start / 4)
    return low...(rise.rate(risenBy: 0.1 * fall.depth) * threePoints)
  }

  private static func u(
    _ name: String, level: Double = 2.3, _ fall: Fall, _ rise: Rise, noise: Double = 0.02,
    sweep: RangeTestSweep = RangeTestSweep(lowest: 1e-4, highest: 10, steps: 100),
    fault: Fault? = nil
  ) -> SyntheticCurve {
    SyntheticCurve(
      name: name, loss: { level + fall($0) + rise($0) }, noise: { _ in noise }, sweep: sweep,
      half: fall.half, expected: .max(floor(of: fall, rise)), fault: fault)
  }

  private static let fall = Fall(depth: 1.2, half: 0.016)
  private static let rise = Rise(start: 0.3, slope: 3)

  /// Curves that fall and rise again.
  static let us: [SyntheticCurve] = [
    u("a U", fall, rise),
    u("a noisy U", fall, rise, noise: 0.12, fault: .earlyEnd([22])),
    u(
      "a shallow U", Fall(depth: 0.2, half: 0.016), Rise(start: 0.3, slope: 1), noise: 0.03,
      fault: .earlyEnd([4, 16, 22])),
    u("a U with a cliff", fall, Rise(start: 0.3, slope: 30)),
    u("a U that rises slowly", fall, Rise(start: 0.1, slope: 0.6)),
    u("a U with a wide floor", Fall(depth: 1.2, half: 1e-3), Rise(start: 1, slope: 3)),
    u("a U without a floor", Fall(depth: 1.2, half: 0.05), Rise(start: 0.15, slope: 3)),
    u("a U of small rates", Fall(depth: 1.2, half: 5e-4), Rise(start: 0.006, slope: 3)),
    u(
      "a U of which the beginning is missing", Fall(depth: 1.2, half: 1.5e-4),
      Rise(start: 0.02, slope: 3)),
    u(
      "a negative U, as -Dice", level: -0.1, Fall(depth: 0.7, half: 0.016),
      Rise(start: 0.3, slope: 2)),
    u(
      "a U about 0", level: 0.6, Fall(depth: 1.2, half: 0.016), Rise(start: 0.3, slope: 3),
      noise: 0.05),
    u(
      "a U in a straight sweep", Fall(depth: 1.2, half: 0.15, width: 0.15),
      Rise(start: 1.5, slope: 6),
      sweep: RangeTestSweep(lowest: 0.02, highest: 4, steps: 200, shape: .linear)),
    // The loss cannot be above 1: what is lost again is seen no further.
    SyntheticCurve(
      name: "a bounded U, as 1 - Dice",
      loss: { Swift.min(1, 0.95 + Fall(depth: 0.6, half: 0.016)($0) + rise($0)) },
      noise: { _ in 0.01 }, half: 0.016,
      expected: .max(floor(of: Fall(depth: 0.6, half: 0.016), rise))),
    // A quarter for each square decade from 0.03: from 1e-4 on it falls by 1.53, of which half is made
    // at 5.3e-4, and a tenth is lost again 0.78 decades behind the lowest point.
    SyntheticCurve(
      name: "a parabola", loss: { 0.5 + 0.25 * pow(log10($0 / 0.03), 2) }, half: 5.3e-4,
      expected: .max((0.03 / 4)...(0.03 * pow(10, 0.78) * threePoints))),
  ]

  /// Curves that are no U, of which something can be said.
  static let others: [SyntheticCurve] = [
    // Every rate from nine tenths of the fall on learns, and none is too high; how far is not known.
    SyntheticCurve(
      name: "an L", loss: { 2.3 + fall($0) }, half: fall.half,
      expected: .maxOrNone(fall.rate(made: 0.9) / threePoints...10)),
    // Fine-tuning: little to gain, and much to lose at 0.01.
    u(
      "hardly a fall, and a cliff", level: 0.4, Fall(depth: 0.1, half: 0.001),
      Rise(start: 0.01, slope: 5), noise: 0.01),
    SyntheticCurve(
      name: "a plain, and a cliff", loss: { 0.4 + Rise(start: 0.01, slope: 5)($0) },
      noise: { _ in 0.02 }, expected: .none),
    // From 0.3 on batches differ by more than the fall; that the mean rises too shows it.
    SyntheticCurve(
      name: "a floor that becomes ragged", loss: { 2.3 + fall($0) },
      noise: { $0 > 0.3 ? 0.8 : 0.02 }, hasSpikes: true, half: fall.half,
      expected: .max((0.3 / 4)...(0.3 * threePoints))),
    SyntheticCurve(
      name: "raggedness without a rise", loss: { 2.3 + fall($0) },
      noise: { $0 > 0.3 ? 0.8 : 0.02 }, half: fall.half,
      expected: .max((0.3 / 4)...(0.3 * threePoints)),
      fault: Fault(
        "raggedness alone, which Smith ends the range at, is seen late where it begins mildly",
        seeds: [8, 10, 11, 13, 16, 17, 18, 19, 20, 24])),
    // As Smith and Topin's: a hump from 0.3 to 3 that is half the fall high, and a dip as deep behind it.
    SyntheticCurve(
      name: "two dips, the second as deep", loss: { 2.3 + fall($0) + hump($0, 0.6) },
      half: fall.half,
      expected: .max((0.3 / 4)...(0.35 * threePoints))),
    SyntheticCurve(
      name: "two dips, the second deeper",
      loss: { 2.3 + fall($0) + hump($0, 0.6) + Fall(depth: 0.2, half: 3, width: 0.05)($0) },
      half: fall.half, expected: .max((0.3 / 4)...(0.35 * threePoints))),
    SyntheticCurve(
      name: "no number from the middle of the floor on",
      loss: { $0 > 0.08 ? .nan : 2.3 + fall($0) },
      half: fall.half, expected: .max((0.08 / 4)...0.08)),
    SyntheticCurve(
      name: "a file with one number missing on the floor",
      loss: { abs(log10($0 / 0.11)) < 0.03 ? .nan : 2.3 + fall($0) + rise($0) },
      isWatched: false, half: fall.half, expected: .max(floor(of: fall, rise))),
    SyntheticCurve(
      name: "infinity from the cliff on", loss: { $0 > 0.3 ? .infinity : 2.3 + fall($0) },
      half: fall.half, expected: .max((0.3 / 4)...0.3)),
  ]

  /// A hump of this height between 0.3 and 3, half a sine over the logarithm; a tenth of the fall,
  /// which is 1.2, has been lost at 0.3 * 10^0.064 at the height 0.6.
  private static func hump(_ rate: Double, _ height: Double) -> Double {
    rate > 0.3 && rate < 3 ? height * sin(.pi * log10(rate / 0.3)) : 0
  }

  /// Curves that say nothing.
  static let silent: [SyntheticCurve] = [
    SyntheticCurve(
      name: "a plain", loss: { _ in 2.3 }, expected: .none),
    SyntheticCurve(
      name: "a noisy plain", loss: { _ in 2.3 }, noise: { _ in 0.3 }, expected: .none),
    SyntheticCurve(
      name: "a rise from the beginning", loss: { 1 + Rise(start: 1e-4, slope: 0.6)($0) },
      expected: .none),
    SyntheticCurve(
      name: "a fall to the end", loss: { 2.3 - 0.2 * log10($0 / 1e-4) }, expected: .none),
    SyntheticCurve(
      name: "a fall that is drowned by noise", loss: { 2.3 + Fall(depth: 0.05, half: 0.016)($0) },
      noise: { _ in 0.3 }, expected: .none),
    SyntheticCurve(
      name: "no number before the fall", loss: { $0 > 1e-3 ? .nan : 2.3 + fall($0) },
      expected: .none),
  ]
}
