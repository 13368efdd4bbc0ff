import Foundation
import Schedules
import Testing
import Tuning

/// A run's curve and its cycles.
typealias DiagnosedRun = (curve: LossCurve, cycles: [RunCycle])

let three = Triangular(from: 0.01, to: 0.1, stepSize: 100)
let halving = Triangular2(from: 0.01, to: 0.1, stepSize: 100)
let single = OneCycle(
  from: 0.005, to: 0.1, ending: 0.0001, stepsUp: 150, totalSteps: 600, anneal: .linear)

func kinds(_ run: DiagnosedRun) -> [CurveFinding.Kind] {
  Diagnosis(of: run.curve, cycles: run.cycles).findings.map(\.kind)
}

func finding(
  _ kind: CurveFinding.Kind, _ run: DiagnosedRun
) throws -> CurveFinding {
  try #require(
    Diagnosis(of: run.curve, cycles: run.cycles).findings.first { $0.kind == kind },
    "\(kinds(run))")
}

struct NoBound: Error {}

func lowered(_ change: SuggestedChange) throws -> Double {
  guard case .lowerUpperBound(let rate) = change else { throw NoBound() }
  return rate
}

func moved(_ curve: LossCurve, _ level: Double, _ scale: Double) -> LossCurve {
  var moved = LossCurve()
  for update in curve.updates {
    moved.append(loss: level + scale * update.loss, learningRate: update.learningRate)
  }
  for evaluation in curve.evaluations {
    moved.append(
      .init(
        update: evaluation.update, loss: evaluation.loss.map { level + scale * $0 },
        score: evaluation.score))
  }
  return moved
}
