import Foundation
import Schedules
import Testing

/// A scheduler of PyTorch's with its settings and what it gave, by `Scripts/fixtures/schedule_fixtures.py`.
private struct Case: Decodable {
  let scheduler: String
  let mode: String?
  let base_lr: Double?
  let max_lr: Double
  let step_size_up: Int?
  let step_size_down: Int?
  let gamma: Double?
  let total_steps: Int?
  let pct_start: Double?
  let anneal_strategy: String?
  let div_factor: Double?
  let final_div_factor: Double?
  let base_momentum: Double
  let max_momentum: Double
  let rates: [Double]
  let momenta: [Double]

  /// The same schedule as Rondo has it, between two values.
  func schedule(from: Double, to: Double, ending: Double) throws -> AnySchedule {
    switch mode {
    case "triangular":
      AnySchedule(
        Triangular(
          from: from, to: to, stepSize: try #require(step_size_up), stepSizeDown: step_size_down))
    case "triangular2":
      AnySchedule(
        Triangular2(
          from: from, to: to, stepSize: try #require(step_size_up), stepSizeDown: step_size_down))
    case "exp_range":
      AnySchedule(
        ExponentialRange(
          from: from, to: to, stepSize: try #require(step_size_up), stepSizeDown: step_size_down,
          gamma: try #require(gamma)))
    default:
      AnySchedule(
        OneCycle(
          from: from, to: to, ending: ending,
          // PyTorch's peak is at pct_start * total_steps - 1.
          stepsUp: Int(((pct_start ?? 0) * Double(total_steps ?? 0)).rounded()) - 1,
          totalSteps: try #require(total_steps),
          anneal: anneal_strategy == "cos" ? .cos : .linear))
    }
  }
}

@Suite struct `Schedules agree with PyTorch` {
  private let cases: [Case]

  init() throws {
    let file = try #require(
      Bundle.module.url(forResource: "pytorch", withExtension: "json", subdirectory: "Fixtures"))
    cases = try JSONDecoder().decode([Case].self, from: Data(contentsOf: file))
  }

  @Test func `in the learning rate of every update`() throws {
    #expect(cases.count == 48)
    for (number, known) in cases.enumerated() {
      let low = known.base_lr ?? known.max_lr / (known.div_factor ?? .nan)
      let schedule = try known.schedule(
        from: low, to: known.max_lr, ending: low / (known.final_div_factor ?? 1))
      for (step, rate) in known.rates.enumerated() {
        let apart = abs(schedule.value(at: step) - rate)
        #expect(apart <= 1e-12 * known.max_lr, "case \(number), update \(step)")
      }
    }
  }

  @Test func `in the momentum of every update`() throws {
    for (number, known) in cases.enumerated() {
      let schedule = try known.schedule(
        from: known.max_momentum, to: known.base_momentum, ending: known.max_momentum)
      for (step, momentum) in known.momenta.enumerated() {
        #expect(abs(schedule.value(at: step) - momentum) <= 1e-12, "case \(number), update \(step)")
      }
    }
  }
}
