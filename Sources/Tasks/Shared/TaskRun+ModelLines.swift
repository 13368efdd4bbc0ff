import Settings
import Torch

extension TaskRun {
  /// What the network begins with, and which of its settings change nothing, a line each.
  public var modelLines: [String] { (weights?.lines ?? []) + [synchronizationNote].compactMap { $0 } }

  /// Where the statistics of all processes' images are asked for and there are none, or no other processes.
  private var synchronizationNote: String? {
    guard settings.model.syncBatchNorm else { return nil }
    let why =
      !task.model.hasTrainedBatchNorms
      ? "\(settings.model.name) has no batch norms that are trained"
      : ProcessGroup.current == nil ? "one process trains alone" : nil
    return why.map { "note: --sync-batch-norm changes nothing: \($0)" }
  }
}
