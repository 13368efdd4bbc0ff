import Foundation
import Planning
import Tuning

/// The picture of an advice: the range test's curve, the losses of rehearsals with their intervals, and the
/// chosen peak with its own.
public enum AdvicePicture {
  /// Returns the chart, over the rates at the range test's momentum.
  ///
  /// - Parameter curve: the range test's; nil where none was made.
  public static func chart(_ record: AdviceRecord, curve: RangeTestCurve?) -> Chart {
    var chart = RangeTestPicture.chart(curve.map { [$0] } ?? [], range: nil)
    chart.title = "The peak, and what it follows from"
    chart.isLogarithmic = true
    let advice = record.advice
    func rate(_ step: Double) -> Double { record.rate(ofStep: step, at: record.momentum) }
    let errors = record.rehearsals.standardErrors
    let kept = errors.map(\.rehearsal).sorted { $0.step < $1.step }
    if !kept.isEmpty {
      chart.series.append(
        Chart.Series(
          name: "rehearsals, loss on held-out images", x: kept.map { rate($0.step) },
          y: kept.map(\.loss), color: 2))
    }
    // A vertical line through each: four fifths of what its loss may be beside the best one's.
    chart.series += errors.map { rehearsal, error in
      let (position, reach) = (rate(rehearsal.step), 1.28 * error)
      return Chart.Series(
        name: "", x: [position, position], y: [rehearsal.loss - reach, rehearsal.loss + reach],
        color: 2)
    }
    chart.band = rate(advice.interval.lowerBound)...rate(advice.interval.upperBound)
    chart.labels = [(rate(advice.step), "peak \(roundedRate(rate(advice.step)))")]
    chart.labels += record.rehearsals.filter(\.isLost).map {
      (rate($0.step), "lost \(roundedRate(rate($0.step)))")
    }
    return chart
  }
}
