import Datasets
import Formatting
import Foundation
import Machine
import Numbers
import Runs
import Settings
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
    let seed = position.orderSeed
    let loader = data.train.batches(
      order(from: position), augmentation: cache == nil ? augmentation : nil, seed: seed,
      workers: workers)
    return ClassificationBatches(
      loader, of: data.train, normalization: normalization, mixing: options.mixing, seed: seed,
      device: device)
  }

  private func order(from position: BatchPosition) -> BatchOrder {
    .training(
      count: data.train.count, batchSize: position.batchSize, seed: position.orderSeed,
      epoch: position.epoch, batch: position.batch,
      balancing: options.balancesClasses ? data.train.labels : nil
    ).sharedByProcesses
  }

  /// Opens the evaluation images, in order.
  public func evaluationBatches() throws -> any BatchStream<Batch> {
    try evaluationBatches(of: evaluationSet, as: .evaluation)
  }

  /// The final metrics are of the test images.
  public var finalSplit: MetricsRow.Split { .test }

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

  /// Computes the features of all views of the training images, and of the evaluation images.
  ///
  /// - Throws: `SettingsError` where there is no memory for them.
  public func prepare(_ report: (_ images: Int, _ all: Int) throws -> Void) throws {
    guard let cache else { return }
    let views = cache.options.views
    let all = data.train.count * views + evaluationSet.count
    try ProcessGroup.together { try checkMemory(for: cache) }
    var done = 0
    func count(_ images: Int) throws {
      done += images
      try report(done, all)
    }
    _ = try features(in: cache, of: .train, data.train, views: views, onBatch: count)
    _ = try features(
      in: cache, of: .evaluation, evaluationSet, flips: options.testFlip, onBatch: count)
  }

  /// Checks that the features of all views fit into the memory that is free.
  private func checkMemory(for cache: FeatureCache) throws {
    guard let free = FreeMemory.bytes else { return }
    let perView = data.train.count * cache.featureCount * MemoryLayout<Float>.stride
    let others = (evaluationSet.count + data.test.count) * cache.featureCount * MemoryLayout<Float>.stride
    // A view's parts and the view are there at the same time.
    let most = (free - others) / max(1, perView) - 1
    let views = cache.options.views
    guard most < views else { return }
    func gigabytes(_ bytes: Int) -> String { formatted(Double(bytes) / 1e9, digits: 1) + " GB" }
    throw SettingsError.notAllowed(
      key: "feature-views", value: "\(views)",
      allowed: (most >= 1 ? "at most \(most)" : "left out, with --no-cached-features")
        + ": the features of \(data.train.count) images take \(gigabytes(perView)) a view, and "
        + "\(gigabytes(free)) of memory are free")
  }

  /// Opens features of images, which are computed where they are not known.
  private func features(
    in cache: FeatureCache, _ order: BatchOrder, of part: FeatureCache.Part,
    _ set: any LabeledImages, flips: Bool = false, views: Int = 1
  ) throws -> any BatchStream<Batch> {
    FeatureBatches(
      try features(in: cache, of: part, set, flips: flips, views: views), order, of: set,
      named: data.name, on: device)
  }

  /// Returns the features of each view of a part's images.
  private func features(
    in cache: FeatureCache, of part: FeatureCache.Part, _ set: any LabeledImages,
    flips: Bool = false, views: Int = 1, onBatch: (Int) throws -> Void = { _ in }
  ) throws -> [FeatureCache.Features] {
    let shape = [set.height, set.width, set.channels]
    return try (0..<views).map { view in
      let isMirrored = view == 1 && augmentation.flips
      return try cache.features(
        of: part, labels: set.labels, flips: flips, view: view,
        images: {
          set.batches(
            .evaluation(count: set.count, batchSize: evaluationBatch).sharedByProcesses,
            augmentation: view > 0 && !isMirrored ? augmentation : nil, seed: cache.options.seed &+ UInt64(view),
            workers: workers)
        },
        tensor: {
          let images = normalization.images($0, shape: shape, on: device)
          return isMirrored ? images.flipped(3).channelsLast() : images
        }, onBatch: onBatch)
    }
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
