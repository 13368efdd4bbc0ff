import Foundation
import Schedules
import Testing

@Suite struct `A warm-up, a constant rate and a cool-down` {
  /// By hand: a tenth of 500 updates up, a fifth of 1,000 down.
  @Test(arguments: [
    (0, 0, 0), (25, 0.05, 0.05), (50, 0.1, 0.1), (800, 0.1, 0.1), (850, 0.055, 0.0775),
    (900, 0.01 + 0.09 * (1 - 0.5.squareRoot()), 0.055), (1000, 0.01, 0.01), (5000, 0.01, 0.01),
  ])
  func `have the rates that are worked by hand`(step: Int, root: Double, line: Double) {
    for (shape, rate) in [(WarmupStableDecay.CoolDown.squareRoot, root), (.linear, line)] {
      let schedule = WarmupStableDecay(
        peak: 0.1, ending: 0.01, warmUp: 50, coolDown: 200, steps: 1000, shape: shape)
      #expect(abs(schedule.value(at: step) - rate) < 1e-15)
    }
  }

  /// The authors' own formula (epfml/schedules-and-scaling), from which this one differs by beginning at 0.
  @Test func `are the authors'`() {
    func factor(_ step: Int, _ total: Int, warmUp: Int, fraction: Double, sqrt: Bool) -> Double {
      let fall = Int(fraction * Double(total))
      let hold = total - fall
      if step < warmUp { return Double(step) / Double(warmUp) }
      if step < hold { return 1 }
      let part = Double(step - hold) / Double(fall)
      return sqrt ? 1 - part.squareRoot() : 1 - part
    }
    for shape in WarmupStableDecay.CoolDown.allCases {
      let schedule = WarmupStableDecay(
        peak: 0.3, warmUp: 17, coolDown: 40, steps: 200, shape: shape)
      for step in 0..<200 {
        let known = factor(step, 200, warmUp: 17, fraction: 0.2, sqrt: shape == .squareRoot)
        #expect(abs(schedule.value(at: step) - 0.3 * known) < 1e-15)
      }
    }
  }

  @Test func `are linear warm-up, constant and linear fall joined`() {
    let joined = LinearRamp(from: 0, to: 0.1, steps: 30)
      .followed(by: Constant(0.1), after: 30)
      .followed(by: LinearRamp(from: 0.1, to: 0, steps: 50), after: 150)
    let schedule = WarmupStableDecay(
      peak: 0.1, warmUp: 30, coolDown: 50, steps: 200, shape: .linear)
    for step in 0..<250 { #expect(abs(schedule.value(at: step) - joined.value(at: step)) < 1e-15) }
  }

  /// By hand: after 800 updates a fall of 200, the root of a quarter and of a half of it.
  @Test(arguments: [
    (0, 0), (25, 0.05), (50, 0.1), (800, 0.1), (850, 0.05), (900, 0.1 * (1 - 0.5.squareRoot())),
    (1000, 0), (5000, 0),
  ])
  func `have no end until they are landed`(step: Int, rate: Double) {
    let open = WarmupStableDecay(peak: 0.1, warmUp: 50)
    let landed = open.landed(at: 800, coolDown: 200)
    #expect(abs(landed.value(at: step) - rate) < 1e-15)
    #expect(open.value(at: step) == (step < 50 ? landed.value(at: step) : 0.1))
    #expect(landed == WarmupStableDecay(peak: 0.1, warmUp: 50, coolDown: 200, steps: 1000))
    #expect(landed.reopened == open)
    #expect((open.length, landed.length) == (nil, 1000))
    #expect(open.value(at: .max) == 0.1)
  }

  @Test func `complete their warm-up before they land`() {
    let open = WarmupStableDecay(peak: 0.1, ending: 0.01, warmUp: 50, shape: .linear)
    let landed = open.landed(at: 20, coolDown: 10)
    #expect((landed.warmUp, landed.coolDown, landed.steps) == (50, 10, 60))
    #expect(landed.value(at: 50) == 0.1)
    #expect(abs(landed.value(at: 55) - 0.055) < 1e-15)
  }

  @Test func `without an end are read back, and have a formula`() throws {
    let open = AnySchedule(WarmupStableDecay(peak: 0.1, warmUp: 50))
    let data = try JSONEncoder().encode(open)
    #expect(try JSONDecoder().decode(AnySchedule.self, from: data) == open)
    #expect(open.pythonFormula() == "where(t < 50, 0.1 * (t / 50), 0.1)")
  }

  @Test func `are cut where the run is shorter`() {
    let short = WarmupStableDecay(peak: 0.1, warmUp: 30, coolDown: 50, steps: 40)
    #expect((short.warmUp, short.coolDown) == (30, 10))
    let shorter = WarmupStableDecay(peak: 0.1, warmUp: 30, coolDown: 50, steps: 20)
    #expect((shorter.warmUp, shorter.coolDown) == (20, 0))
    #expect(WarmupStableDecay(peak: 0.1, warmUp: 0, coolDown: 0, steps: 0).value(at: 0) == 0)
  }
}
