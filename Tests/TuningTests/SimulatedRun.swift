import Foundation
import Randomness
import Schedules
import Tuning

/// A curve that is drawn after a formula: what is in it is known.
struct DrawnRun {
  /// How batches differ at random; each kind has the deviation `noise`, or a like width.
  enum Chance: CaseIterable {
    case normal
    /// Many small and a few very large differences, at all rates.
    case heavyTailed
    /// Each loss is like the one before it.
    case slow
    /// Larger at higher rates, as it is in training.
    case growing
  }

  var start = 2.3
  var gain = 2.0
  /// After so many cycles of the first's length the loss has fallen to 1/e.
  var fallsOver = 0.8
  /// The share of the gain by which the loss is higher at a peak.
  var swing = 0.2
  var noise = 0.05
  var chance = Chance.normal
  /// By how much test losses differ at random.
  var evaluationNoise = 0.004

  /// Draws a run of a schedule over so many updates.
  func curve(
    _ schedule: some Schedule, steps: Int, seed: UInt64,
    level change: (_ update: Int, _ level: Double) -> Double = { $1 },
    evaluation: (_ cycle: Int, _ level: Double) -> Double = { $1 + 0.1 }
  ) -> (curve: LossCurve, cycles: [RunCycle]) {
    let cycles = RunCycle.cycles(of: Plan(learningRate: schedule), upTo: steps)
    let highest = cycles.map(\.peakRate).max() ?? 1
    var stream = RandomStream(seed: seed, for: .rangeTest)
    var curve = LossCurve()
    var last = 0.0
    for update in 1...steps {
      let rate = schedule.value(at: update - 1)
      let time = Double(update) / (fallsOver * Double(cycles[0].length))
      var level = start - gain * (1 - exp(-time)) + swing * gain * rate / highest
      level = change(update, level)
      last = difference(after: last, height: rate / highest, using: &stream)
      curve.append(loss: level + last, learningRate: rate)
      if let cycle = cycles.firstIndex(where: { $0.end == update }) {
        let jitter = evaluationNoise * normal(using: &stream)
        curve.append(
          .init(
            update: update,
            loss: evaluation(cycle + 1, level - swing * gain * rate / highest) + jitter))
      }
    }
    return (curve, cycles)
  }

  private func difference(
    after last: Double, height: Double, using stream: inout RandomStream
  ) -> Double {
    switch chance {
    case .normal: noise * normal(using: &stream)
    case .heavyTailed:
      // Student's t with 3 degrees of freedom.
      noise * normal(using: &stream)
        / ((0..<3).map { _ in pow(normal(using: &stream), 2) }.reduce(0, +) / 3).squareRoot()
    case .slow: 0.5 * last + noise * normal(using: &stream)
    case .growing: noise * (0.5 + height) * normal(using: &stream)
    }
  }
}

/// A number of a normal distribution, by Box and Muller.
func normal(using stream: inout RandomStream) -> Double {
  let (a, b) = (
    Double.random(in: Double.ulpOfOne...1, using: &stream), Double.random(in: 0...1, using: &stream)
  )
  return (-2 * log(a)).squareRoot() * cos(2 * .pi * b)
}

/// Gradient descent on a bowl with noisy gradients: what rates do to it follows from its equations.
///
/// Curvatures lie between 0.01 and 1, so it is stable below a rate of 2; below it the noise keeps the
/// loss up in proportion to the rate.
struct NoisyBowl {
  var gradientNoise = 0.6
  var batchNoise = 0.05

  func curve(
    _ schedule: some Schedule, steps: Int, seed: UInt64
  ) -> (curve: LossCurve, cycles: [RunCycle]) {
    let curvatures = (0..<30).map { pow(100, -Double($0) / 29) }
    var position = curvatures.map { (2 * 2.0 / 30 / $0).squareRoot() }
    var stream = RandomStream(seed: seed, for: .rangeTest)
    var curve = LossCurve()
    for step in 0..<steps {
      let rate = schedule.value(at: step)
      let loss = zip(curvatures, position).reduce(0.3) { $0 + 0.5 * $1.0 * $1.1 * $1.1 }
      curve.append(loss: loss + batchNoise * normal(using: &stream), learningRate: rate)
      for (index, curvature) in curvatures.enumerated() {
        let noise = gradientNoise * curvature.squareRoot() * normal(using: &stream)
        position[index] -= rate * (curvature * position[index] + noise)
      }
    }
    return (curve, RunCycle.cycles(of: Plan(learningRate: schedule), upTo: steps))
  }
}
