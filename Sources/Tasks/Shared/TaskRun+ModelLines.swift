import Formatting
import Settings
import Torch

/// The fewest images of a process by whose own statistics batch norms are trained without a word.
private let sufficientShare = 16

extension TaskRun {
  /// What the network begins with, and which of its settings change nothing, a line each.
  public var modelLines: [String] { (weights?.lines ?? []) + [synchronizationNote].compactMap { $0 } }

  /// Where the statistics of all processes' images are asked for and there are none, or no other processes; or where
  /// they are not asked for and those of a process are of few images.
  private var synchronizationNote: String? {
    let hasBatchNorms = task.model.hasTrainedBatchNorms
    guard settings.model.syncBatchNorm else {
      guard let share = imagesOfProcess, share < sufficientShare, hasBatchNorms else { return nil }
      return "note: batch norms take the statistics of each process's \(quantity(share, "image")); --sync-batch-norm "
        + "takes those of the whole batch, or give a larger --batch-size"
    }
    let why =
      !hasBatchNorms
      ? "\(settings.model.name) has no batch norms that are trained"
      : ProcessGroup.current == nil ? "one process trains alone" : nil
    return why.map { "note: --sync-batch-norm changes nothing: \($0)" }
  }
}
