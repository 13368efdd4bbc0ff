import Foundation
import Randomness
import Schedules
import Yams

/// Schedules of every kind by a seed, degenerate lengths among them.
struct RandomSchedules {
  private var stream: RandomStream

  init(seed: UInt64) { stream = RandomStream(seed: seed, for: .shapes) }

  mutating func number(_ range: ClosedRange<Double>) -> Double {
    Double.random(in: range, using: &stream)
  }

  mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &stream) }

  mutating func element<Element>(of array: [Element]) -> Element {
    array[whole(0...array.count - 1)]
  }

  /// A length: mostly usual, now and then 0, 1 or as long as it can be.
  mutating func length() -> Int {
    whole(0...9) == 0 ? element(of: [0, 1, .max, -3]) : whole(1...40)
  }

  /// A value: mostly usual, now and then one that nobody should give.
  mutating func value() -> Double {
    whole(0...19) == 0 ? element(of: [0, -1, .nan, .infinity]) : number(0.0001...1)
  }

  mutating func decay() -> CycleDecay {
    CycleDecay(
      element(of: [.none, .halving, .geometric(gamma: number(0.5...1)), .harmonic]),
      per: element(of: CycleDecay.Clock.allCases), of: element(of: CycleDecay.Target.allCases))
  }

  /// A schedule that is not made of others.
  mutating func simple() -> AnySchedule {
    let (from, to) = (value(), value())
    switch whole(0...15) {
    case 0: return AnySchedule(Constant(from))
    case 1:
      return AnySchedule(Triangular(from: from, to: to, stepSize: length(), stepSizeDown: length()))
    case 2: return AnySchedule(Triangular2(from: from, to: to, stepSize: length()))
    case 3:
      return AnySchedule(
        ExponentialRange(
          from: from, to: to, stepSize: length(), gamma: number(0...1),
          dialect: element(of: ExponentialRange.Dialect.allCases)))
    case 4:
      return AnySchedule(
        Cyclical(
          from: from, to: to, stepSize: length(), stepSizeDown: length(),
          window: element(of: Window.allCases), decay: decay(),
          lengthMultiplier: element(of: [1, 1, 2, 1.5, 0.7, 3, -1, .nan])))
    case 5:
      return AnySchedule(
        OneCycle(
          from: from, to: to, ending: value(), stepsUp: length(), totalSteps: length(),
          anneal: element(of: Anneal.allCases), threePhase: whole(0...1) == 0))
    case 6:
      return AnySchedule(
        OneCycle.pytorch(
          maxLR: to, totalSteps: whole(0...60), pctStart: number(0...1),
          anneal: element(of: Anneal.allCases), threePhase: whole(0...1) == 0))
    case 7:
      return AnySchedule(
        CosineRestarts(
          to: from, floor: to, firstCycle: length(),
          lengthMultiplier: element(of: [1, 2, 1.3, 0.8]),
          peakDecay: number(0...1), cycleLimit: element(of: [nil, 0, 1, 4])))
    case 8: return AnySchedule(LinearRamp(from: from, to: to, steps: length()))
    case 9: return AnySchedule(CosineDecay(from: from, to: to, steps: length()))
    case 10: return AnySchedule(StepDecay(initial: from, factor: number(0...1), every: length()))
    case 11:
      return AnySchedule(
        MultiStepDecay(
          initial: from, factor: number(0...1), milestones: (0..<whole(0...4)).map { _ in length() }
        ))
    case 12:
      return AnySchedule(
        PolynomialDecay(from: from, to: to, exponent: number(0.3...3), steps: length()))
    case 13:
      return whole(0...1) == 0
        ? AnySchedule(InverseSquareRoot(peak: from, timescale: length()))
        : AnySchedule(ExponentialDecay(initial: from, gamma: number(0...1)))
    case 14:
      return element(of: ScheduleEntry.catalog.entries).schedule(
        ScheduleShape(
          low: from, high: to, ending: value(), total: length(), halfCycle: length(),
          halfCycleDown: length(), warmUp: length(), growth: element(of: [1, 2, 0.7, -1, .nan]),
          gamma: number(0...1), anneal: element(of: Anneal.allCases)))
    default:
      return AnySchedule(
        PiecewiseLinear((0..<whole(0...5)).map { _ in (length(), value()) }))
    }
  }

  /// A schedule that may be made of others.
  mutating func any(depth: Int = 2) -> AnySchedule {
    guard depth > 0 else { return simple() }
    let inner = any(depth: depth - 1)
    switch whole(0...9) {
    case 0: return inner.followed(by: simple(), after: length())
    case 1: return inner.multiplied(by: simple())
    case 2: return inner.scaled(by: value())
    case 3: return inner.repeated(every: length(), times: element(of: [nil, 1, 3]))
    case 4: return inner.clamped(from: value(), to: value())
    case 5: return inner.reversed(over: length())
    case 6: return inner.delayed(by: length())
    case 7: return inner.warmedUp(over: length(), from: value())
    default: return inner
    }
  }
}

/// The same value after a way through JSON and one through YAML.
func savedAndRead<Value: Codable & Equatable>(_ value: Value) throws -> Value {
  let json = try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value))
  guard json == value else { return json }
  // JSON is YAML too; its encoder writes numbers that read back equal.
  return try YAMLDecoder().decode(
    Value.self, from: String(decoding: JSONEncoder().encode(value), as: UTF8.self))
}
