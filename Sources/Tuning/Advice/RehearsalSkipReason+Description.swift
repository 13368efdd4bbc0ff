import Formatting
import Foundation

extension RehearsalSkipReason: DescribedError {
  /// Why, in a sentence's second half.
  public var description: String {
    func text(_ value: Double) -> String { String(format: "%.2g", value) }
    return switch self {
    case .notAskedFor: "--advice asks for another kind of advice"
    case .peakGiven: "--max-lr gives the peak"
    case .fewUpdates(let updates, let least):
      "the run's \(quantity(updates, "update")) \(updates == 1 ? "is" : "are") fewer than \(least), so rehearsals would take too large a share of them"
    case .noEnd:
      "a rehearsal is a short version of the whole run, and this one has no end"
    case .notNormalized:
      "the network has no normalization layers, and a peak that a short cycle tolerates may ruin the run"
    case .lateStart:
      "the loss hardly fell within the range test, and would not within so short a cycle"
    case .smallGain(let gain, let cost):
      "a better peak is expected to gain \(text(gain)) points, and the updates that rehearsals take are "
        + "worth \(text(cost))"
    case .shortCycles(let updates, let least):
      "the run passes often over its images, and cycles of \(quantity(updates, "update")), fewer than \(least), have their "
        + "best peak far below its own"
    case .largeUpdates(let images, let left):
      "an update takes \(images) images, and about \(left) are left where some are held out"
    case .cachedFeatures:
      "the features of a linear probe are computed once, for all its images, and would be computed again"
    case .fewImages(let images, let least):
      "\(quantity(images, "training image")) \(images == 1 ? "is" : "are") fewer than \(least), of which enough can be held out to tell losses "
        + "apart"
    }
  }
}
