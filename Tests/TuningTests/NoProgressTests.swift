import Schedules
import Testing
import Tuning

@Suite struct `A run that has learned nothing` {
  /// A loss around a level, which falls by so much over 600 updates.
  private func run(at level: Double, falling: Double = 0, updates: Int = 600) -> DiagnosedRun {
    var curve = LossCurve()
    for update in 0..<updates {
      let noise = 0.03 * Double((update * 7919) % 13 - 6) / 6
      curve.append(
        loss: level + noise - falling * Double(update) / 600, learningRate: single.value(at: update))
    }
    return (curve, RunCycle.cycles(of: Plan(learningRate: single), upTo: 600))
  }

  /// The constant prediction of ten classes has a loss of 2.3026; the limit is 98 % of that, 2.2565.
  @Test func `is reported at its end by the loss of a constant prediction`() {
    func kinds(_ run: DiagnosedRun, baseline: Double? = 2.3026) -> [CurveFinding.Kind] {
      Diagnosis(of: run.curve, cycles: run.cycles, baselineLoss: baseline).findings.map(\.kind)
    }
    #expect(kinds(run(at: 2.3)) == [.learnedNothing])
    #expect(kinds(run(at: 2.3), baseline: nil) == [])
    #expect(kinds(run(at: 2.3, updates: 599)) == [], "it is not over")
    #expect(!kinds(run(at: 2.3, falling: 0.4)).contains(.learnedNothing))
  }

  @Test func `says what to look at`() {
    let run = run(at: 2.3)
    let finding = Diagnosis(of: run.curve, cycles: run.cycles, baselineLoss: 2.3026).findings.first
    #expect(
      finding.map { "\($0)" }
        == "the run has learned nothing: its loss is 2.3 at the end, and a model that predicts the same for every image has "
        + "2.3; look at the images and their labels ('rondo data report'), or train longer.")
  }
}
