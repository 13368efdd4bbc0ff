import Planning
import Runs
import Tuning

extension Patience {
  /// Creates the patience of a run that has ended these cycles already, as its table tells; nil if it
  /// has none.
  ///
  /// It counts anew from where the plan was changed: who makes a run longer wants it to go on.
  init?(_ settings: RunSettings, plan: RunPlan, rows: MetricsTable?) {
    guard let cycles = settings.patience else { return nil }
    self.init(cycles: cycles)
    guard let rows else { return }
    let troughs = Set(plan.plan.troughs(upTo: plan.budget.totalSteps))
    let changes = plan.plan.changes.map(\.step)
    let judged = rows.rows.filter { $0.split != .train && troughs.contains($0.update) }
    for (index, row) in judged.enumerated() {
      // An average is judged after the model, and in its place.
      if index + 1 < judged.count, judged[index + 1].update == row.update { continue }
      var values = zip(rows.columns, row.values).compactMap { name, value in
        value.map { MetricValue(name, $0) }
      }
      if let loss = row.loss { values.append(MetricValue("loss", loss)) }
      take(values, after: row.update)
      if changes.contains(row.update) { beginAnew() }
    }
  }

  /// Takes in the figures at the end of a cycle: the score if there is one, or else the loss.
  mutating func take(_ values: [MetricValue], after update: Int) {
    let figures = Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    let score = LossCurve.scoreName(among: values.map(\.name)).flatMap { figures[$0] }
    take(score ?? figures["loss"].map { -$0 } ?? .nan, after: update)
  }
}
