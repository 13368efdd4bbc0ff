import Schedules
import Testing
import Tuning

private let one = OneCycle(
  from: 0.005, to: 0.1, ending: 0.0001, stepsUp: 150, totalSteps: 600, anneal: .linear)

/// A run of one cycle that ends with these scores on training images and on others.
private func ended(
  _ training: Double?, _ evaluation: Double?, losses: (Double, Double) = (0.02, 1.4),
  drawn: DrawnRun = DrawnRun(), schedule: some Schedule = one
) -> (curve: LossCurve, cycles: [RunCycle]) {
  var run = drawn.curve(schedule, steps: 600, seed: 3)
  run.curve.append(.init(update: 600, loss: losses.1, score: evaluation))
  run.curve.append(.init(loss: losses.0, score: training), at: 600)
  return run
}

@Suite struct `A run that ends` {
  @Test func `with its training images right, and far fewer others, overfits`() throws {
    let run = ended(0.998, 0.692)
    let finding = try #require(
      Diagnosis(
        of: run.curve, cycles: run.cycles,
        regularizers: [.upperBound(from: 0.1, to: 0.3), .weightDecay(from: 5e-4, to: 1.5e-3)],
        evaluationCount: 1000
      ).findings.first { $0.kind == .overfits })
    #expect(finding.update == 600)
    #expect(
      finding.description
        == "the model overfits: after update 600 it is right on 99.8 % of its training images and on "
        + "69.2 % of those that it was not trained on (loss 0.02 and 1.4); regularization may help, which a comparison shows: "
        + "--max-lr 0.3 (now 0.1), or --weight-decay 0.0015 (now 0.0005).")
  }

  @Test(
    arguments: [
      (0.95, 0.69), (0.999, 0.96), (0.99, 0.95), (0.5, 0.5), (nil, 0.7),
    ] as [(Double?, Double?)])
  func `otherwise does not`(training: Double?, evaluation: Double?) {
    var run = ended(training, evaluation)
    if training == nil {
      run.curve = DrawnRun().curve(one, steps: 600, seed: 3).curve
      run.curve.append(.init(update: 600, loss: 1.4, score: evaluation))
    }
    let kinds = Diagnosis(of: run.curve, cycles: run.cycles, evaluationCount: 1000).findings.map(\.kind)
    #expect(!kinds.contains(.overfits))
  }

  /// As of masks and boxes, whose score is seldom near 1.
  @Test func `with a score that is no share of images is read by its losses too`() throws {
    let run = ended(0.8, 0.6, losses: (0.1, 1.4))
    let finding = try #require(
      Diagnosis(of: run.curve, cycles: run.cycles).findings.first { $0.kind == .overfits })
    #expect(
      finding.description.hasPrefix(
        "the model overfits: after update 600 its score is 0.8 on training images and 0.6 on those that it was not "
          + "trained on (loss 0.1 and 1.4)"))
    let near = ended(0.8, 0.6, losses: (0.2, 1.4))
    #expect(Diagnosis(of: near.curve, cycles: near.cycles).findings.isEmpty)
  }

  /// Two errors of 40 images are more than the gap.
  ///
  /// 94 % are 37.6 of them; with two of each kind 39.6 of 44, 90 % with an error of 4.7 points. Of 2,000 images the error is
  /// half a point. Of two images, one of them right, it is 35 points; of 40 it is 8.
  @Test(
    arguments: [(0.94, 40, false), (0.94, 2_000, true), (0.94, nil, true), (0.5, 2, false), (0.5, 40, true)]
      as [(Double, Int?, Bool)])
  func `with so few images that chance may be the gap does not overfit`(score: Double, count: Int?, overfits: Bool) {
    let run = ended(1, score)
    let kinds = Diagnosis(of: run.curve, cycles: run.cycles, evaluationCount: count).findings.map(\.kind)
    #expect(kinds.contains(.overfits) == overfits)
  }

  @Test func `is evaluated by its losses where it has no score`() {
    let apart = ended(nil, nil, losses: (0.01, 1.4))
    #expect(Diagnosis(of: apart.curve, cycles: apart.cycles).findings.map(\.kind) == [.overfits])
    let near = ended(nil, nil, losses: (0.5, 1.4))
    #expect(Diagnosis(of: near.curve, cycles: near.cycles).findings.isEmpty)
  }

  @Test func `with all it is trained on right is not sent to learn it faster`() {
    let low = Triangular(from: 0.001, to: 0.01, stepSize: 100)
    let slow = DrawnRun(fallsOver: 3, swing: 0)
    let known = ended(0.998, 0.692, drawn: slow, schedule: low)
    #expect(Diagnosis(of: known.curve, cycles: known.cycles).findings.map(\.kind) == [.overfits])
    let learning = ended(0.8, 0.692, drawn: slow, schedule: low)
    #expect(
      Diagnosis(of: learning.curve, cycles: learning.cycles, evaluationCount: 1000).findings.map(\.kind)
        == [.noRiseAtPeak])
  }
}

@Suite struct `A suggested rate` {
  private let low = Triangular(from: 0.001, to: 0.01, stepSize: 100)

  private func suggestion(below bound: Double?) -> CurveFinding? {
    let run = DrawnRun(fallsOver: 3, swing: 0).curve(low, steps: 600, seed: 3)
    return Diagnosis(
      of: run.curve, cycles: run.cycles, highestRate: bound, momentum: 0.85
    ).findings.first
  }

  @Test(arguments: [(nil, 0.03), (1.0, 0.03), (0.02, 0.02)] as [(Double?, Double)])
  func `is never above what the range test allows`(bound: Double?, rate: Double) {
    #expect(suggestion(below: bound)?.change == .raiseUpperBound(from: 0.01, to: rate))
  }

  @Test(arguments: [0.012, 0.01, 0.001]) func `is none where that leaves hardly more`(bound: Double) {
    #expect(suggestion(below: bound) == nil)
  }

  /// 0.03 / 0.15 is 0.2.
  @Test func `is reported with its step and with what it follows from`() throws {
    let words = try #require(suggestion(below: nil)).description
    #expect(words.contains("the loss does not rise at the peak (learning rate 0.01)"), "\(words)")
    #expect(
      words.contains(
        "an upper bound of 0.03 (step 0.2 = rate 0.03 / (1 - 0.85)) may train faster"),
      "\(words)")
  }
}
