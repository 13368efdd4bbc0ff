import Planning
import Runs
import Tuning

/// Looks at a run's losses as they come, and says each thing once.
///
/// What it knows follows from the rows of `metrics.csv` alone: a run that is resumed shows it the rows
/// again, and it finds the same at the same updates as if the run had not been stopped.
public final class CurveWatch {
  /// Whether a run that has diverged is to be taken back.
  public let acts: Bool

  private let plan: RunPlan
  private let cycles: [RunCycle]
  private var curve: LossCurve
  private var watch: RunWatch
  private var told: Set<CurveFinding.Kind>
  private var judged: Int

  /// Creates a watch of a run that has these rows already, of which nothing is said again.
  public init(plan: RunPlan, rows: MetricsTable?, acts: Bool) {
    self.plan = plan
    self.acts = acts
    cycles = plan.cycles
    curve = rows.map { LossCurve($0) } ?? LossCurve()
    watch = RunWatch(cycles: cycles, constantLoss: plan.constantLoss)
    for update in curve.updates {
      _ = watch.divergence(after: update.loss, learningRate: update.learningRate)
    }
    told = Set(plan.diagnosis(of: curve).findings.map(\.kind))
    judged = curve.count
  }

  /// Takes in the next update; returns how the run has diverged if that is certain now.
  func take(loss: Double, learningRate: Double) -> CurveFinding? {
    curve.append(loss: loss, learningRate: learningRate)
    guard let divergence = watch.divergence(after: loss, learningRate: learningRate) else {
      return nil
    }
    told.insert(.diverged)
    return CurveFinding(divergence, in: curve, cycles)
  }

  /// Returns how the run has diverged, of which a parameter is no number.
  func parametersAreNotFinite(learningRate: Double) -> CurveFinding {
    CurveFinding(watch.divergenceOfParameters(learningRate: learningRate), in: curve, cycles)
  }

  /// Takes in an evaluation.
  func take(_ values: [MetricValue], after update: Int) {
    let figures = Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    let score = LossCurve.scoreName(among: values.map(\.name))
    curve.append(
      .init(update: update, loss: figures["loss"], score: score.flatMap { figures[$0] }))
  }

  /// Returns what the curve says at a trough that it has not said before.
  ///
  /// Judging costs as much as the curve is long. So it is done where the curve has grown by a tenth
  /// since the last time, or has come to its end: all judgements together cost ten or so.
  func findings() -> [CurveFinding] {
    let isOver = curve.count >= plan.budget.totalSteps
    guard isOver || Double(curve.count) >= 1.1 * Double(judged) else { return [] }
    judged = curve.count
    let new = plan.diagnosis(of: curve).findings.filter { !told.contains($0.kind) }
    told.formUnion(new.map(\.kind))
    return new
  }
}
