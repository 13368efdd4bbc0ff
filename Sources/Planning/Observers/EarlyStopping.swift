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
  public func willTrain(after update: Int) -> TrainingDecision { decision(after: update) }

  /// Compares the score at the end of a cycle with the best one so far.
  public func didEvaluate(_ record: EvaluationRecord) -> TrainingDecision {
    guard record.endsCycle else { return .proceed }
    patience.take(record.ranked.byName, of: metric, after: record.update)
    return decision(after: record.update)
  }

  private func decision(after update: Int) -> TrainingDecision {
    guard patience.isOver(after: update) else { return .proceed }
    let cycles = patience.cycles == 1 ? "cycle" : "cycles"
    let best = patience.bestUpdate.map {
      "; it was best after update \($0)"
        + (isEnsemble ? ", by the snapshots up to then" : ", whose checkpoint is kept")
    }
    return .stop(reason: "no better score in \(patience.cycles) \(cycles)" + (best ?? ""))
  }
}
