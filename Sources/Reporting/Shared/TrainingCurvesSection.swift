import Metrics
import Planning
import Runs
import Settings
import Tuning

/// The part of a report that shows how rate, loss and metrics went.
enum TrainingCurvesSection {
  private static let families = COCOSummary.families.map { $0.map(\.metric.name) }

  /// Returns the pictures of a run's course.
  static func html(_ record: RunRecord, _ diagnosis: Diagnosis?) -> String {
    guard let table = record.metrics, !table.rows.isEmpty else { return "" }
    let course = Course(table, evaluationSplit: record.curveSplit)
    var charts = course.settings
    var loss = course.chart(of: "loss")
    loss.series += CurveSection.diverged(record)
    if let diagnosis { loss.labels = CurveSection.labels(diagnosis) }
    charts.append(loss)
    var left = table.columns[...]
    while let name = left.popFirst() {
      if let family = families.first(where: { $0.contains(name) }) {
        left.removeAll(where: family.contains)
        charts.append(course.chart(ofFamily: family.filter(table.columns.contains)))
      } else {
        charts.append(course.chart(of: name))
      }
    }
    // A figure of a single evaluation has no course; it stands at the top of the page.
    charts.removeAll { chart in
      chart.title != "loss" && chart.series.allSatisfy { $0.isPoint || $0.isEmpty }
    }
    let ends = record.plan.map { $0.plan.troughs(upTo: $0.budget.totalSteps) } ?? []
    for index in charts.indices { charts[index].marks = ends.map(Double.init) }
    let isSmoothed = record.plan.map { $0.settings.optimizer.labelSmoothing > 0 } ?? false
    let words =
      isSmoothed
      ? "<p>The training loss includes label smoothing, which the \(record.curveSplit) loss does not, "
        + "so it is higher.</p>" : ""
    return "<h2>The run</h2>\(words)" + charts.map(HTML.card).joined(separator: "\n")
  }

  /// Returns the centred mean over about a fiftieth of the series: it neither lags nor leads.
  static func smoothed(_ values: [Double]) -> [Double] {
    let reach = max(1, values.count / 100)
    var sums = [0.0]
    var counts = [0]
    for value in values {
      sums.append((sums.last ?? 0) + (value.isFinite ? value : 0))
      counts.append((counts.last ?? 0) + (value.isFinite ? 1 : 0))
    }
    return values.indices.map { index in
      let (low, high) = (max(0, index - reach), min(values.count, index + reach + 1))
      let count = counts[high] - counts[low]
      return count > 0 ? (sums[high] - sums[low]) / Double(count) : .nan
    }
  }
}

/// A run's rows, by what they are of.
private struct Course {
  let columns: [String]
  let train, evaluations, average: [MetricsRow]
  /// The evaluation split's name.
  let evaluationSplit: String

  init(_ table: MetricsTable, evaluationSplit: String) {
    columns = table.columns
    train = table.rows.filter { $0.split == .train }
    evaluations = table.rows.filter { $0.split.isEvaluation }
    average = table.rows.filter { $0.split == .average }
    self.evaluationSplit = evaluationSplit
  }

  /// Learning rate, and momentum where it moves, which the run was given.
  var settings: [Chart] {
    let rate = series("learning rate", train, color: 0) { $0.learningRate }
    let momentum = series("momentum", train, color: 3) { $0.momentum }
    let isMoving = Set(momentum.y.filter(\.isFinite)).count > 1
    return [Chart(title: "Learning rate", xLabel: "update", series: [rate])]
      + (isMoving ? [Chart(title: "Momentum", xLabel: "update", series: [momentum])] : [])
  }

  /// The loss or a metric: of the batches, of the evaluation split, and of the average of the weights.
  func chart(of name: String) -> Chart {
    let value = value(of: name)
    let batches = series("", train, color: 1, value)
    var all: [Chart.Series] = []
    if batches.y.contains(where: \.isFinite) {
      var faint = batches
      faint.style = .faint
      var smooth = batches
      smooth.name = "training \(name), smoothed"
      smooth.y = TrainingCurvesSection.smoothed(batches.y)
      all = [faint, smooth]
    }
    all.append(series("\(evaluationSplit) \(name)", evaluations, color: 0, value))
    if !average.isEmpty {
      all.append(series("\(evaluationSplit) \(name) of the average", average, color: 2, value))
    }
    return Chart(title: name, xLabel: "update", series: all)
  }

  /// Several metrics of the evaluation split, of the average of the weights where there is one.
  func chart(ofFamily names: [String]) -> Chart {
    let rows = average.isEmpty ? evaluations : average
    let words = average.isEmpty ? "" : " of the average"
    return Chart(
      title: names.joined(separator: ", "), xLabel: "update",
      series: names.enumerated().map { color, name in
        series("\(evaluationSplit) \(name)\(words)", rows, color: color, value(of: name))
      })
  }

  private func value(of name: String) -> (MetricsRow) -> Double? {
    // The loss has a column of its own, which is no metric.
    columns.firstIndex(of: name).map { index in { $0.values[index] } } ?? { $0.loss }
  }

  private func series(
    _ name: String, _ rows: [MetricsRow], color: Int, _ value: (MetricsRow) -> Double?
  ) -> Chart.Series {
    Chart.Series(
      name: name, x: rows.map { Double($0.update) }, y: rows.map { value($0) ?? .nan },
      color: color)
  }
}
