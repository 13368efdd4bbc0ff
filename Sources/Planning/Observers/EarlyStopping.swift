import Runs
import Settings
import Tuning

/// Ends a run whose score has not become better for as many cycles as its patience allows.
public final class EarlyStopping: TrainingObserver {
  private var patience: Patience
  private let metric: String?
  private let isEnsemble: Bool

  /// Creates the observer of a run that has these rows already; nil if its settings name no patience.
  public init?(_ settings: ResolvedSettings, plan: RunPlan, rows: [MetricsRow], columns: [String]) {
    guard let patience = Patience(settings, plan: plan, rows: rows, columns: columns) else {
      return nil
    }
    self.patience = patience
    metric = settings.evaluation.patienceOn?.name
    isEnsemble = settings.evaluation.average == .snapshots
  }

  /// Ends a run at once that was over already.
  public func willTrain(after update: Int) -> TrainingDecision {
    let decision = decision(after: update)
    guard decision == .proceed, patience.askedFor.contains(update) else { return decision }
    return .note("--patience ends none of the cycles that were added (--extend-cycles)")
  }

  /// Compares the score at the end of a cycle with the best one so far.
  public func didEvaluate(_ record: EvaluationRecord) -> TrainingDecision {
    guard record.endsCycle else { return .proceed }
    let values = record.ranked.byName
    let before = patience.undefined
    patience.take(values, of: metric, after: record.update)
    let decision = decision(after: record.update)
    guard decision == .proceed, before == 0, patience.undefined > 0 else { return decision }
    return .note(
      "\(Patience.metric(metric, among: values.keys)) is undefined after update \(record.update): --patience never counts "
        + "that as better")
  }

  private func decision(after update: Int) -> TrainingDecision {
    guard patience.isOver(after: update) else { return .proceed }
    let cycles = patience.cycles == 1 ? "cycle" : "cycles"
    let best = patience.bestUpdate.map {
      "; it was best after update \($0)"
        + (isEnsemble ? ", by the snapshots up to then" : ", whose checkpoint is kept")
    }
    let undefined =
      patience.undefined > 0
      ? "; it was undefined \(patience.undefined) times, which is never better" : ""
    return .stop(
      reason: "no better score in \(patience.cycles) \(cycles)" + (best ?? "") + undefined)
  }
}
