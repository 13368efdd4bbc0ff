import Formatting
import Foundation
import Numbers
import Planning
import Reporting
import Runs
import Settings
import Tuning

/// What the page shows of a run, in the words of its report.
struct RunSections {
  private let run: WatchedRun
  private let overview: RunOverview

  init(_ run: WatchedRun, _ overview: RunOverview) {
    self.run = run
    self.overview = overview
  }

  // MARK: Charts

  /// The charts of the run's course, also of some updates only, with the plan that lies ahead.
  func charts(of range: ClosedRange<Int>?) throws -> [Chart] {
    let plan = run.currentPlan
    let curves = try range.map { try run.curves(of: $0) } ?? run.currentCurves()
    let isLive = overview.state == .live
    var charts = CourseCharts(
      curves, plan: plan, evaluationSplit: run.curveSplit(curves),
      diagnosis: run.lastDiagnosis
    ).all
    if let plan, range == nil, !charts.isEmpty, let ahead = ahead(plan) {
      charts[0].series.append(ahead)
      if overview.state != .ended, overview.update > 0 {
        charts[0].labels = [(Double(overview.update), isLive ? "now" : "stopped")]
      }
    }
    return charts
  }

  /// The learning rate that is planned for the updates to come.
  private func ahead(_ plan: RunPlan) -> Chart.Series? {
    let first = overview.update
    let last = plan.isOpenEnded ? plan.updatesToLand(after: first) + first : plan.budget.totalSteps
    guard first < last, overview.state != .ended else { return nil }
    let landed = plan.isOpenEnded ? plan.landed(after: first, reason: "") : nil
    let rate = (landed ?? plan).plan.learningRate
    let step = max(1, (last - first) / 800)
    let troughs = plan.plan.troughs(upTo: last).filter { $0 > first && $0 < last }.prefix(400)
    let places = Set(Array(stride(from: first, to: last, by: step)) + troughs + [last - 1]).sorted()
    return Chart.Series(
      name: plan.isOpenEnded ? "planned, if it lands now" : "planned",
      x: places.map { Double($0 + 1) }, y: places.map(rate.value), color: 7)
  }

  // MARK: Words

  /// The run's sections as members of a JSON object.
  func json() throws -> String {
    let (tested, curve) = run.currentRangeTest
    let plan = run.currentPlan
    let rollbacks = plan?.plan.changes.filter { if case .rolledBack = $0.kind { true } else { false } }
    let findings =
      (rollbacks ?? []).map { "\($0)." } + (run.lastDiagnosis?.findings ?? []).map { "\($0)" }
    var members: [(String, String)] = [
      ("plan", try JSONText.line(plan?.lines ?? [])),
      ("notes", try JSONText.line(plan?.findings.map { "\($0)" } ?? [])),
      ("flags", try JSONText.line(plan?.flags)),
      ("flagsTitle", try JSONText.line(plan?.flagsTitle)),
      ("repeatingTitle", try JSONText.line(plan?.repeatingTitle)),
      ("repeating", try JSONText.line(run.folder.repeating)),
      ("findings", try JSONText.line(findings)),
      ("hasRows", "\(overview.update > 0)"),
      ("settings", try JSONText.line(run.configurationText)),
    ]
    if let advice = tested, advice.isJoined {
      members.append(
        ("range", AdvicePicture.chart(advice, curve: curve).json()))
      members.append(("rangeTitle", try JSONText.line("The peak")))
      members.append(("rangeWords", try JSONText.line(advice.explanation)))
    } else if let curve {
      members.append(("range", RangeTestPicture.chart([curve], range: plan?.range).json()))
      members.append(("rangeTitle", try JSONText.line("Range test")))
    }
    return members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",")
  }
}

/// Several runs' curves over one another.
struct OverlaidCharts {
  let all: [Chart]

  /// Reads the curves of some runs.
  init(_ runs: [WatchedRun], _ range: ClosedRange<Int>?) throws {
    let curves = try runs.map { run in
      (run, try range.map { try run.curves(of: $0) } ?? run.currentCurves())
    }
    var columns: [String] = []
    for name in curves.flatMap({ $0.1.columns }) where !columns.contains(name) {
      columns.append(name)
    }
    func chart(
      _ title: String, _ series: (WatchedRun, RunCurves) -> ThinnedSeries, isSmoothed: Bool = false
    ) -> Chart? {
      let lines = curves.enumerated().compactMap { index, pair -> Chart.Series? in
        let found = series(pair.0, pair.1)
        guard !found.isEmpty else { return nil }
        return isSmoothed
          ? CourseCharts.smoothed(pair.0.name, found, color: index)
          : Chart.Series(pair.0.name, found, color: index)
      }
      return lines.isEmpty ? nil : Chart(title: title, xLabel: "update", series: lines)
    }
    func evaluated(_ name: String) -> Chart? {
      chart("evaluation \(name)") { $1.series(name, of: $1.has(.validation) ? .validation : .test) }
    }
    all =
      ([
        chart("Learning rate") { $1.series("learning_rate", of: .train) },
        chart("training loss, smoothed", { $1.series("loss", of: .train) }, isSmoothed: true),
        evaluated("loss"),
      ]
      + columns.map(evaluated)).compactMap(\.self)
  }
}
