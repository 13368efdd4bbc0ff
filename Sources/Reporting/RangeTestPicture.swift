import Planning
import Tuning

/// The picture of a range test: its points, their smooth curve, the range, and others' suggestions.
public enum RangeTestPicture {
  /// Returns the chart of curves whose range has been judged.
  ///
  /// - Parameter showsSuggestions: whether what other finders suggest is marked.
  public static func chart(
    _ curves: [RangeTestCurve], range: LearningRateRange?, showsSuggestions: Bool = false
  ) -> Chart {
    var series = curves.enumerated().map { number, curve in
      Chart.Series(
        name: number == 0 ? name(of: curve.measure) : "", x: curve.points.map(\.learningRate),
        y: curve.figures, colour: 1, style: .dots)
    }
    series += curves.enumerated().map { number, curve in
      let smooth = curve.smoothedLosses()
      return Chart.Series(
        name: number == 0 ? "smoothed without lag" : "",
        x: curve.points.prefix(smooth.count).map(\.learningRate),
        y: smooth.map(curve.measure.turned))
    }
    var chart = Chart(title: "Range test", xLabel: "learning rate", series: series)
    chart.isLogarithmic = curves.allSatisfy { ($0.points.first?.learningRate ?? 0) > 0 }
    if let range {
      chart.band = range.base...max(range.base, range.max)
      chart.labels = [
        (range.base, "base \(roundedRate(range.base))"),
        (range.max, "max \(roundedRate(range.max))"),
      ]
    }
    if showsSuggestions, let curve = curves.first {
      chart.labels += Suggestion.allCases.compactMap { suggestion in
        suggestion.rate(for: curve).map { ($0, suggestion.rawValue) }
      }
    }
    return chart
  }

  /// What one of its dots is.
  static func name(of measure: RangeTestMeasure) -> String {
    measure == .trainingLoss ? "loss" : measure.name.replacing("_", with: " ")
  }
}
