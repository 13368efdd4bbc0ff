import Schedules

/// A plan to look at: in a terminal with what its check found, or as a picture.
public enum ScheduleDrawing {
  /// Returns the lines of a curve of the learning rate, and the plan's findings under it.
  ///
  /// - Parameters:
  ///   - title: what is drawn, a line above the curve; none where it is nil.
  ///   - stepsPerEpoch: updates in an epoch; without it nothing is said of epochs.
  public static func lines(
    _ plan: Plan, title: String? = nil, steps: Int, stepsPerEpoch: Int?
  ) -> [String] {
    let budget = Budget(totalSteps: steps, stepsPerEpoch: stepsPerEpoch ?? steps, batchSize: 1)
    let findings = plan.findings(in: budget).filter { finding in
      if case .halfCycleOutsideRange = finding { stepsPerEpoch != nil } else { true }
    }
    return (title.map { [$0] } ?? []) + TerminalChart().lines(steps: steps, plan.learningRate.value)
      + findings.map { "note: \($0)" }
  }

  /// Returns a chart of the learning rate, with the ends of cycles marked.
  public static func chart(_ plan: Plan, title: String, steps: Int) -> Chart {
    // Of a long schedule some thousands of updates are drawn: a chart has fewer pixels.
    let shown = Array(stride(from: 0, to: steps, by: max(1, steps / 4000)))
    var chart = Chart(
      title: title, xLabel: "update",
      series: [
        .init(
          name: "learning rate", x: shown.map(Double.init), y: shown.map(plan.learningRate.value))
      ])
    chart.marks = plan.troughs(upTo: steps).prefix(200).map(Double.init)
    return chart
  }
}
