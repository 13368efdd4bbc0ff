import Planning
import Tuning

/// The picture of a range test: its points, their smooth curve, the range, and others' suggestions.
public enum RangeTestPicture {
  /// Returns the chart of analyzed curves.
  ///
  /// - Parameter showsSuggestions: whether what other finders suggest is marked.
  public static func chart(
    _ curves: [RangeTestCurve], range: LearningRateRange?, showsSuggestions: Bool = false
  ) -> Chart {
    let top = top(of: curves)
    let isCut = curves.contains { $0.values.contains { $0 > top } }
    var series = curves.enumerated().map { number, curve in
      Chart.Series(
        name: number == 0
          ? name(of: curve.measure) + (isCut ? " (higher ones at \(roundedRate(top)))" : "") : "",
        x: curve.points.map(\.learningRate), y: curve.values.map { min($0, top) }, color: 1,
        style: .dots)
    }
    series += curves.enumerated().map { number, curve in
      let smooth = curve.smoothedLosses()
      return Chart.Series(
        name: number == 0 ? "smoothed (centered)" : "",
        x: curve.points.prefix(smooth.count).map(\.learningRate),
        y: smooth.map { min(curve.measure.metric(ofLoss: $0), top) })
    }
    var chart = Chart(title: "Range test", xLabel: "learning rate", series: series)
    chart.isLogarithmic = curves.allSatisfy { ($0.points.first?.learningRate ?? 0) > 0 }
    if let range {
      chart.band = range.base...max(range.base, range.max)
      chart.labels = [
        (range.base, "base \(roundedRate(range.base))"),
        (range.max, "max \(roundedRate(range.max))"),
      ]
      if range.oneCycleMax != range.max {
        chart.labels.append(
          (range.oneCycleMax, "one-cycle peak \(roundedRate(range.oneCycleMax))"))
      }
    }
    if showsSuggestions, let curve = curves.first {
      chart.labels += Suggestion.allCases.compactMap { suggestion in
        suggestion.rate(for: curve).map { ($0, suggestion.rawValue) }
      }
    }
    return chart
  }

  /// The highest loss that is shown: above where the curve begins by as much as it falls, so that losses
  /// of a hundred at the end do not hide the fall.
  private static func top(of curves: [RangeTestCurve]) -> Double {
    let tops = curves.map { curve in
      guard !curve.measure.isHigherBetter else { return Double.infinity }
      let losses = curve.values.filter(\.isFinite)
      guard let first = losses.first, let least = losses.min() else { return Double.infinity }
      return first > least ? 2 * first - least : .infinity
    }
    return tops.max() ?? .infinity
  }

  /// What one of its dots is.
  static func name(of measure: RangeTestMeasure) -> String {
    measure == .trainingLoss ? "loss" : measure.name.replacing("_", with: " ")
  }
}
