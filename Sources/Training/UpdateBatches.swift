import Torch

/// The batches of an update, as far as the loss of one of them depends on the others; those of other processes are
/// among them.
public struct UpdateBatches {
  /// The images of all of them over those of this one: how many there are, where each has as many.
  public let updateToBatchRatio: Double
  /// The task's sums, added up over all of them.
  public let sums: [Tensor]

  /// Creates what the batches of an update have in common, whose images are so many times those of one of them.
  public init(updateToBatchRatio: Double, sums: [Tensor] = []) {
    self.updateToBatchRatio = updateToBatchRatio
    self.sums = sums
  }
}
