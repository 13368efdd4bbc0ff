import Datasets
import Torch
import Training

/// Batches of images and classes, copied to the device once and normalised there.
final class ClassificationBatches: BatchStream {
  private let loader: BatchLoader<ImageBatch>
  private let shape: [Int]
  private let normalization: Normalization
  private let device: Device

  init(
    _ loader: BatchLoader<ImageBatch>, of set: ImageSet, normalization: Normalization,
    device: Device
  ) {
    self.loader = loader
    shape = [set.height, set.width, set.channels]
    self.normalization = normalization
    self.device = device
  }

  func next() throws -> ClassificationTask.Batch? {
    guard let batch = try loader.next() else { return nil }
    let count = batch.count
    return try checked {
      withoutGradient {
        // Bytes in the order [N, H, W, C] are channels-last images as they lie.
        let bytes = Tensor(
          copying: UnsafeRawBufferPointer(batch.pixels), shape: [count] + shape, type: .uint8)
        let labels = Tensor(
          copying: UnsafeRawBufferPointer(batch.labels), shape: [count], type: .int64)
        let images = bytes.to(device).permuted([0, 3, 1, 2])
        return ClassificationTask.Batch(images: normalization(images), labels: labels.to(device))
      }
    }
  }
}

extension ClassificationTask {
  /// Opens training batches from a position on.
  public func trainingBatches(from position: BatchPosition) throws -> any BatchStream<Batch> {
    // The range test reads in an order of its own, so that training's is not seen before its time.
    let seed = position.purpose == .rangeTest ? ~position.seed : position.seed
    let loader = data.train.batches(
      .training(
        count: data.train.count, batchSize: position.batchSize, seed: seed, epoch: position.epoch,
        batch: position.batch),
      augmentation: augmentation, seed: seed)
    return batches(loader, of: data.train)
  }

  /// Opens the evaluation images, in order.
  public func evaluationBatches() throws -> any BatchStream<Batch> {
    batches(
      data.test.batches(.evaluation(count: data.test.count, batchSize: 500)), of: data.test)
  }

  /// Opens some of the evaluation images, drawn from all of them: they may lie in the order of their
  /// classes.
  public func evaluationPart(
    ofAtMost images: Int
  ) -> (batches: any BatchStream<Batch>, images: Int?) {
    let order = BatchOrder.part(of: data.test.count, atMost: images, batchSize: 500)
    return (batches(data.test.batches(order), of: data.test), min(images, data.test.count))
  }

  private func batches(
    _ loader: BatchLoader<ImageBatch>, of set: ImageSet
  ) -> ClassificationBatches {
    ClassificationBatches(loader, of: set, normalization: normalization, device: device)
  }
}
