import Planning
import Settings
import Testing
import Tuning

@testable import Reporting

@Suite struct `The picture of an advice` {
  private func record(_ rehearsals: [Rehearsal]) -> AdviceRecord {
    var settings = TaskDescription.classify.recipe
    settings.budget.steps = 2_400
    let curve = RangeTestCurve(
      points: (0..<60).map { index in
        let rate = 1e-3 * Double(index + 1)
        return RangeTestPoint(learningRate: rate, loss: 2 - rate * 10)
      })
    var record = AdviceRecord(
      settings.resolved, PeakSituation(batchSize: 128, images: 10_000, updates: 2_400),
      curve: curve, range: LearningRateRange(base: 0.01, max: 0.1, momentum: 0.85),
      secondsPerUpdate: 0.1, testSeconds: 10)
    record.rehearsals = rehearsals
    return record
  }

  @Test func `shows each loss with its interval, each lost peak, and the chosen one`() throws {
    let record = record([
      Rehearsal(step: 0.4, loss: 1.3, batchLosses: [1.2, 1.4], updates: 60),
      Rehearsal(step: 1.2, loss: 1.1, batchLosses: [1.0, 1.2], updates: 60),
      Rehearsal(step: 3.6, end: .notFinite, updates: 7),
    ])
    let chart = AdvicePicture.chart(record, curve: nil)
    let losses = try #require(chart.series.first { $0.name.hasPrefix("rehearsals") })
    #expect(losses.y == [1.3, 1.1])
    // A step of 0.4 is a rate of 0.06 at momentum 0.85.
    #expect(abs(losses.x[0] - 0.06) < 1e-12)
    let intervals = chart.series.filter { $0.name.isEmpty && $0.x.count == 2 }
    #expect(intervals.count == 2)
    for (interval, loss) in zip(intervals, [1.3, 1.1]) {
      #expect(interval.y[0] < loss && loss < interval.y[1])
    }
    let band = try #require(chart.band)
    let peak = try #require(chart.labels.first)
    #expect(peak.1.hasPrefix("peak ") && band.contains(peak.0))
    #expect(chart.labels.contains { $0.1 == "lost 0.54" })
  }

  @Test func `is drawn of a record without curve and rehearsals too`() {
    let chart = AdvicePicture.chart(record([]), curve: nil)
    #expect(chart.svg().contains("peak"))
  }
}
