import Foundation
import Planning
import Schedules
import Settings
import Testing
import Tuning

/// What `--explain` says of a peak, and what a model card says of it.
@Suite struct `The account of a peak` {
  private func record(
    _ situation: PeakSituation, curve: RangeTestCurve? = nil, _ change: (inout RunSettings) -> Void = { _ in }
  ) -> AdviceRecord {
    var typed = RunSettings()
    change(&typed)
    let settings = typed.filled(from: TaskDescription.classify.recipe).resolved
    let range = curve.map { _ in LearningRateRange(base: 0.01, max: 0.1, momentum: 0.85) }
    return AdviceRecord(
      settings, situation, curve: curve, range: range, secondsPerUpdate: nil, testSeconds: 0)
  }

  /// Before a run has its plan, its settings and its weights may be changed.
  @Test func `counts for a run whose settings and weights are the same`() {
    let situation = PeakSituation(batchSize: 128, images: 12_800, updates: 4_000)
    func settings(_ change: (inout RunSettings) -> Void) -> ResolvedSettings {
      var typed = RunSettings()
      change(&typed)
      return typed.filled(from: TaskDescription.classify.recipe).resolved
    }
    let plain = record(situation)
    #expect(plain.isMade(for: settings { _ in }, situation))
    #expect(!plain.isMade(for: settings { $0.optimizer.clipNorm = 0.5 }, situation))
    #expect(!plain.isMade(for: settings { $0.model.weights = "other.safetensors" }, situation))
    let clipped = record(situation) { $0.optimizer.clipNorm = 0.5 }
    #expect(!clipped.isMade(for: settings { _ in }, situation), "taken out of config.yaml")
  }

  private func last(_ record: AdviceRecord) -> String { record.explanation.last ?? "" }

  /// A loss that falls from a rate of 0.001 to 0.03, and explodes from 0.1 on.
  private var valley: RangeTestCurve {
    var curve = RangeTestCurve(
      points: (0..<100).map { index in
        let rate = 1e-4 * pow(10, Double(index) * 0.04)
        let fallen = min(1, max(0, log10(rate / 1e-3) / 1.5))
        return RangeTestPoint(learningRate: rate, loss: rate < 0.1 ? 2 - 1.5 * fallen : 2 + 40 * rate)
      })
    (curve.batchSpread, curve.updatesPerDecade, curve.momentum) = (0.05, 25, 0.85)
    return curve
  }

  /// In 2000 updates of 16 of 20,000 images, 720 are held out, whose evaluation takes 15 updates: three rehearsals
  /// are 225 updates, an eighth of the run, worth 4.5 * log2(1 / (1 - 0.1125)) = 0.77 points; a deviation of 0.6
  /// octaves promises 0.45 * 0.36 = 0.16.
  @Test func `says of more updates only what they change`() {
    let text = last(record(PeakSituation(batchSize: 16, images: 20_000, updates: 1_200)))
    #expect(
      text.hasSuffix(
        "with 2000 updates there would be no rehearsals either, since a better peak is expected to gain 0.16 points, "
          + "and the updates that rehearsals take are worth 0.77; --advice rehearse makes them anyway"), "\(text)")
  }

  /// Of classes 500 images are held out, at most a quarter of all.
  @Test func `says why rehearsals cannot be made even if asked for`() {
    let few = last(record(PeakSituation(batchSize: 16, images: 1_000, updates: 1_000)))
    #expect(
      few.contains("--advice rehearse cannot make them, since 1000 training images are fewer than 2000"), "\(few)")
    let brief = last(record(PeakSituation(batchSize: 16, images: 20_000, updates: 100)))
    #expect(
      brief.contains("--advice rehearse cannot make them, since the run's 100 updates are fewer than"), "\(brief)")
  }

  /// 10 to the power 0.8 doublings: of 40 epochs 2 doublings from 10 on, 1.6 octaves, a factor of 3.03.
  @Test func `names the numbers in use`() throws {
    let situation = PeakSituation(batchSize: 128, images: 12_800, updates: 4_000)
    let lines = record(situation).explanation
    #expect(
      lines[1].contains(
        "a step of 3 with batches of 128, growing by the batch size to the power 0.7, with a deviation of 0.6 octaves"),
      "\(lines)")
    #expect(lines.contains { $0.hasPrefix("epochs: 40 ") && $0.contains("multiplied by 3.03") }, "\(lines)")
    let once = record(PeakSituation(batchSize: 128, images: 128_000, updates: 4_000)).explanation
    #expect(!once.contains { $0.hasPrefix("epochs: ") }, "\(once)")
  }

  @Test func `says why an edge does not bound it`() {
    let situation = PeakSituation(batchSize: 128, images: 128_000, updates: 4_000)
    let free = record(situation, curve: valley)
    #expect(free.advice.step > (free.advice.reading?.edge ?? .infinity) / 3)
    #expect(free.explanation.contains { $0.hasPrefix("edge: it does not bound") }, "\(free.explanation)")
    var bare = situation
    bare.isNormalized = false
    let bound = record(bare, curve: valley).explanation
    #expect(!bound.contains { $0.hasPrefix("edge: it does not bound") }, "\(bound)")
  }

  @Test func `is of the range test's own peak where that is all that was asked for`() {
    let situation = PeakSituation(batchSize: 128, images: 3_200, updates: 1_000)
    let alone = record(situation, curve: valley) { $0.rangeTest.advice = .rangeTest }
    // One-cycle's peak is at the momentum of the range test.
    #expect(alone.peak == alone.advisedRange.oneCycleMax)
    let lines = alone.explanation
    #expect(lines.contains { $0.hasPrefix("peak: \(alone.peak), the range test's own") }, "\(lines)")
    #expect(!lines.contains { $0.contains("weight") || $0.hasPrefix("both together") }, "\(lines)")
    #expect(last(alone).contains("--advice auto counts the prior"), "\(lines)")
    #expect(record(situation, curve: valley).peak != alone.peak)
  }

  /// 900 images are too few to hold some of them out, in a run of any length.
  @Test func `says that a longer run would not be rehearsed either`() {
    let few = PeakSituation(batchSize: 16, images: 900, updates: 3_375)
    #expect(few.epochs > 10)
    let line = last(record(few))
    #expect(line.contains("a longer run would not rehearse either, since"), "\(line)")
  }

  @Test func `is short in a model card`() {
    let situation = PeakSituation(batchSize: 128, images: 128_000, updates: 4_000)
    #expect(record(situation).origin == "by the prior for such runs")
    #expect(record(situation) { $0.schedule.maxLR = 0.2 }.origin == "given")
    let both = record(situation, curve: valley).origin
    #expect(both.hasPrefix("by the prior for such runs and the range test's peak"), "\(both)")
    #expect(record(situation, curve: valley) { $0.rangeTest.advice = .rangeTest }.origin == "by the range test")
  }
}
