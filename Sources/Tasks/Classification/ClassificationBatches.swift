import Datasets
import Foundation
import Machine
import Numbers
import Torch
import Training

/// Batches of images and classes, copied to the device once and normalized there.
final class ClassificationBatches: BatchStream {
  private let loader: BatchLoader<ImageBatch>
  private let shape: [Int]
  private let normalization: Normalization
  private let mixing: BatchMixing
  private let seed: UInt64
  private let device: Device

  init(
    _ loader: BatchLoader<ImageBatch>, of set: any LabeledImages, normalization: Normalization,
    mixing: BatchMixing = .none, seed: UInt64 = 0, device: Device
  ) {
    self.loader = loader
    shape = [set.height, set.width, set.channels]
    self.normalization = normalization
    self.mixing = mixing
    self.seed = seed
    self.device = device
  }

  func next() throws -> ClassificationTask.Batch? {
    guard let batch = try loader.next() else { return nil }
    let count = batch.count
    return try checked {
      withoutGradient {
        let labels = Tensor(
          copying: UnsafeRawBufferPointer(batch.labels), shape: [count], type: .int64)
        let plain = ClassificationTask.Batch(
          images: normalization.images(batch, shape: shape, on: device), labels: labels.to(device))
        let mix = mixing.mix(
          height: shape[0], width: shape[1], seed: seed, epoch: batch.epoch, batch: batch.number)
        return mix.map(plain.mixed) ?? plain
      }
    }
  }
}

extension ClassificationTask {
  /// Opens training batches from a position on.
  public func trainingBatches(from position: BatchPosition) throws -> any BatchStream<Batch> {
    guard let cache else { return imageBatches(from: position) }
    return try features(
      in: cache, order(from: position), of: .train, data.train, views: cache.options.views)
  }

  /// Opens the images of training batches.
  func imageBatches(from position: BatchPosition) -> ClassificationBatches {
    let seed = seed(of: position)
    let loader = data.train.batches(
      order(from: position), augmentation: cache == nil ? augmentation : nil, seed: seed,
      workers: workers)
    return ClassificationBatches(
      loader, of: data.train, normalization: normalization, mixing: options.mixing, seed: seed,
      device: device)
  }

  private func order(from position: BatchPosition) -> BatchOrder {
    .training(
      count: data.train.count, batchSize: position.batchSize, seed: seed(of: position),
      epoch: position.epoch, batch: position.batch,
      balancing: options.balancesClasses ? data.train.labels : nil
    ).sharedByProcesses
  }

  // The range test reads in an order of its own, so that training's is not seen before its time.
  private func seed(of position: BatchPosition) -> UInt64 {
    position.purpose == .rangeTest ? ~position.seed : position.seed
  }

  /// Opens the evaluation images, in order.
  public func evaluationBatches() throws -> any BatchStream<Batch> {
    try evaluationBatches(of: evaluationSet, as: .evaluation)
  }

  /// The final metrics are of the test images.
  public var finalSplit: String { "test" }

  /// Opens the test images, in order.
  public func finalBatches() throws -> any BatchStream<Batch> {
    try evaluationBatches(of: data.test, as: data.validation == nil ? .evaluation : .test)
  }

  private func evaluationBatches(
    of images: any LabeledImages, as part: FeatureCache.Part
  ) throws -> any BatchStream<Batch> {
    try batches(
      .evaluation(count: images.count, batchSize: evaluationBatch).sharedByProcesses,
      of: part, images)
  }

  private var evaluationBatch: Int {
    min(
      maximumEvaluated,
      evaluationBatchSize(height: evaluationSet.height, width: evaluationSet.width, on: device))
  }

  /// Opens some of the evaluation images, drawn from all of them: they may lie in the order of their
  /// classes.
  public func evaluationPart(
    ofAtMost images: Int
  ) throws -> (batches: any BatchStream<Batch>, images: Int?) {
    let order = BatchOrder.part(of: evaluationSet.count, atMost: images, batchSize: evaluationBatch)
      .sharedByProcesses
    return (
      try batches(order, of: .evaluation, evaluationSet), min(images, evaluationSet.count)
    )
  }

  /// How many images are evaluated while the model is trained.
  public var evaluationCount: Int? { evaluationSet.count }

  /// Opens some of the training images, drawn from all, as they are without augmentation.
  public func trainingPart(ofAtMost images: Int) throws -> (any BatchStream<Batch>)? {
    let order = BatchOrder.part(of: data.train.count, atMost: images, batchSize: evaluationBatch)
      .sharedByProcesses
    return try batches(order, of: .train, data.train)
  }

  /// Opens images to be evaluated, or their features.
  private func batches(
    _ order: BatchOrder, of part: FeatureCache.Part, _ set: any LabeledImages
  ) throws -> any BatchStream<Batch> {
    if let cache { return try features(in: cache, order, of: part, set, flips: options.testFlip) }
    let loader = set.batches(order, augmentation: nil, seed: 0, workers: workers)
    return ClassificationBatches(loader, of: set, normalization: normalization, device: device)
  }

  /// Opens features of images, which are computed where they are not known.
  private func features(
    in cache: FeatureCache, _ order: BatchOrder, of part: FeatureCache.Part,
    _ set: any LabeledImages, flips: Bool = false, views: Int = 1
  ) throws -> any BatchStream<Batch> {
    let shape = [set.height, set.width, set.channels]
    let found = try (0..<views).map { view in
      let isMirrored = view == 1 && augmentation.flips
      return try cache.features(
        of: part, labels: set.labels, flips: flips, view: view,
        images: {
          set.batches(
            .evaluation(count: set.count, batchSize: evaluationBatch),
            augmentation: view > 0 && !isMirrored ? augmentation : nil, seed: cache.options.seed &+ UInt64(view),
            workers: workers)
        },
        tensor: {
          let images = normalization.images($0, shape: shape, on: device)
          return isMirrored ? images.flipped(3).channelsLast() : images
        })
    }
    return FeatureBatches(found, order, of: set, named: data.name, on: device)
  }
}

/// Images in a batch of an evaluation.
///
/// On a processor 128 of up to 48 by 48 pixels, fewer of larger ones: what a layer gives stays below 32 MiB
/// in most networks, and such memory is taken for the next layer without asking the system again. 500
/// made DenseNet-BC twice as slow, and ResNet-20, ResNet-18 and DenseNet-121 no faster. Another device is
/// filled by more.
func evaluationBatchSize(height: Int, width: Int, on device: Device) -> Int {
  let images = device == .cpu ? 128 : 500
  return max(8, min(images, images * 48 * 48 / (height * width)))
}

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
