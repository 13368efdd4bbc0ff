import Foundation
import Schedules
import Settings
import Tuning

extension AdviceRecord {
  /// What was advised and from what, for the plan: the peak with its interval, and why nothing was rehearsed.
  public var lines: [String] {
    guard isJoined else { return [] }
    let advice = advice
    var lines = [
      "peak \(rate(advice.step)), and with a probability of 80 % between "
        + "\(rate(advice.interval.lowerBound)) and \(rate(advice.interval.upperBound)), by \(evidence)"
    ]
    if let bound { lines.append("the peak is bounded \(bound)") }
    if let obstacle {
      if obstacle != .notAskedFor { lines.append("no peaks were rehearsed (tried in short cycles): \(obstacle)") }
    } else if isLateStart {
      lines.append(
        "the rehearsals do not count: none came clearly below the constant-predictor baseline"
      )
    }
    if let spent { lines.append(spent) }
    return lines
  }

  /// Where the run's highest rate comes from, in a few words: `given`, or `by` what it follows from.
  public var origin: String {
    if obstacle == .peakGiven { return "given" }
    return "by " + (isJoined || range == nil ? evidence : "the range test")
  }

  /// From what the peak follows, in a few words, what counts most first.
  private var evidence: String {
    let advice = advice
    var parts = [
      advice.isPriorCapped ? "the rate at which the range test diverged" : "the prior for such runs"
    ]
    if advice.testShare > 0 {
      let share = max(1, (100 * advice.testShare).rounded())
      parts.append(
        "the range test's peak (counted as " + String(format: "%.0f %%)", share))
    }
    if !advice.rehearsals.isEmpty {
      parts.append("\(rehearsals.count) rehearsals of \(design?.length ?? 0) updates")
    }
    return parts.count > 1
      ? parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "") : parts[0]
  }

  /// What keeps the peak lower than it would be, in words that follow "bounded"; nil where nothing does.
  private var bound: String? {
    let advice = advice
    if let limit = advice.limit { return text(limit) }
    guard advice.isPriorCapped, let edge = advice.reading?.edge else { return nil }
    return text(.edge(edge)) + ", below the prior of \(rate(advice.prior.belief.step))"
  }

  /// Why a run has another peak than its range test alone gives, in a sentence with the command that shows how it
  /// is found; nil where they differ by less than a quarter.
  ///
  /// - Parameters:
  ///   - peak: a single cycle's peak by the test alone, at the test's momentum.
  ///   - bound: the upper bound of the run's schedule by the test alone; nil where that is one-cycle's peak.
  ///   - command: shows from what the run's peak follows.
  public func difference(from peak: Double, bound scheduleBound: Double? = nil, shownBy command: String) -> String? {
    guard isJoined else { return nil }
    let advice = advice
    let own = rate(ofStep: advice.step, at: momentum)
    guard own.isFinite, peak > 0, !(0.8...1.25).contains(own / peak) else { return nil }
    let reason: String
    if let bound {
      reason = "it is bounded \(bound)"
    } else if reading == nil {
      reason =
        "a twentieth of a run of \(situation.updates) updates holds too little of a range test with its measurements, and "
        + "the run takes the prior for such runs"
    } else {
      let share = String(format: "%.0f %%", 100 * advice.testShare)
      reason =
        "it counts the range test as \(share) beside the prior for "
        + (isOpenEnded ? "runs without an end, in updates" : "runs of \(situation.updates) updates")
        + " of \(situation.batchSize)"
    }
    let taken =
      scheduleBound.map { "an upper bound of about \(roundedRate($0 * own / peak))" }
      ?? "a one-cycle peak of about \(roundedRate(own))"
    return "'rondo train' would take \(taken) here, since \(reason); "
      + "'\(command)' shows how it is found"
  }

  /// Whether the run has no end, so that its updates are as many as there can be.
  private var isOpenEnded: Bool { situation.updates >= Budget.maximumSteps }

  /// The peak with which the run is planned, unless its cycles rise again and again.
  public var peak: Double { rate(stepOfTestAlone ?? advice.step) }

  /// The step of the range test's own peak, where the run's peak is that; nil where it is not.
  private var stepOfTestAlone: Double? {
    guard obstacle != .peakGiven, !isJoined, let range else { return nil }
    return momentum.map { Step(rate: range.oneCycleMax, momentum: $0).size } ?? range.oneCycleMax
  }

  /// What rehearsals will cost, before the first one.
  public var costLine: String? {
    guard let design, obstacle == nil else { return nil }
    let share = 100 * Double(design.cost) / Double(situation.updates)
    let rates = design.steps.map { "\(rate($0))" }.joined(separator: ", ")
    return
      "peaks \(rates) are rehearsed, each in a short cycle of \(design.length) updates, evaluated on \(design.heldOut) "
      + "held-out training images; \(design.cost) updates of the run's \(situation.updates) "
      + String(format: "(%.1f %%)", share)
      + (secondsPerUpdate.map { String(format: ", about %.0f s", $0 * Double(design.cost)) } ?? "")
  }

  /// What rehearsals have cost.
  private var spent: String? {
    guard cost > 0 else { return nil }
    let share = 100 * Double(cost) / Double(situation.updates)
    return "rehearsals took \(cost) of the budget's \(situation.updates) updates "
      + String(format: "(%.1f %%)", share)
  }

  /// The last rehearsal in a line.
  public var progressLine: String {
    guard let last = rehearsals.last, let design else { return "" }
    let result =
      switch last.end {
      case .completed: "loss " + String(format: "%.4g", last.loss)
      case .notFinite: "diverged at update \(last.updates)"
      case .stopped: "stopped at update \(last.updates), its loss far above the best"
      }
    let count = max(rehearsals.count, design.steps.count)
    return "rehearsal \(rehearsals.count)/\(count) to \(rate(last.step)): \(result)"
  }

  /// A step as the rate at the run's peak, rounded.
  func rate(_ step: Double) -> Double { roundedRate(rate(ofStep: step, at: peakMomentum)) }

  // MARK: The account

  /// The whole account, a dozen lines: what was known, what was measured, how they were joined, how sure the
  /// peak is, and what would change it.
  public var explanation: [String] {
    let advice = advice
    if let step = stepOfTestAlone {
      return [
        about, priorLine(advice.prior) + ", which --advice range-test leaves out",
        reading.map { testLine($0, share: nil) } ?? "range test: none",
        "rehearsals: none, since \(RehearsalSkipReason.notAskedFor)",
        "peak: \(peak), the range test's own" + atMomentum(step), "what would change it: \(change)",
      ]
    }
    var lines = [about, priorLine(advice.prior)]
    lines.append(
      reading.map { testLine($0, share: advice.testShare) } ?? testLength.map { "\($0)" } ?? "range test: none")
    lines += surprises(advice)
    if reading != nil { lines.append("both together: " + text(advice.before)) }
    if let obstacle {
      lines.append("rehearsals: none, since \(obstacle)")
    } else if let design {
      lines.append(
        "rehearsals: \(design.length) updates each from the same weights on the same batches, evaluated on "
          + "\(design.heldOut) training images that are held out meanwhile")
      lines += rehearsals.map { "  " + text($0) }
      if isLateStart {
        lines.append(
          "  none came clearly below the constant-predictor baseline, so they do not count")
      }
      if !advice.rehearsals.isEmpty {
        lines.append(
          "all together: " + text(advice.after) + "; the whole run's best peak is taken to be "
            + String(format: "%.2f", advice.factorOfShortCycle) + " of a short cycle's")
      }
    }
    if let bound { lines.append("bounded " + bound) }
    lines.append(
      "peak: \(rate(advice.step)), and with a probability of 80 % between "
        + "\(rate(advice.interval.lowerBound)) and \(rate(advice.interval.upperBound))"
        + atMomentum(advice.step))
    lines.append("what would change it: \(change)")
    return lines
  }

  private func atMomentum(_ step: Double) -> String {
    peakMomentum.map { " (at momentum \($0), a step of \(roundedRate(step)))" } ?? ""
  }

  private var about: String {
    let kind = situation.isPretrained ? "from trained weights" : "from scratch"
    let norm = situation.isNormalized ? "normalized" : "without normalization"
    let own = "run: \(situation.task.name), \(situation.optimizer.rawValue), \(norm), \(kind); "
    guard !isOpenEnded else {
      return own + "no end, in updates of \(situation.batchSize), \(situation.images) images; advised as one of "
        + String(format: "%.3g epochs", situation.epochs)
    }
    return own
      + "\(situation.updates) updates of \(situation.batchSize), "
      + String(format: "%.3g epochs of %d images", situation.epochs, situation.images)
  }

  private func priorLine(_ prior: PeakPrior) -> String {
    "prior: " + text(prior.belief) + ", by \(prior.basis) (from \(prior.source))"
  }

  /// What makes the peak higher than the numbers in the lines before let expect.
  private func surprises(_ advice: PeakAdvice) -> [String] {
    var lines: [String] = []
    let factor = situation.factorOfEpochs
    if factor > 1 {
      lines.append(
        "epochs: " + String(format: "%.3g pass", situation.epochs)
          + " often over the images, so the "
          + (reading?.rate == nil ? "prior is" : "prior and the range test's own peak are")
          + String(format: " multiplied by %.2f", factor)
          + (reading?.rate == nil ? ", as shown" : ", the prior as shown"))
    }
    if advice.isAboveEdge {
      lines.append(
        "edge: it does not bound this peak, since an untrained network with normalization layers gains from higher "
          + "rates in a run than its range test tolerates")
    }
    return lines
  }

  /// - Parameter share: the weight of the test's peak beside the prior; nil where it has no weight beside another.
  private func testLine(_ reading: RangeTestReading, share: Double?) -> String {
    func shown(_ rate: Double) -> Double {
      roundedRate(momentum.map { self.rate(Step(rate: rate, momentum: $0).size) } ?? rate)
    }
    let peak =
      reading.rate.map {
        "its own peak \(shown($0))" + (share.map { String(format: ", weight %.2f beside the prior", $0) } ?? "")
      }
      ?? "no peak of its own"
    let edge = reading.edge.map { ", the loss diverges above \(shown($0))" } ?? ", no edge seen"
    return "range test: \(testLength?.steps ?? 0) updates, \(peak)\(edge)"
  }

  private func text(_ belief: PeakEstimate) -> String {
    "\(rate(belief.step)), 80 % between \(rate(belief.interval.lowerBound)) and "
      + "\(rate(belief.interval.upperBound))"
  }

  private func text(_ rehearsal: Rehearsal) -> String {
    let error = rehearsals.standardErrors.first { $0.rehearsal.step == rehearsal.step }?.error
    let result =
      switch rehearsal.end {
      case .completed:
        "loss " + String(format: "%.4g", rehearsal.loss)
          + (error.map { String(format: " +- %.2g", $0) } ?? "")
      case .notFinite: "diverged at update \(rehearsal.updates)"
      case .stopped: "stopped at update \(rehearsal.updates), its loss far above the best"
      }
    return "to \(rate(rehearsal.step)): \(result)"
  }

  private func text(_ limit: PeakAdvice.Limit) -> String {
    switch limit {
    case .edge(let edge): "by the range test, whose loss diverges at \(rate(edge))"
    case .lostRehearsal(let step): "to a third of \(rate(step)), at which a rehearsal was lost"
    case .reach(let octaves): "to \(octaves) octaves from where it was without rehearsals"
    }
  }
}
