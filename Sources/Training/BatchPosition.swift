/// A batch's place in the run: everything random about it follows from this and the seed.
public struct BatchPosition: Sendable, Hashable {
  /// What the batches are read for; measurements and training never share an order.
  public enum Purpose: Sendable, Hashable {
    /// The run's own updates.
    case training
    /// What is measured before the first update: the range test, rehearsals, the memory and the baseline loss.
    case measurement
  }

  /// What the batches are read for.
  public var purpose: Purpose
  /// The seed of orders and augmentations.
  public var seed: UInt64
  /// Images in a batch.
  public var batchSize: Int
  /// The epoch, from 0.
  public var epoch: Int
  /// The batch within the epoch, from 0.
  public var batch: Int

  /// The seed of the order in which images come: measurements have one of their own, so that training's is not seen
  /// before its time.
  public var orderSeed: UInt64 { purpose == .measurement ? ~seed : seed }

  /// Creates a position.
  public init(
    purpose: Purpose = .training, seed: UInt64, batchSize: Int, epoch: Int = 0, batch: Int = 0
  ) {
    self.purpose = purpose
    self.seed = seed
    self.batchSize = batchSize
    self.epoch = epoch
    self.batch = batch
  }
}
