// Counts what schedules put on the heap when they are asked for values: two numbers, the second one
// of something that does allocate, so that it is seen that the counter counts.
//
// A program of its own, since the runtime's hook for profilers serves all threads and is not safe
// while others run. Prints nothing where the runtime has no hook.

import Foundation
import Schedules

private typealias Allocate =
  @convention(c) (UnsafeRawPointer?, Int, Int) -> UnsafeMutableRawPointer?

private nonisolated(unsafe) var counted = 0
private nonisolated(unsafe) var allocate: Allocate?

private func allocations(in body: () -> Void) -> Int? {
  let everywhere = UnsafeMutableRawPointer(bitPattern: 0)
  guard let hook = dlsym(everywhere, "_swift_allocObject")?.assumingMemoryBound(to: Allocate.self),
    let enabled = dlsym(
      everywhere, "_swift_enableSwizzlingOfAllocationAndRefCountingFunctions_forInstrumentsOnly")?
      .assumingMemoryBound(to: Bool.self)
  else { return nil }
  allocate = hook.pointee
  counted = 0
  hook.pointee = { metadata, size, alignment in
    counted += 1
    return allocate?(metadata, size, alignment)
  }
  enabled.pointee = true
  body()
  enabled.pointee = false
  if let allocate { hook.pointee = allocate }
  return counted
}

private let simple: [any Schedule] = [
  Constant(0.1), Triangular(from: 0.001, to: 0.006, stepSize: 20),
  Triangular2(from: 0.001, to: 0.006, stepSize: 20),
  ExponentialRange(from: 0.001, to: 0.006, stepSize: 20, gamma: 0.99, dialect: .paper),
  Cyclical(
    from: 0.001, to: 0.006, stepSize: 20, window: .hann,
    decay: CycleDecay(.geometric(gamma: 0.9), per: .updates), lengthMultiplier: 1.5),
  OneCycle.pytorch(maxLR: 1, totalSteps: 200, threePhase: true),
  CosineRestarts(to: 0.05, firstCycle: 10, lengthMultiplier: 2, cycleLimit: 4),
  LinearRamp(from: 0.1, to: 0.01, steps: 100), CosineDecay(from: 0.1, steps: 100),
  StepDecay(initial: 0.1, factor: 0.1, every: 20),
  MultiStepDecay(initial: 0.1, factor: 0.1, milestones: [30, 60]),
  ExponentialDecay(initial: 0.1, gamma: 0.99),
  PolynomialDecay(from: 0.1, exponent: 0.9, steps: 100),
  InverseSquareRoot(peak: 0.1, timescale: 10), PiecewiseLinear([(0, 0.2), (23, 1), (100, 0.07)]),
]

private let schedules = simple.map { AnySchedule($0) }.flatMap { one in
  [
    one, one.followed(by: Constant(1), after: 50).followed(by: one, after: 90),
    one.multiplied(by: one).scaled(by: 0.5).clamped(from: 0.001, to: 0.1),
    one.repeated(every: 30).reversed(over: 150).delayed(by: 7).warmedUp(over: 20),
  ]
}

private var sum = 0.0
private let values = allocations {
  for schedule in schedules {
    for step in 0..<300 { sum += schedule.value(at: step) }
  }
}
private let control = allocations { _ = schedules.map { $0.scaled(by: sum) } }
if let values, let control { print(values, control) }
