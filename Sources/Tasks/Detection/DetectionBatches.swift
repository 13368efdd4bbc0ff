import Datasets
import Foundation
import Numbers
import Runs
import Torch
import Training

/// Batches of images with boxes, copied to the device once and normalized there.
final class DetectionBatches: BatchStream {
  private let loader: BatchLoader<BoxBatch>
  private let images: DetectionDataset
  private let frame: DetectionFrame

  init(_ loader: BatchLoader<BoxBatch>, of images: DetectionDataset, in frame: DetectionFrame) {
    self.loader = loader
    self.images = images
    self.frame = frame
  }

  func next() throws -> DetectionTask.Batch? {
    guard let batch = try loader.next() else { return nil }
    return try checked {
      withoutGradient {
        DetectionTask.Batch(
          images: frame.images(batch), targets: frame.targets(batch),
          set: images, samples: batch.samples.prefix(batch.count).map(Int.init),
          placements: batch.placements)
      }
    }
  }
}

extension DetectionTask {
  /// Opens training batches from a position on.
  public func trainingBatches(from position: BatchPosition) throws -> any BatchStream<Batch> {
    let seed = position.orderSeed
    return DetectionBatches(
      data.train.trainingLoader(
        .training(
          count: data.train.count, batchSize: position.batchSize, seed: seed,
          epoch: position.epoch, batch: position.batch
        ).sharedByProcesses,
        augmentation: augmentation, seed: seed, workers: workers),
      of: data.train, in: frame)
  }

  /// Opens the evaluation images, in order.
  public func evaluationBatches() throws -> any BatchStream<Batch> {
    batches(.evaluation(count: evaluationSet.count, batchSize: batchSize), of: evaluationSet)
  }

  /// The final metrics are of the test images.
  public var finalSplit: MetricsRow.Split { .test }

  /// Opens the test images, in order.
  public func finalBatches() throws -> any BatchStream<Batch> {
    batches(.evaluation(count: data.test.count, batchSize: batchSize), of: data.test)
  }

  /// Opens some of the evaluation images, drawn from all of them.
  public func evaluationPart(
    ofAtMost images: Int
  ) -> (batches: any BatchStream<Batch>, images: Int?) {
    let order = BatchOrder.part(of: evaluationSet.count, atMost: images, batchSize: batchSize)
    return (batches(order, of: evaluationSet), min(images, evaluationSet.count))
  }

  /// Opens some of the training images, drawn from all, as they are without augmentation; no more than are evaluated.
  public func trainingPart(ofAtMost images: Int) throws -> (any BatchStream<Batch>)? {
    batches(
      .part(
        of: data.train.count, atMost: min(images, evaluationSet.count), batchSize: batchSize),
      of: data.train)
  }

  private func batches(_ order: BatchOrder, of images: DetectionDataset) -> DetectionBatches {
    DetectionBatches(
      images.evaluationLoader(order.sharedByProcesses, workers: workers), of: images, in: frame)
  }

  /// Images in a batch of an evaluation.
  private var batchSize: Int {
    min(
      maximumEvaluated,
      detectionBatchSize(height: evaluationSet.frame.height, width: evaluationSet.frame.width))
  }
}

/// Images in a batch that is evaluated: eight of 320 by 240 pixels, and as many as fill the same memory of
/// others.
func detectionBatchSize(height: Int, width: Int) -> Int {
  max(1, min(64, 8 * 320 * 240 / (height * width)))
}
