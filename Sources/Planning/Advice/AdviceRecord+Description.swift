import Foundation
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
    if let limit = advice.limit { lines.append("the peak is bounded \(text(limit))") }
    if let obstacle {
      if obstacle != .notAskedFor { lines.append("no peaks were rehearsed: \(obstacle)") }
    } else if isLateStart {
      lines.append(
        "the rehearsals do not count: none came clearly below the constant-predictor baseline"
      )
    }
    if let spent { lines.append(spent) }
    return lines
  }

  /// From what the peak follows, in a few words.
  private var evidence: String {
    var parts = reading?.rate == nil ? [] : ["the range test"]
    parts.append("the prior for such runs")
    if !advice.rehearsals.isEmpty {
      parts.append("\(rehearsals.count) rehearsals of \(design?.length ?? 0) updates")
    }
    return parts.count > 1
      ? parts.dropLast().joined(separator: ", ") + " and " + (parts.last ?? "") : parts[0]
  }

  /// What rehearsals will cost, before the first one.
  public var costLine: String? {
    guard let design, obstacle == nil else { return nil }
    let share = 100 * Double(design.cost) / Double(situation.updates)
    let rates = design.steps.map { "\(rate($0))" }.joined(separator: ", ")
    return
      "peaks \(rates) are rehearsed for \(design.length) updates each, evaluated on \(design.heldOut) "
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
    var lines = [about, priorLine(advice.prior)]
    lines.append(reading.map(testLine) ?? testLength.map { "\($0)" } ?? "range test: none")
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
    if let limit = advice.limit { lines.append("bounded " + text(limit)) }
    lines.append(
      "peak: \(rate(advice.step)), and with a probability of 80 % between "
        + "\(rate(advice.interval.lowerBound)) and \(rate(advice.interval.upperBound))"
        + (peakMomentum.map { " (at momentum \($0), a step of \(roundedRate(advice.step)))" } ?? "")
    )
    lines.append("what would change it: " + change(advice))
    return lines
  }

  private var about: String {
    let kind = situation.isPretrained ? "from trained weights" : "from scratch"
    let norm = situation.isNormalized ? "normalized" : "without normalization"
    return "run: \(situation.task.name), \(situation.optimizer.rawValue), \(norm), \(kind); "
      + "\(situation.updates) updates of \(situation.batchSize), "
      + String(format: "%.3g epochs of %d images", situation.epochs, situation.images)
  }

  private func priorLine(_ prior: PeakPrior) -> String {
    "prior: " + text(prior.belief) + " (\(prior.source))"
  }

  private func testLine(_ reading: RangeTestReading) -> String {
    func shown(_ rate: Double) -> Double {
      roundedRate(momentum.map { self.rate(Step(rate: rate, momentum: $0).size) } ?? rate)
    }
    let peak =
      reading.rate.map {
        "its own peak \(shown($0)), weight " + String(format: "%.2f", reading.weight)
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
    case .edge(let edge): "by the range test's edge at \(rate(edge))"
    case .lostRehearsal(let step): "to a third of \(rate(step)), at which a rehearsal was lost"
    case .reach(let octaves): "to \(octaves) octaves from where it was without rehearsals"
    }
  }

  private func change(_ advice: PeakAdvice) -> String {
    if let obstacle {
      switch obstacle {
      case .fewUpdates(_, let least):
        return
          "\(least) updates or more would pay for rehearsals; --advice rehearse makes them anyway"
      case .notAskedFor: return "--advice auto makes a range test, and rehearsals where they pay"
      case .peakGiven: return "leave out --max-lr to have it found"
      case .fewImages: return "more training images, or --max-lr from runs that you compare"
      case .lateStart: return "a longer range test (--range-test-steps)"
      case .shortCycles, .notNormalized, .smallGain: return "--advice rehearse rehearses anyway"
      }
    }
    if case .lostRehearsal = advice.limit {
      return "the lost rehearsal bounds it; --max-lr tries a higher one"
    }
    return "another seed (--seed) rehearses on other images; a longer run rehearses longer"
  }
}
