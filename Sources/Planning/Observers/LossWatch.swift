import Metrics
import Runs
import Tuning

/// Looks at a run's losses as they come, reports each finding once, and rolls back a run that has diverged.
///
/// What it knows follows from the rows of `metrics.csv` alone: a run that is resumed shows it the rows
/// again, and it finds the same at the same updates as if the run had not been stopped.
public final class LossWatch: TrainingObserver {
  private let rollsBack: Bool
  private let evaluationCount: Int?
  private let plan: RunPlan
  private var curve: LossCurve
  private var watch: RunWatch
  private var reported: Set<CurveFinding.Kind> = []
  /// The updates of which a diagnosis was made last.
  private var diagnosed = 0

  /// Creates a watch of a run that has these rows already, whose findings are not reported again.
  ///
  /// - Parameters:
  ///   - rollsBack: whether a run that has diverged is rolled back, and the next cycles follow from what
  ///     troughs say.
  ///   - evaluationCount: how many images are evaluated while it trains, if that is known.
  public init(
    plan: RunPlan, rows: MetricsTable?, rollsBack: Bool, evaluationCount: Int? = nil
  ) {
    self.evaluationCount = evaluationCount
    self.plan = plan
    self.rollsBack = rollsBack
    curve = rows.map { LossCurve($0) } ?? LossCurve()
    watch = RunWatch(cycles: plan.cycles, baselineLoss: plan.baselineLoss)
    for update in curve.updates {
      let divergence = watch.divergence(after: update.loss, learningRate: update.learningRate)
      if divergence != nil { reported.insert(.diverged) }
    }
    // Only what was reported is known: what the rows behind the last trough show is reported at the next one.
    let ends = plan.plan.changes.compactMap { change in
      switch change.kind {
      case .extended, .continuedAtFloor, .reopened: change.step
      default: nil
      }
    }
    for end in Set(plan.plan.troughs(upTo: curve.count) + ends).sorted()
    where end <= curve.count && (ends.contains(end) || isDiagnosed(at: end)) {
      var before = curve
      before.cut(to: end)
      report(plan.diagnosis(of: before), of: before)
    }
  }

  /// Reads the trough at which a run was left, in case it was killed before it could go on by another plan.
  public func willTrain(after update: Int) -> TrainingDecision {
    revision(at: update).map { .revise($0, []) } ?? .proceed
  }

  private func revision(at update: Int) -> RunPlan? {
    rollsBack ? plan.revised(after: curve, at: update, evaluationCount: evaluationCount) : nil
  }

  /// Reports a divergence, or rolls back, once it is certain.
  public func didUpdate(_ record: UpdateRecord) -> TrainingDecision {
    curve.append(loss: record.loss, learningRate: record.learningRate)
    guard
      let divergence = watch.divergence(after: record.loss, learningRate: record.learningRate)
    else { return .proceed }
    reported.insert(.diverged)
    return decision(on: divergence)
  }

  /// Reports how a run has diverged of which a parameter is not finite, or rolls it back.
  public func didFindNonFiniteParameters(learningRate: Double) -> TrainingDecision {
    decision(on: watch.divergenceOfParameters(learningRate: learningRate))
  }

  private func decision(on divergence: Divergence) -> TrainingDecision {
    var finding = CurveFinding(divergence, in: curve, plan.cycles(after: curve.count))
    finding.momentum = plan.momentum
    finding = plan.plausible(finding)
    return rollsBack ? .rollBack(finding) : .warn([finding])
  }

  /// Reports at the end of a cycle what the curve did not show before.
  public func didEvaluate(_ record: EvaluationRecord) -> TrainingDecision {
    let name = LossCurve.scoreName(among: record.model.values.map(\.name))
    // What is undefined has an empty cell in the table, and so is missing when a run is resumed.
    func score(_ values: [String: Double]) -> Double? {
      name.flatMap { values[$0] }.flatMap { $0.isFinite ? $0 : nil }
    }
    let values = record.model.byName
    curve.append(.init(update: record.update, loss: values["loss"], score: score(values)))
    if let training = record.training?.byName, let loss = training["loss"] {
      curve.append(
        LossCurve.TrainingReading(loss: loss, score: score(training)), at: record.update)
    }
    guard record.endsCycle || record.endsRun else { return .proceed }
    let findings = findings(of: curve)
    return revision(at: record.update).map { .revise($0, findings) } ?? .warn(findings)
  }

  /// Returns what a curve shows that it did not show before.
  ///
  /// A diagnosis costs as much as the curve is long. So one is made where the curve has grown by a tenth
  /// since the last one, or has come to its end: all of them together cost ten or so.
  private func findings(of curve: LossCurve) -> [CurveFinding] {
    isDiagnosed(at: curve.count) ? report(plan.diagnosis(of: curve), of: curve) : []
  }

  private func isDiagnosed(at update: Int) -> Bool {
    update >= plan.budget.totalSteps || Double(update) >= 1.1 * Double(diagnosed)
  }

  /// Returns the findings that are new, and keeps that they are reported.
  @discardableResult
  private func report(_ diagnosis: Diagnosis, of curve: LossCurve) -> [CurveFinding] {
    diagnosed = curve.count
    let new = diagnosis.findings.filter { !reported.contains($0.kind) }
    reported.formUnion(new.map(\.kind))
    return new
  }
}
