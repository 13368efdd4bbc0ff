import Metrics
import Runs
import Settings
import Tuning

extension Patience {
  /// Creates the patience of a run that has ended these cycles already, according to its table; nil if it
  /// has none.
  ///
  /// It counts anew from where the plan was changed, and ends nothing in the cycles by which the run was
  /// made longer: who asks for cycles is given them.
  ///
  /// - Parameter settings: those of the run's `config.yaml`, where a patience can be raised.
  public init?(_ settings: ResolvedSettings, plan: RunPlan, rows: [MetricsRow], columns: [String]) {
    guard let cycles = settings.evaluation.patience else { return nil }
    self.init(cycles: cycles)
    let extensions = plan.plan.changes.filter { if case .extended = $0.kind { true } else { false } }
    // From the first one on: all that comes behind it was asked for.
    if let first = extensions.map(\.step).min() {
      askedFor = first..<max(first, plan.budget.totalSteps)
    }
    let troughs = Set(plan.plan.troughs(upTo: plan.budget.totalSteps))
    let changes = plan.plan.changes.map(\.step)
    // Not those of training images, on which the model gets better until the end.
    let evaluated = rows.filter {
      ($0.split.isEvaluation || $0.split == .average) && troughs.contains($0.update)
    }
    // An undefined metric has an empty cell, and is waited for all the same.
    var names = EvaluatedColumns(columns)
    rows.forEach { names.take($0) }
    let undefined = Dictionary(names.names.map { ($0, Double.nan) }, uniquingKeysWith: { $1 })
    for (index, row) in evaluated.enumerated() {
      // An average is evaluated after the model, and in its place.
      if index + 1 < evaluated.count, evaluated[index + 1].update == row.update { continue }
      var values = undefined
      for (name, value) in zip(columns, row.values) where values[name] != nil {
        values[name] = value ?? .nan
      }
      if let loss = row.loss { values["loss"] = loss }
      take(values, of: settings.evaluation.patienceOn?.name, after: row.update)
      if changes.contains(row.update) { beginAnew() }
    }
  }

  /// The metric that is compared: the named one, or the score if there is one, or else the loss.
  static func metric(_ named: String?, among names: some Sequence<String>) -> String {
    named ?? LossCurve.scoreName(among: Array(names)) ?? "loss"
  }

  /// Takes in the metrics at the end of a cycle, also those that are undefined.
  ///
  /// - Parameter metric: the one to compare; nil for the score if there is one, or else the loss.
  public mutating func take(_ values: [String: Double], of metric: String?, after update: Int) {
    let name = Self.metric(metric, among: values.keys)
    let value = values[name] ?? .nan
    take(MetricDescription.isSmallerBetter(name) ? -value : value, after: update)
  }
}

extension RunPlan {
  /// The updates at which a run of this plan ended before its last one, since its patience was over; nil
  /// where it is none of that.
  ///
  /// - Parameters:
  ///   - step: the updates that its newest checkpoint has.
  ///   - changes: settings that the run has anew.
  func stop(at step: Int, in folder: RunFolder, having changes: RunSettings = RunSettings()) throws -> Int? {
    guard step < budget.totalSteps else { return nil }
    let settings = changes.filled(from: try RunSettings.read(from: folder.configuration.path)).resolved
    guard settings.evaluation.patience != nil else { return nil }
    let table = try MetricsTable.read(folder.metrics)
    let patience = Patience(
      settings, plan: self, rows: table.rows.filter { $0.update <= step }, columns: table.columns)
    return patience?.isOver(after: step) == true ? step : nil
  }
}
