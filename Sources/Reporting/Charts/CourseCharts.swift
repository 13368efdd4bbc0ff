import Metrics
import Planning
import Settings
import Tuning

/// The charts of a run's course: its rate, its momentum, its loss and each of its metrics.
public struct CourseCharts: Sendable {
  private let curves: RunCurves
  private let plan: RunPlan?
  private let evaluationSplit: String
  private let diverged: [Chart.Series]
  private let diagnosis: Diagnosis?

  /// Creates the charts of some curves.
  ///
  /// - Parameters:
  ///   - evaluationSplit: the evaluation split's name.
  ///   - diverged: the losses of stretches from which the run was rolled back.
  public init(
    _ curves: RunCurves, plan: RunPlan?, evaluationSplit: String, diverged: [Chart.Series] = [],
    diagnosis: Diagnosis? = nil
  ) {
    self.curves = curves
    self.plan = plan
    self.evaluationSplit = evaluationSplit
    self.diverged = diverged
    self.diagnosis = diagnosis
  }

  /// What is to be known of the curves, in a sentence.
  public var note: String? {
    guard let plan else { return nil }
    // Only masks have a sum of terms where none is typed.
    let loss =
      plan.settings.data.task == .segment
      ? plan.settings.model.loss : plan.settings.open.model.loss ?? LossTerms([.crossEntropy])
    if loss.terms != [.crossEntropy] {
      return
        "The training loss is \(loss), and the \(evaluationSplit) loss is the cross-entropy alone, so they are not "
        + "comparable."
    }
    guard plan.settings.optimizer.labelSmoothing > 0 else { return nil }
    return
      "The training loss includes label smoothing, which the \(evaluationSplit) loss does not, so it is "
      + "higher."
  }

  private static let families = COCOSummary.families.map { $0.map(\.metric.name) }

  /// All charts, that of the rate first.
  public var all: [Chart] {
    var charts = given
    var loss = chart(of: "loss")
    loss.series += diverged
    if let diagnosis { loss.labels = CurveSection.labels(diagnosis) }
    charts.append(loss)
    var left = curves.columns[...]
    while let name = left.popFirst() {
      if let family = Self.families.first(where: { $0.contains(name) }) {
        left.removeAll(where: family.contains)
        charts.append(chart(ofFamily: family.filter(curves.columns.contains)))
      } else {
        charts.append(chart(of: name))
      }
    }
    // A figure of a single evaluation has no course; it stands at the top of the page.
    charts.removeAll { chart in
      chart.title != "loss" && chart.series.allSatisfy { $0.isPoint || $0.isEmpty }
    }
    let ends = plan.map { $0.plan.troughs(upTo: $0.budget.totalSteps) } ?? []
    for index in charts.indices { charts[index].marks = ends.map(Double.init) }
    return charts
  }

  /// Learning rate, and momentum where it moves, which the run was given.
  private var given: [Chart] {
    let momentum = curves.series("momentum", of: .train)
    return [
      Chart(
        title: "Learning rate", xLabel: "update",
        series: [
          Chart.Series("learning rate", curves.series("learning_rate", of: .train), color: 0)
        ])
    ]
      + (momentum.isMoving
        ? [
          Chart(
            title: "Momentum", xLabel: "update",
            series: [Chart.Series("momentum", momentum, color: 3)])
        ] : [])
  }

  /// The loss or a metric: of the batches, of the evaluation split, and of the average of the weights.
  private func chart(of name: String) -> Chart {
    let batches = curves.series(name, of: .train)
    var all: [Chart.Series] = []
    if !batches.isEmpty {
      all = [
        Chart.Series("", batches, color: 1, style: .faint),
        Self.smoothed("training \(name), smoothed", batches, color: 1),
      ]
    }
    all.append(evaluated("\(evaluationSplit) \(name)", name, color: 0))
    if curves.has(.average) {
      all.append(
        Chart.Series(
          "\(evaluationSplit) \(name) of the average", curves.series(name, of: .average), color: 2))
    }
    return Chart(title: name, xLabel: "update", series: all)
  }

  /// Several metrics of the evaluation split, of the average of the weights where there is one.
  private func chart(ofFamily names: [String]) -> Chart {
    let words = curves.has(.average) ? " of the average" : ""
    return Chart(
      title: names.joined(separator: ", "), xLabel: "update",
      series: names.enumerated().map { color, name in
        let title = "\(evaluationSplit) \(name)\(words)"
        return curves.has(.average)
          ? Chart.Series(title, curves.series(name, of: .average), color: color)
          : evaluated(title, name, color: color)
      })
  }

  private func evaluated(_ title: String, _ name: String, color: Int) -> Chart.Series {
    Chart.Series(
      title, curves.series(name, of: curves.has(.validation) ? .validation : .test), color: color)
  }

  /// Returns a series smoothed for a chart.
  public static func smoothed(
    _ name: String, _ series: ThinnedSeries, color: Int
  ) -> Chart.Series {
    // A mean needs no more digits than a Float has.
    let means = smoothed(series.means).map { Double(Float($0)) }
    return Chart.Series(name: name, x: series.middles, y: means, color: color)
  }

  /// Returns the centered mean over about a fiftieth of the series: it neither lags nor leads.
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

extension Chart.Series {
  /// Creates a series of the values that are kept of a column.
  public init(_ name: String, _ series: ThinnedSeries, color: Int, style: Style = .line) {
    self.init(name: name, x: series.x, y: series.y, color: color, style: style)
  }
}
