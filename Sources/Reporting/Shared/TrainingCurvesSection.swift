import Tuning

/// The part of a report that shows how rate, loss and metrics went.
enum TrainingCurvesSection {
  /// Returns the pictures of a run's course.
  static func html(_ record: RunRecord, _ diagnosis: Diagnosis?) -> String {
    guard let table = record.metrics, !table.rows.isEmpty else { return "" }
    let charts = CourseCharts(
      RunCurves(table), plan: record.plan, evaluationSplit: record.curveSplit,
      diverged: CurveSection.diverged(record), diagnosis: diagnosis)
    let words = charts.note.map { "<p>\(escaped($0))</p>" } ?? ""
    return "<h2>The run</h2>\(words)" + charts.all.map(HTML.card).joined(separator: "\n")
  }
}
