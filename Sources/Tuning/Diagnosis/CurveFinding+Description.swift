import Formatting
import Foundation

extension CurveFinding: CustomStringConvertible {
  /// What was seen, in numbers, and what to do: one or two sentences.
  ///
  /// A suggested rate comes with the step that it makes.
  public var description: String { "\(fact); \(change.sentence(momentum, schedule))." }
}

extension CurveFinding.Fact: CustomStringConvertible {
  /// What was seen, in numbers.
  public var description: String {
    switch self {
    case .diverged(let divergence): divergence.sentence
    case .swingsTooWide(let swing): swing.sentence
    case .spikesNearPeak(let spikes): spikes.sentence
    case .noRiseAtPeak(let noRise): noRise.sentence
    case .troughsStoppedImproving(let stall): stall.sentence
    case .validationRises(let rise): rise.sentence
    case .overfits(let gap): gap.sentence
    case .learnedNothing(let progress):
      "the run has learned nothing: its loss is \(text(progress.loss)) at the end, and a model that predicts the same for "
        + "every image has \(text(progress.baselineLoss))"
    }
  }
}

extension SuggestedChange: CustomStringConvertible {
  /// What to do, by the names of the flags.
  public var description: String { sentence(nil, nil) }

  fileprivate func sentence(_ momentum: Double?, _ schedule: String?) -> String {
    switch self {
    case .lowerUpperBound(let rate):
      "lower the upper bound: --max-lr \(text(rate))\(step(rate, momentum))"
    case .raiseUpperBound(let now, let rate):
      "an upper bound of \(text(rate))\(step(rate, momentum)) may train faster, which this curve cannot say: "
        + "'rondo compare --schedules \(schedule ?? "SCHEDULE")@\(text(now)),\(schedule ?? "SCHEDULE")@\(text(rate))' "
        + "compares both, with this run's --data, --model and length"
    case .stop(let trough): "the run can be stopped at this trough (update \(trough))"
    case .shorten(let updates, let cycles):
      "\(quantity(cycles, "cycle")) would have been enough: --steps \(updates)"
    case .inspectData: "look at the images and their labels ('rondo data report'), or train longer"
    case .regularize(let regularizers):
      regularizers.isEmpty
        ? "more images, or more augmentation, may help"
        : "regularization may help, which a comparison shows: "
          + regularizers.map { $0.sentence(momentum) }.joined(separator: ", or ")
    }
  }
}

extension Regularizer: CustomStringConvertible {
  /// The flag, and what it is now.
  public var description: String { sentence(nil) }

  fileprivate func sentence(_ momentum: Double?) -> String {
    switch self {
    case .upperBound(let from, let to):
      "--max-lr \(text(to)) (now \(text(from)))\(step(to, momentum))"
    case .weightDecay(let from, let to): "--weight-decay \(text(to)) (now \(text(from)))"
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
  fileprivate var sentence: String {
    let location = "at update \(update), at learning rate \(text(learningRate))"
    switch sign {
    case .loss:
      return "the loss became \(loss.isNaN ? .nan : loss) "
        + (update > 1
          ? "at update \(update), after an update at learning rate \(text(learningRate))"
          : location)
    case .parameters: return "the parameters or the predictions became infinite \(location)"
    case .rise: break
    }
    var rise = "from \(text(start)), where the run began, to \(text(loss))"
    if let first, first < best {
      rise = "from \(text(first)), the first loss, to \(text(loss))"
    } else if best < start {
      rise = "from \(text(best)) to \(text(loss))"
      rise +=
        loss < start
        ? ", which is \(percent((loss - best) / gained)) of what had been gained since \(text(start))"
        : ", above the \(text(start)) where the run began"
    }
    return "the run diverged: from update \(onset) on the loss rose \(rise), and it is still there "
      + location
  }
}

extension Swing {
  fileprivate var sentence: String {
    let share =
      gained > 0
      ? ", \(part((high - low) / gained)) all that was gained by its end"
      : ", and nothing was gained by its end"
    var sentence =
      (cycle == 1 ? "before the rate falls" : "on the way to the peak of cycle \(cycle)")
      + " the loss rises from \(text(low)) to "
      + "\(text(high)) (update \(update))\(share)"
    if let likePhase {
      let times =
        likePhase > 0 && high > likePhase
        ? "\(String(format: "%.1f", high / likePhase)) times its level at" : "against"
      sentence += ", \(times) the same phase of cycle \(cycle - 1) (\(text(likePhase)))"
    }
    return sentence
  }
}

extension Spikes {
  fileprivate var sentence: String {
    "the loss spikes \(quantity(count, "time")) near the peaks and \(quantity(elsewhere, "time")) "
      + "elsewhere, from update \(firstUpdate) and learning rate \(text(lowestRate)) on, by "
      + "\(text(height)) times the difference between batches"
  }
}

extension NoRiseAtPeak {
  fileprivate var sentence: String {
    let peak = "the loss does not rise at the peak (learning rate \(text(peak))): "
    if cycles == 1 {
      return peak + "it falls by \(text(aroundPeak)) in the half of the cycle around it and by "
        + "\(text(elsewhere)) after that"
    }
    let change =
      aroundPeak > 0 ? "only \(text(aroundPeak)) higher" : "\(text(-aroundPeak)) lower"
    return peak
      + "at the peaks of \(quantity(cycles, "cycle")) it is together \(change) than at the "
      + "troughs before them, and from trough to trough it falls by \(text(elsewhere))"
  }
}

extension Stall {
  fileprivate var sentence: String {
    "the troughs no longer improve: the best \(isEvaluation ? "evaluation" : "training") loss was "
      + "\(text(best)) after cycle \(bestCycle), and the \(quantity(cycles, "cycle")) since came to "
      + text(since)
  }
}

extension ValidationRise {
  fileprivate var sentence: String {
    "the evaluation loss rises from \(text(best)) (update \(bestUpdate)) to \(text(last)) (update "
      + "\(update)), while the training loss goes from \(text(trainingThen)) to "
      + text(trainingNow)
  }
}

extension GeneralizationGap {
  fileprivate var sentence: String {
    let losses =
      "the loss is \(text(trainingLoss)) on training images and \(text(evaluationLoss)) on those "
      + "that it was not trained on"
    guard let trainingScore, let evaluationScore else {
      return "the model overfits: after update \(update) " + losses
    }
    guard images != nil else {
      return "the model overfits: after update \(update) its score is \(text(trainingScore)) on training images and "
        + "\(text(evaluationScore)) on those that it was not trained on (loss \(text(trainingLoss)) and "
        + "\(text(evaluationLoss)))"
    }
    return "the model overfits: after update \(update) it is right on "
      + "\(tenths(trainingScore)) of its training images and on \(tenths(evaluationScore)) of those that "
      + "it was not trained on (loss \(text(trainingLoss)) and \(text(evaluationLoss)))"
  }
}

private func tenths(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }

private func text(_ value: Double) -> String { String(format: "%.3g", value) }

func percent(_ share: Double) -> String { String(format: "%.0f %%", 100 * share) }

private func part(_ share: Double) -> String {
  share < 2 ? percent(share) + " of" : text(share) + " times"
}
