import Foundation
import Randomness
import Testing

@testable import Tuning

@Suite struct `The advice on a peak` {
  /// A posterior that `Scripts/fixtures/peak_fixtures.py` has worked out with NumPy.
  private struct Known: Decodable {
    let center, deviation, curvature, curvature_deviation, mean, posterior_deviation: Double
    let places, losses, variances: [Double]
  }

  @Test func `has an interval of one step where it is of no numbers`() {
    #expect(PeakEstimate(center: .nan, deviation: .infinity).interval == 1...1)
  }

  @Test func `joins a belief with losses as Bayes' rule does`() throws {
    let file = try #require(
      Bundle.module.url(
        forResource: "peak-posteriors", withExtension: "json", subdirectory: "Fixtures"))
    let cases = try JSONDecoder().decode([Known].self, from: Data(contentsOf: file))
    #expect(cases.count == 30)
    #expect(cases.contains { abs($0.mean - $0.center) > 0.5 * $0.deviation }, "losses count")
    for known in cases {
      let posterior = PeakPosterior(
        PeakEstimate(center: known.center, deviation: known.deviation),
        known.places.indices.map {
          .init(
            position: known.places[$0], loss: known.losses[$0], variance: known.variances[$0])
        },
        curvature: known.curvature, curvatureDeviation: known.curvature_deviation)
      #expect(abs(posterior.belief.center - known.mean) < 0.01)
      #expect(abs(posterior.belief.deviation - known.posterior_deviation) < 0.01)
    }
  }

  // MARK: Properties

  private static let long = PeakSituation(batchSize: 128, images: 10_000, updates: 2_400)

  /// Rehearsals of a parabola about a step, without noise.
  private func rehearsals(
    at steps: [Double], best: Double, a: Double = 0.05, loss: Double = 1
  ) -> [Rehearsal] {
    steps.map { step in
      let distance = log2(step / best)
      return Rehearsal(
        step: step, loss: loss * (1 + a * distance * distance), halfTimeLoss: 1, updates: 60)
    }
  }

  private func advice(
    _ rehearsals: [Rehearsal], rate: Double? = 1, edge: Double? = nil, weight: Double = 0.9,
    in situation: PeakSituation = long
  ) -> PeakAdvice {
    PeakAdvice(
      for: situation, reading: RangeTestReading(rate: rate, edge: edge, weight: weight),
      rehearsals: rehearsals, length: rehearsals.isEmpty ? nil : 60)
  }

  @Test(arguments: [0.5, 1.3, 2, 4])
  func `moves towards the rehearsals' best, and is surer than before`(best: Double) {
    let seen = advice(rehearsals(at: [0.4, 1.3, 4], best: best))
    let unseen = advice([])
    let (before, after) = (log2(unseen.step), log2(seen.step))
    // A short cycle's best peak is lower than that of the run's 30.72 epochs, of which those above ten count.
    let target = log2(best) + 0.8 * log2(3.072)
    #expect(abs(after - target) <= abs(before - target) + 1e-6)
    #expect(seen.after.deviation < unseen.after.deviation)
    #expect(seen.interval.contains(seen.step))
  }

  @Test func `is the same for losses on another scale`() {
    let one = advice(rehearsals(at: [0.4, 1.3, 4], best: 2))
    let other = advice(rehearsals(at: [0.4, 1.3, 4], best: 2, loss: 37))
    #expect(abs(log2(one.step / other.step)) < 1e-9)
  }

  @Test func `does not depend on the order of rehearsals`() {
    let made = rehearsals(at: [0.4, 1.3, 4], best: 2)
    #expect(abs(log2(advice(made).step / advice(made.reversed()).step)) < 1e-9)
  }

  @Test func `is shifted as everything that was measured is`() {
    let one = PeakPosterior(
      PeakEstimate(center: 0, deviation: 1),
      [-1.6, 0, 1.6].map { .init(position: $0, loss: 0.05 * ($0 - 1) * ($0 - 1), variance: 1e-4) },
      curvature: 0.05, curvatureDeviation: 1)
    let other = PeakPosterior(
      PeakEstimate(center: -9, deviation: 1),
      [-10.6, -9, -7.4].map {
        .init(position: $0, loss: 3 + 0.05 * ($0 + 8) * ($0 + 8), variance: 1e-4)
      },
      curvature: 0.05, curvatureDeviation: 1)
    #expect(abs(one.belief.center + -9 - other.belief.center) < 1e-6)
    #expect(abs(one.belief.deviation - other.belief.deviation) < 1e-6)
  }

  @Test func `of losses that differ by nothing but chance is what it was`() {
    let noisy = [0.4, 1.3, 4].map { step in
      // Batches differ by ten times their mean, each rehearsal in its own way.
      Rehearsal(
        step: step, loss: 1, batchLosses: (0..<10).map { sin(step * Double($0 * $0 + 1)) * 100 })
    }
    let belief = advice(noisy).after
    #expect(abs(belief.center - advice([]).before.center) < 0.3)
    #expect(belief.deviation > 0.8 * advice([]).before.deviation)
  }

  /// Whatever was measured, and however contradictory it is.
  @Test func `is always a finite step within its interval and below its limits`() {
    var random = RandomStream(seed: 4, for: .order, epoch: 0)
    func uniform(_ range: ClosedRange<Double>) -> Double {
      Double.random(in: range, using: &random)
    }
    for _ in 0..<60 {
      let situation = PeakSituation(
        task: [.classes, .masks, .boxes].randomElement(using: &random) ?? .classes,
        optimizer: .allCases.randomElement(using: &random) ?? .sgd,
        isNormalized: Bool.random(using: &random), isPretrained: Bool.random(using: &random),
        batchSize: Int.random(in: 1...512, using: &random),
        images: Int.random(in: 1...100_000, using: &random),
        updates: Int.random(in: 1...50_000, using: &random))
      let edge = Bool.random(using: &random) ? exp2(uniform(-12...8)) : nil
      let rate = Bool.random(using: &random) ? exp2(uniform(-14...8)) : nil
      let made = (0..<Int.random(in: 0...5, using: &random)).map { _ in
        Rehearsal(
          step: exp2(uniform(-14...8)),
          end: [.completed, .completed, .notFinite, .stopped].randomElement(using: &random)
            ?? .completed, loss: uniform(0...9), batchLosses: (0..<4).map { _ in uniform(0...9) })
      }
      let advice = PeakAdvice(
        for: situation,
        reading: RangeTestReading(rate: rate, edge: edge, weight: uniform(0...1)),
        rehearsals: made, length: 60)
      #expect(advice.step.isFinite && advice.step > 0)
      #expect(advice.interval.contains(advice.step))
      if let lost = made.lowestLost { #expect(advice.step <= lost / 3) }
      if let edge {
        let share = edge / advice.prior.edgeRatio
        let own = situation.isPretrained ? share : max(share, rate ?? 0)
        let usual = situation.isBoundedByEdge ? 0 : advice.prior.belief.step
        #expect(advice.step <= max(own, usual) * 1.000001)
      }
    }
  }

  @Test func `stays a factor of three below the lowest rehearsal that was lost`() {
    let made =
      rehearsals(at: [0.4, 1.3], best: 8) + [Rehearsal(step: 2, end: .notFinite, updates: 3)]
    let advice = advice(made)
    #expect(advice.limit == .lostRehearsal(2))
    #expect(abs(advice.step - 2 / exp2(1.6)) < 1e-9)
    #expect(advice.interval.upperBound <= 2)
  }

  @Test func `of a curve that shows nothing is the prior's, below the edge`() {
    var short = PeakSituation(batchSize: 128, images: 50_000, updates: 500)
    #expect(abs(advice([], rate: nil, weight: 0, in: short).step - 3) < 1e-9)
    // The edge of an untrained network with normalization does not lower it.
    #expect(abs(advice([], rate: nil, edge: 3, weight: 0, in: short).step - 3) < 1e-9)
    short.isNormalized = false
    #expect(abs(advice([], rate: nil, weight: 0, in: short).step - 0.6) < 1e-9)
    let bounded = advice([], rate: nil, edge: 0.9, weight: 0, in: short)
    #expect(abs(bounded.step - 0.3) < 1e-9, "SGD stays at a third of the edge")
    #expect(bounded.isPriorCapped && bounded.testShare == 0)
    let open = advice([], rate: 1, weight: 0.9)
    #expect(!open.isPriorCapped)
    #expect(abs(open.testShare - 0.27) < 1e-12, "three tenths of the curve's weight")
  }

  // MARK: The prior

  @Test func `knows every kind of run beforehand, and says from where`() {
    for task in [PeakFamily.classes, .masks, .boxes] {
      for optimizer in PeakSituation.Optimizer.allCases {
        for (isNormalized, isPretrained) in [(true, false), (false, false), (true, true)] {
          let prior = PeakPrior(
            for: PeakSituation(
              task: task, optimizer: optimizer, isNormalized: isNormalized,
              isPretrained: isPretrained, batchSize: 16, images: 1_000, updates: 500))
          #expect(prior.belief.step > 0 && prior.belief.deviation > 0)
          #expect(!prior.source.isEmpty)
        }
      }
    }
  }

  /// A task's own family needs no list: it is written whole, and the others by their names, as in older files.
  @Test func `is read back with the family that it was written with`() throws {
    let row = PeakFamily.Row(
      step: 0.5, batchSize: 16, deviation: 1, testDeviation: 1, edgeRatio: 3, source: "measured")
    let own = PeakFamily(
      "points", minimumHeldOut: 50, minimumUpdates: 4_000, sgd: .init(normalized: row),
      adam: .init(normalized: row, pretrained: row))
    for family in [PeakFamily.classes, .masks, .boxes, own] {
      let data = try JSONEncoder().encode([family])
      #expect(try JSONDecoder().decode([PeakFamily].self, from: data) == [family])
    }
    let older = Data(#"["masks"]"#.utf8)
    #expect(try JSONDecoder().decode([PeakFamily].self, from: older) == [.masks])
    #expect(try JSONEncoder().encode([PeakFamily.masks]) == older)
  }

  /// By hand: a quarter of the batch divides the step by 4 to the power 0.7, which is 2 to the power 1.4.
  @Test func `has a prior that grows with the batch`() {
    func step(_ batch: Int) -> Double {
      PeakPrior(for: PeakSituation(batchSize: batch, images: 50_000, updates: 500)).belief.step
    }
    #expect(abs(step(128) - 3) < 1e-12)
    #expect(abs(step(128) / step(32) - 2.639) < 1e-3)
  }

  /// ultralytics: 0.002 x 5 / (4 + classes), by the root of the images where they are fewer than 500.
  @Test func `has ultralytics' prior for boxes from trained weights`() {
    let prior = PeakPrior(
      for: PeakSituation(
        task: .boxes, optimizer: .adam, isPretrained: true, batchSize: 8, images: 125, classes: 1,
        updates: 500))
    #expect(abs(prior.belief.step - 0.001) < 1e-12)
  }
}
