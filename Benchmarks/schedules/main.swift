// How long a schedule takes for a value: the least of several rounds, in nanoseconds, as JSON.
//
// Each is asked as the type that it is, as in a user's own loop; the composition through
// `AnySchedule`, as the training loop asks, so that the look-up of its kinds counts too.

import Foundation
import Schedules

var results: [String: Double] = [:]

func nanoseconds<Kind: Schedule>(_ schedule: Kind) -> Double {
  let steps = 1_000_000
  var least = Double.infinity
  var sum = 0.0
  for _ in 0..<7 {
    let start = ContinuousClock.now
    for step in 0..<steps { sum += schedule.value(at: step) }
    let taken = (ContinuousClock.now - start) / steps
    least = min(least, Double(taken.components.attoseconds) * 1e-9)
  }
  precondition(sum.isFinite, "The values are used, so that they are worked out.")
  return least
}

@MainActor func measure<Kind: Schedule>(_ schedule: Kind) {
  results[Kind.name] = nanoseconds(schedule)
}

measure(Constant(0.1))
measure(Triangular(from: 0.001, to: 0.006, stepSize: 2000))
measure(Triangular2(from: 0.001, to: 0.006, stepSize: 2000))
measure(ExponentialRange(from: 0.001, to: 0.006, stepSize: 2000, gamma: 0.99994))
measure(
  Cyclical(from: 0.001, to: 0.006, stepSize: 2000, window: .welch, decay: CycleDecay(.halving)))
measure(OneCycle(from: 0.04, to: 1, ending: 0.0004, stepsUp: 300_000, totalSteps: 1_000_000))
measure(CosineRestarts(to: 0.05, firstCycle: 5000))
measure(LinearRamp(from: 0.1, to: 0.01, steps: 1_000_000))
measure(CosineDecay(from: 0.1, steps: 1_000_000))
measure(StepDecay(initial: 0.1, factor: 0.1, every: 200_000))
measure(MultiStepDecay(initial: 0.1, factor: 0.1, milestones: [300_000, 600_000]))
measure(ExponentialDecay(initial: 0.1, gamma: 0.999999))
measure(PolynomialDecay(from: 0.1, exponent: 0.9, steps: 1_000_000))
measure(InverseSquareRoot(peak: 0.1, timescale: 1000))
measure(PiecewiseLinear([(0, 0.2), (230_000, 1), (1_000_000, 0.07)]))

let composition = Triangular(from: 0.1, to: 0.3, stepSize: 2000)
  .multiplied(by: MultiStepDecay(initial: 1, factor: 0.1, milestones: [300_000, 600_000]))
  .clamped(from: 1e-4).warmedUp(over: 1000).scaled(by: 0.5)

results["composition of five"] = nanoseconds(composition)

let encoder = JSONEncoder()
encoder.outputFormatting = [.sortedKeys]
print(String(decoding: try encoder.encode(results), as: UTF8.self))
