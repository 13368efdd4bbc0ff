import Datasets
import Numbers
import Settings
import Torch
import Training

/// What a frozen network makes of images before its head, computed once: a linear probe trains the head alone on it.
///
/// The head is the network's last linear layer. All before it must be frozen, batch norms included, and must drop nothing
/// at random; images are not augmented. Features of training images are computed in the run's precision, those of
/// evaluation images in float32, as they would be in every update and evaluation.
final class FeatureCache {
  /// A part of the data.
  enum Part { case train, evaluation, test }

  private struct Key: Hashable {
    let part: Part
    let flips: Bool
  }

  /// The features of a part's images.
  struct Features {
    /// [N, features], float32; those of another image where one could not be read.
    let rows: Tensor
    /// The class of each image.
    let labels: [Int64]
    /// Whether each image could be read.
    let isRead: [Bool]
  }

  private let network: any Layer
  /// What is trained.
  let head: Linear
  private let precision: Precision
  private let device: Device
  private var known: [Key: Features] = [:]

  /// Creates a cache of nothing; nil for a network that does not end in one linear layer.
  init?(of network: any Layer, in precision: Precision, on device: Device) {
    guard network.heads.count == 1,
      let head = network.namedModules.last(where: { $0.0 == network.heads[0] })?.1 as? Linear
    else { return nil }
    (self.network, self.head, self.precision, self.device) = (network, head, precision, device)
  }

  /// Opens batches of a part's features in an order.
  ///
  /// - Parameters:
  ///   - set: the part's images.
  ///   - name: what the data are called.
  ///   - flips: whether features are the means of those of an image and its mirror image.
  ///   - images: opens the part's images in batches, each once, without augmentation.
  func batches(
    _ order: BatchOrder, of part: Part, _ set: any LabeledImages, named name: String, flips: Bool,
    images: () -> BatchLoader<ImageBatch>, tensor: (ImageBatch) -> Tensor
  ) throws -> FeatureBatches {
    let key = Key(part: part, flips: flips)
    let features: Features
    if let found = known[key] {
      features = found
    } else {
      features = try compute(
        set.labels, flips: flips, in: part == .train && !flips ? precision : .float32, images(),
        tensor)
      known[key] = features
    }
    return FeatureBatches(features, order, of: set, named: name, on: device)
  }

  private func compute(
    _ labels: [Int64], flips: Bool, in precision: Precision, _ images: BatchLoader<ImageBatch>,
    _ tensor: (ImageBatch) -> Tensor
  ) throws -> Features {
    let wasTraining = network.isTraining
    // Every process goes through all images.
    let folding = FoldingOnce(repeatingFirst: false)
    network.setTraining(false)
    head.passesInput = true
    defer {
      head.passesInput = false
      folding.undo()
      network.setTraining(wasTraining)
    }
    var isRead = [Bool](repeating: false, count: labels.count)
    var parts: [Tensor] = []
    var places: [Int64] = []
    while let batch = try images.next() {
      parts.append(
        try checked {
          withoutGradient {
            let images = tensor(batch)
            return precision.applied(on: device) {
              folding { network.prediction(to: images, flipping: flips) }
            }.to(.float32)
          }
        })
      for sample in batch.samples.prefix(batch.count) {
        isRead[Int(sample)] = true
        places.append(Int64(sample))
      }
    }
    // Images lie in the order of the part; those that could not be read have a row all the same.
    var row = [Int64](repeating: 0, count: labels.count)
    for (number, place) in places.enumerated() { row[Int(place)] = Int64(number) }
    let rows = try checked {
      withoutGradient {
        Tensor.concatenated(parts).rows(Tensor(row, on: device)).detached()
      }
    }
    return Features(rows: rows, labels: labels, isRead: isRead)
  }
}

/// Batches of features and classes.
final class FeatureBatches: BatchStream {
  private let features: FeatureCache.Features
  private var requests: BatchRequests
  private let set: any LabeledImages
  private let name: String
  private let isEndless: Bool
  private let device: Device

  init(
    _ features: FeatureCache.Features, _ order: BatchOrder, of set: any LabeledImages,
    named name: String, on device: Device
  ) {
    self.features = features
    (self.set, self.name, self.device) = (set, name, device)
    requests = BatchRequests(order)
    isEndless = order.isEndless
  }

  /// Returns the next batch, without the images that could not be read.
  ///
  /// - Throws: `DataError.noneLeft` where none is left in a training batch, as for images: a skipped one would be
  ///   missing in the count of updates, and another process would be ahead.
  func next() throws -> ClassificationTask.Batch? {
    guard let request = requests.next() else { return nil }
    let samples = request.samples.filter { features.isRead[Int($0)] }
    guard !samples.isEmpty else {
      guard isEndless else { return try next() }
      let broken = set.broken
      throw DataError.noneLeft(
        folder: name, broken: broken.count, of: set.count,
        broken.first ?? BrokenImage(path: name, fault: .empty))
    }
    return try checked {
      withoutGradient {
        ClassificationTask.Batch(
          images: features.rows.rows(Tensor(samples.map(Int64.init), on: device)),
          labels: Tensor(samples.map { features.labels[Int($0)] }, on: device),
          areFeatures: true)
      }
    }
  }
}

extension Tensor {
  /// Creates a tensor [N] of whole numbers on a device.
  fileprivate init(_ values: [Int64], on device: Device) {
    self = values.withUnsafeBytes { Tensor(copying: $0, shape: [values.count], type: .int64) }
      .to(device)
  }
}

extension Module {
  /// Whether its parts are in training mode.
  fileprivate var isTraining: Bool {
    namedModules.lazy.compactMap { $0.1 as? any TrainingModeModule }.first?.isTraining ?? true
  }
}
