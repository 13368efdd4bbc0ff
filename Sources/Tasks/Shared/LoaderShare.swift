import Datasets
import Machine
import Torch

extension BatchOrder {
  /// The part of the order that this process reads.
  var sharedByProcesses: BatchOrder {
    sharing(ProcessGroup.share)
  }
}

extension ProcessGroup {
  /// The part of a list that this process reads.
  static var share: BatchOrder.Share {
    current.map { BatchOrder.Share($0.rank, of: $0.size) } ?? .whole
  }
}

/// Threads that prepare batches: one beside a network that computes on the same cores, all cores beside a
/// GPU.
func loaderThreads(beside device: Device) -> Int {
  device == .cpu ? 1 : Cores.usable
}
