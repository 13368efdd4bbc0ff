import Foundation
import Schedules
import Testing
import Tuning

@Suite struct `A curve whose troughs` {
  private let six = Triangular(from: 0.01, to: 0.1, stepSize: 50)

  @Test(arguments: 1...8) func `no longer improve asks for a stop, and afterwards for less`(
    seed: UInt64
  ) throws {
    // After two cycles the loss has come to its floor.
    var run = DrawnRun(fallsOver: 0.35, evaluationNoise: 0.0005).curve(six, steps: 600, seed: seed)
    let over = try finding(.troughsStoppedImproving, run)
    guard case .troughsStoppedImproving(let stall) = over.fact else {
      Issue.record("\(over.fact)")
      return
    }
    #expect(stall.isEvaluation && stall.cycles >= 1)
    guard case .shorten(let updates, let cycles) = over.change else {
      Issue.record("\(over)")
      return
    }
    #expect(updates == 100 * cycles && cycles <= 5)
    run.curve.cut(to: 500)
    #expect(try finding(.troughsStoppedImproving, run).change == .stop(atTrough: 500))
  }

  @Test func `improve in their score are left alone`() {
    let run = DrawnRun(fallsOver: 0.35, evaluationNoise: 0).curve(six, steps: 600, seed: 1)
    var curve = LossCurve()
    for update in run.curve.updates {
      curve.append(loss: update.loss, learningRate: update.learningRate)
    }
    for (number, evaluation) in run.curve.evaluations.enumerated() {
      curve.append(
        .init(update: evaluation.update, loss: evaluation.loss, score: 0.5 + 0.05 * Double(number)))
    }
    let found = kinds((curve, run.cycles))
    #expect(found == [])
  }

  @Test(arguments: 1...8) func `rise in the test loss alone ask for more regularization`(
    seed: UInt64
  ) throws {
    let run = DrawnRun().curve(
      six, steps: 600, seed: seed, evaluation: { cycle, level in level + 0.2 * Double(cycle) })
    let regularizers = [Regularizer.weightDecay(from: 5e-4, to: 1.5e-3), .flip]
    let diagnosis = Diagnosis(of: run.curve, cycles: run.cycles, regularizers: regularizers)
    let found = try #require(diagnosis.findings.first { $0.kind == .validationRises })
    #expect(found.change == .regularize(regularizers))
    #expect(
      "\(found)".contains(
        "--weight-decay 0.0015 (now 0.0005), or --flip, if a mirrored image has the same label"))
  }

  /// In a single cycle the rate only falls after the peak, so that it cannot be what raises the loss.
  @Test func `are one only are evaluated on the way down`() throws {
    let run = DrawnRun().curve(single, steps: 600, seed: 1)
    var curve = LossCurve()
    for update in run.curve.updates {
      curve.append(loss: update.loss, learningRate: update.learningRate)
    }
    for (update, loss) in [(100, 0.5), (200, 1.5), (300, 1), (400, 0.8), (500, 1), (600, 1.3)] {
      curve.append(.init(update: update, loss: loss))
    }
    let found = try finding(.validationRises, (curve, run.cycles))
    guard case .validationRises(let rise) = found.fact else {
      Issue.record("\(found.fact)")
      return
    }
    // The evaluation on the way up is lower, but of another phase.
    #expect(rise.bestUpdate == 400 && rise.best == 0.8 && rise.last == 1.3)
  }

  /// Of three evaluations one is higher than the best by chance; of five they may differ by as much to both sides.
  @Test(arguments: [
    [(200, 1.0), (400, 0.8), (600, 1.3)], [(300, 0.8), (600, 1.3)],
    [(200, 0.8), (300, 1.3), (400, 0.82), (500, 1.3), (600, 1.25)],
  ])
  func `do not rise on the evidence of one evaluation, or of noise`(evaluations: [(Int, Double)]) {
    let run = DrawnRun().curve(single, steps: 600, seed: 1)
    var curve = LossCurve()
    for update in run.curve.updates {
      curve.append(loss: update.loss, learningRate: update.learningRate)
    }
    for (update, loss) in evaluations { curve.append(.init(update: update, loss: loss)) }
    #expect(!Diagnosis(of: curve, cycles: run.cycles).findings.contains { $0.kind == .validationRises })
  }

  @Test func `are reported with what was measured at them`() {
    let run = DrawnRun(noise: 0, evaluationNoise: 0).curve(halving, steps: 600, seed: 1)
    let troughs = Diagnosis(of: run.curve, cycles: run.cycles).troughs
    #expect(troughs.map(\.update) == [200, 400, 600])
    #expect(troughs.map(\.cycle) == [1, 2, 3])
    // Halved heights above 0.01.
    for (trough, peak) in zip(troughs, [0.1, 0.055, 0.0325]) {
      #expect(abs(trough.peakRate - peak) < 1e-12)
      let level = 2.3 - 2 * (1 - exp(-Double(trough.update) / 160))
      #expect(abs((trough.evaluationLoss ?? 0) - level - 0.1) < 1e-9)
      #expect(abs(trough.trainingLoss - level) < 0.1)
    }
  }
}
