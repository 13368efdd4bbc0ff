import Schedules
import Testing

@Suite struct `A reflected exponential` {
  /// By hand, of 0.9 down to 0 in 100 updates: 2 (1 - z) / (2 - z).
  @Test(arguments: [
    (0, 0.9), (50, 0.6), (80, 0.3), (75, 0.36), (100, 0), (1000, 0),
  ])
  func `has the rates that are worked by hand`(step: Int, rate: Double) {
    #expect(abs(REXDecay(from: 0.9, steps: 100).value(at: step) - rate) < 1e-15)
  }

  @Test func `ends at its lower bound, and lies above the straight line between them`() {
    let rex = REXDecay(from: 0.5, to: 0.1, steps: 77)
    let line = LinearRamp(from: 0.5, to: 0.1, steps: 77)
    #expect(rex.value(at: 0) == 0.5)
    #expect(rex.value(at: 77) == 0.1)
    for step in 1..<77 { #expect(rex.value(at: step) > line.value(at: step)) }
  }
}
