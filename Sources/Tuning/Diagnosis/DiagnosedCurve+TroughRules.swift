/// The rules on what the cycles come to.
extension DiagnosedCurve {
  /// The fewest updates of a run of which it is said that it has learned nothing.
  private static let fewestUpdates = 100

  /// A run that has come to its end and is hardly better than a constant prediction.
  func learnedNothing(beyond baseline: Double?) -> CurveFinding? {
    guard let baseline, baseline > 0, let end = cycles.last?.end, end >= Self.fewestUpdates, curve.count >= end,
      let last = levels.last?.levels
    else { return nil }
    let window = RunCycle.window(ofLength: last.cycle.length)
    let level = curve.level(max(0, end - window)..<end)
    guard level > 0.98 * baseline else { return nil }
    return CurveFinding(
      .learnedNothing(NoProgress(update: end, loss: level, baselineLoss: baseline)), change: .inspectData)
  }

  /// Two cycles have brought nothing that the troughs before them had not.
  ///
  /// By the evaluations at the troughs, or by the training loss where there are none. Nothing is less
  /// than a hundredth of what the run has gained, and of a score less than a fiftieth of what it lacks
  /// to 1. Patience is two cycles, since one may be a bad one.
  var troughsStoppedImproving: CurveFinding? {
    guard troughs.count >= 3, let last = troughs.last, hasImproved else { return nil }
    let evaluated = troughs.compactMap(\.evaluationLoss)
    let isEvaluation = evaluated.count == troughs.count
    let losses = isEvaluation ? evaluated : troughs.map(\.trainingLoss)
    guard losses.allSatisfy(\.isFinite), let before = losses.dropLast(2).min(),
      let since = losses.suffix(2).min(), let index = losses.firstIndex(of: before)
    else { return nil }
    // What noise may hide of an improvement counts as improvement.
    let error = whole.suffix(3).map(\.levels.levelError).max() ?? .infinity
    let hidden = isEvaluation ? 0 : 2 * error
    guard before - since + hidden < 0.01 * gained, !scoresImprove else { return nil }
    let best = troughs[index]
    let isOver = cycles.last.map { $0.end <= curve.count } ?? true
    return CurveFinding(
      .troughsStoppedImproving(
        Stall(
          bestCycle: best.cycle, best: before, since: since, isEvaluation: isEvaluation,
          cycles: last.cycle - best.cycle, update: last.update)),
      change: isOver
        ? .shorten(to: best.update, cycles: best.cycle) : .stop(atTrough: last.update))
  }

  private var scoresImprove: Bool {
    let scores = troughs.compactMap(\.score)
    guard scores.count == troughs.count, let before = scores.dropLast(2).max(),
      let since = scores.suffix(2).max()
    else { return false }
    return since - before > 0.02 * (1 - before)
  }

  /// The evaluation loss rises from trough to trough while the training loss does not.
  ///
  /// Evaluations at troughs are alike in phase. In a single cycle those on the way down are compared,
  /// where a falling rate can only lower the loss. Two of them at least must be higher than the best by a twentieth of
  /// what the run has gained, and the last one by twice what evaluations differ by at random.
  func validationRises(_ regularizers: [Regularizer]) -> CurveFinding? {
    let alike = evaluationsAlike
    guard hasImproved, let last = alike.last,
      let best = alike.min(by: { $0.loss < $1.loss }), best.update < last.update
    else { return nil }
    let higher = alike.filter { $0.update > best.update && $0.loss > best.loss + 0.05 * gained }
    guard higher.count > 1, last.loss - best.loss > max(0.05 * gained, 2 * noise(of: alike.map(\.loss)))
    else { return nil }
    let (then, now) = (trainingLevel(at: best.update), trainingLevel(at: last.update))
    guard now < then + 0.2 * (last.loss - best.loss) else { return nil }
    return CurveFinding(
      .validationRises(
        ValidationRise(
          bestUpdate: best.update, best: best.loss, update: last.update, last: last.loss,
          trainingThen: then, trainingNow: now)),
      change: .regularize(regularizers))
  }

  /// By how much evaluations differ at random, as a standard deviation: by the median of how much one differs from the
  /// mean of its neighbors, which a steady fall or rise leaves at nothing; of a normal distribution that is 0.826 of it.
  private func noise(of losses: [Double]) -> Double {
    guard losses.count >= 3 else { return 0 }
    let bends = losses.indices.dropFirst().dropLast().map { index in
      abs(losses[index] - (losses[index - 1] + losses[index + 1]) / 2)
    }
    return median(of: bends[...]) / 0.826
  }

  /// Evaluations that the rate's swing does not tell apart.
  private var evaluationsAlike: [(update: Int, loss: Double)] {
    let atTroughs = troughs.compactMap { trough in
      trough.evaluationLoss.map { (trough.update, $0) }
    }
    .filter { $0.1.isFinite }
    if cycles.count > 1 { return atTroughs }
    guard let cycle = cycles.first else { return [] }
    return curve.evaluations.compactMap { evaluation in
      guard evaluation.update > cycle.peak, let loss = evaluation.loss, loss.isFinite else {
        return nil
      }
      return (evaluation.update, loss)
    }
  }

  private func trainingLevel(at update: Int) -> Double {
    let cycle = cycles.last { $0.start < update } ?? cycles.first
    let window = RunCycle.window(ofLength: cycle?.length ?? 0)
    let end = min(update, curve.count)
    return curve.level(max(0, end - window)..<end)
  }
}
