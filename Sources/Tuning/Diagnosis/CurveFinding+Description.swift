import Foundation

extension CurveFinding: CustomStringConvertible {
  /// What was seen, in numbers, and what to do: one or two sentences.
  ///
  /// A suggested rate comes with the step that it makes.
  public var description: String { "\(fact); \(change.words(momentum))." }
}

extension CurveFinding.Fact: CustomStringConvertible {
  /// What was seen, in numbers.
  public var description: String {
    switch self {
    case .diverged(let divergence): divergence.words
    case .swingsTooWide(let swing): swing.words
    case .spikesNearPeak(let spikes): spikes.words
    case .noDipAtPeak(let noDip): noDip.words
    case .troughsStoppedImproving(let stall): stall.words
    case .validationRises(let overfit): overfit.words
    case .overfits(let gap): gap.words
    }
  }
}

extension SuggestedChange: CustomStringConvertible {
  /// What to do, by the names of the flags.
  public var description: String { words(nil) }

  fileprivate func words(_ momentum: Double?) -> String {
    switch self {
    case .lowerUpperBound(let rate):
      "lower the upper bound: --max-lr \(figure(rate))\(step(rate, momentum))"
    case .raiseUpperBound(let now, let rate):
      "a higher upper bound may train faster, which this curve cannot say: compare --max-lr "
        + "\(figure(now)) and --max-lr \(figure(rate))\(step(rate, momentum))"
    case .stop(let trough): "the run can be stopped at this trough (update \(trough))"
    case .shorten(let updates, let cycles):
      "\(counted(cycles, "cycle")) would have been enough: --steps \(updates)"
    case .regularize(let regularizers):
      "regularize more: "
        + (regularizers.isEmpty
          ? "more weight decay, more augmentation, or more data"
          : regularizers.map { $0.words(momentum) }.joined(separator: ", or "))
    }
  }
}

extension Regularizer: CustomStringConvertible {
  /// The flag, and what it is now.
  public var description: String { words(nil) }

  fileprivate func words(_ momentum: Double?) -> String {
    switch self {
    case .upperBound(let from, let to):
      "--max-lr \(figure(to)) (now \(figure(from)))\(step(to, momentum))"
    case .weightDecay(let from, let to): "--weight-decay \(figure(to)) (now \(figure(from)))"
    case .cropPadding(let from, let to): "--crop-padding \(to) (now \(from))"
    case .flip: "--flip, if a mirrored image has the same label"
    }
  }
}

/// The step that a rate makes, in brackets, where the momentum is known.
private func step(_ rate: Double, _ momentum: Double?) -> String {
  momentum.map { " (\(Step(rate: rate, momentum: $0)))" } ?? ""
}

// MARK: Each fact

extension Divergence {
  fileprivate var words: String {
    let place = "at update \(update), at learning rate \(figure(learningRate))"
    switch sign {
    case .loss:
      return "the loss became \(loss.isNaN ? .nan : loss) "
        + (update > 1
          ? "at update \(update), after an update at learning rate \(figure(learningRate))" : place)
    case .parameters: return "the parameters became infinite \(place)"
    case .rise: break
    }
    var rise = "from \(figure(start)), where the run began, to \(figure(loss))"
    if best < start {
      rise = "from \(figure(best)) to \(figure(loss))"
      rise +=
        loss < start
        ? ", which is \(percent((loss - best) / gained)) of what had been gained since \(figure(start))"
        : ", above the \(figure(start)) where the run began"
    }
    return "the run diverged: from update \(onset) on the loss rose \(rise), and it is still there "
      + place
  }
}

extension Swing {
  fileprivate var words: String {
    let share =
      gained > 0
      ? ", \(part((high - low) / gained)) all that was gained by its end"
      : ", and nothing was gained by its end"
    var words =
      "on the way to the peak of cycle \(cycle) the loss rises from \(figure(low)) to "
      + "\(figure(high)) (update \(update))\(share)"
    if let likePhase {
      let times =
        likePhase > 0 && high > likePhase
        ? "\(String(format: "%.1f", high / likePhase)) times its level at" : "against"
      words += ", \(times) the same phase of cycle \(cycle - 1) (\(figure(likePhase)))"
    }
    return words
  }
}

extension Spikes {
  fileprivate var words: String {
    "the loss spikes \(counted(count, "time")) near the peaks and \(counted(elsewhere, "time")) "
      + "elsewhere, from update \(firstUpdate) and learning rate \(figure(lowestRate)) on, by "
      + "\(figure(height)) times the difference between batches"
  }
}

extension NoDip {
  fileprivate var words: String {
    let peak = "the loss shows no dip at the peak (learning rate \(figure(peak))): "
    if cycles == 1 {
      return peak + "it falls by \(figure(aroundPeak)) in the half of the cycle around it and by "
        + "\(figure(elsewhere)) after that"
    }
    let change =
      aroundPeak > 0 ? "only \(figure(aroundPeak)) higher" : "\(figure(-aroundPeak)) lower"
    return peak
      + "at the peaks of \(counted(cycles, "cycle")) it is together \(change) than at the "
      + "troughs before them, and from trough to trough it falls by \(figure(elsewhere))"
  }
}

extension Stall {
  fileprivate var words: String {
    "the troughs no longer improve: the best \(isEvaluation ? "evaluation" : "training") loss was "
      + "\(figure(best)) after cycle \(bestCycle), and the \(counted(cycles, "cycle")) since came to "
      + figure(since)
  }
}

extension Overfit {
  fileprivate var words: String {
    "the evaluation loss rises from \(figure(best)) (update \(bestUpdate)) to \(figure(last)) (update "
      + "\(update)), while the training loss goes from \(figure(trainingThen)) to "
      + figure(trainingNow)
  }
}

extension GeneralizationGap {
  fileprivate var words: String {
    let losses =
      "the loss is \(figure(trainingLoss)) on training images and \(figure(evaluationLoss)) on those "
      + "that it was not trained on"
    guard let trainingScore, let evaluationScore else {
      return "the model overfits: after update \(update) " + losses
    }
    return "the model overfits: after update \(update) it is right on "
      + "\(tenths(trainingScore)) of its training images and on \(tenths(evaluationScore)) of those that "
      + "it was not trained on (loss \(figure(trainingLoss)) and \(figure(evaluationLoss)))"
  }
}

private func tenths(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

private func figure(_ value: Double) -> String { String(format: "%.3g", value) }

func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }

private func part(_ share: Double) -> String {
  share < 2 ? percent(share) + " of" : figure(share) + " times"
}

private func counted(_ count: Int, _ noun: String) -> String {
  count == 1 ? "1 \(noun)" : "\(count) \(noun)s"
}
