// A schedule of Rondo's in a training loop of one's own. Nothing else of Rondo is needed:
//
//     .product(name: "Schedules", package: "rondo")
//
// The loop fits a line to 64 points by stochastic gradient descent. The rate rises from 0.01 to 0.5 and falls
// again, and momentum moves against it, as Smith's one-cycle policy has it.

import Schedules

let updates = 200
let rate = OneCycle(from: 0.01, to: 0.5, ending: 0.0001, stepsUp: 60, totalSteps: updates)
let momentum = OneCycle(from: 0.95, to: 0.85, ending: 0.95, stepsUp: 60, totalSteps: updates)

let xs = (0..<64).map { Double($0) / 32 - 1 }
let ys = xs.map { 3 * $0 - 1 }

var (slope, offset) = (0.0, 0.0)
var (slopeVelocity, offsetVelocity) = (0.0, 0.0)

for update in 0..<updates {
  let (x, y) = (xs[update * 37 % 64], ys[update * 37 % 64])
  let error = slope * x + offset - y

  // A schedule is a value: it has no state to step, save or restore.
  let (eta, mu) = (rate.value(at: update), momentum.value(at: update))
  slopeVelocity = mu * slopeVelocity + (1 - mu) * error * x
  offsetVelocity = mu * offsetVelocity + (1 - mu) * error
  slope -= eta * slopeVelocity
  offset -= eta * offsetVelocity
}

print("y = \(slope) x + \(offset)")
