import Datasets
import Numbers
import Settings
import Torch
import Training

/// What a frozen network makes of images before its head, computed once: a linear probe trains the head alone on it.
///
/// The head is the network's last linear layer. All before it must be frozen, batch norms included, and must drop nothing
/// at random. Features of training images are computed in the run's precision, those of evaluation images in float32, as
/// they would be in every update and evaluation. Training images may have several views, of which an image shows one after
/// another, an epoch each: the image, its mirror image, and augmented versions.
final class FeatureCache {
  /// How features are computed.
  struct Options {
    /// The precision for training images.
    let precision: Precision
    /// The views of each training image.
    var views = 1
    /// What the augmented views follow from.
    var seed: UInt64 = 0
  }

  /// A part of the data.
  enum Part { case train, evaluation, test }

  private struct Key: Hashable {
    let part: Part
    let flips: Bool
    let view: Int
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
  let options: Options
  private let device: Device
  private var known: [Key: Features] = [:]

  /// Creates a cache of nothing; nil for a network that does not end in one linear layer.
  init?(of network: any Layer, _ options: Options, on device: Device) {
    guard network.heads.count == 1,
      let head = network.namedModules.last(where: { $0.0 == network.heads[0] })?.1 as? Linear
    else { return nil }
    (self.network, self.head, self.options, self.device) = (network, head, options, device)
  }

  /// The numbers that the features of an image are.
  var featureCount: Int { head.weight.value.size(1) }

  /// Returns the features of a part's images, which are computed where they are not known, by all processes together.
  ///
  /// - Parameters:
  ///   - labels: the part's classes.
  ///   - flips: whether features are the means of those of an image and its mirror image.
  ///   - view: the number of the view.
  ///   - images: opens this process's share of this view of the part's images in batches, each image once.
  ///   - onBatch: takes, after each batch, the number of images that have features since the batch before; in all, the
  ///     part's images. Of several processes each takes the others to be as far as itself.
  func features(
    of part: Part, labels: [Int64], flips: Bool, view: Int = 0,
    images: () -> BatchLoader<ImageBatch>, tensor: (ImageBatch) -> Tensor,
    onBatch: (Int) throws -> Void = { _ in }
  ) throws -> Features {
    let key = Key(part: part, flips: flips, view: view)
    if let found = known[key] { return found }
    let features = try compute(
      labels, flips: flips, in: part == .train && !flips ? options.precision : .float32, images(),
      tensor, onBatch)
    known[key] = features
    return features
  }

  private func compute(
    _ labels: [Int64], flips: Bool, in precision: Precision, _ images: BatchLoader<ImageBatch>,
    _ tensor: (ImageBatch) -> Tensor, _ onBatch: (Int) throws -> Void
  ) throws -> Features {
    let wasTraining = network.isTraining
    // A process may have no batch.
    let folding = FoldingOnce(repeatingFirst: false)
    network.setTraining(false)
    head.passesInput = true
    defer {
      head.passesInput = false
      folding.undo()
      network.setTraining(wasTraining)
    }
    var parts: [Tensor] = []
    var places: [Int64] = []
    var reported = 0
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
      places += batch.samples.prefix(batch.count).map(Int64.init)
      let done = min(labels.count, places.count * (ProcessGroup.current?.size ?? 1))
      try onBatch(done - reported)
      reported = done
    }
    let own = try checked {
      withoutGradient {
        parts.isEmpty
          ? Tensor.zeros([0, featureCount], device: device) : Tensor.concatenated(parts)
      }
    }
    parts = []
    let computed = try ProcessGroup.allGatherRows(of: own)
    places = try Array(ProcessGroup.allGather(places).joined())
    if reported < labels.count { try onBatch(labels.count - reported) }
    // Images lie in the order of the part; those that could not be read have a row all the same.
    var isRead = [Bool](repeating: false, count: labels.count)
    var row = [Int64](repeating: 0, count: labels.count)
    for (number, place) in places.enumerated() {
      (isRead[Int(place)], row[Int(place)]) = (true, Int64(number))
    }
    let isInOrder = places.elementsEqual(labels.indices.lazy.map(Int64.init))
    let rows = try checked {
      withoutGradient {
        (isInOrder ? computed : computed.rows(Tensor(row, on: device))).detached()
      }
    }
    return Features(rows: rows, labels: labels, isRead: isRead)
  }
}

/// Batches of features and classes.
final class FeatureBatches: BatchStream {
  private let views: [FeatureCache.Features]
  private var requests: BatchRequests
  private let set: any LabeledImages
  private let name: String
  private let isEndless: Bool
  private let device: Device

  /// Opens batches in an order.
  ///
  /// - Parameter views: the features of each view, at least one. An image shows one after another, an epoch each; in an
  ///   epoch neighbors show different ones.
  init(
    _ views: [FeatureCache.Features], _ order: BatchOrder, of set: any LabeledImages,
    named name: String, on device: Device
  ) {
    self.views = views
    (self.set, self.name, self.device) = (set, name, device)
    requests = BatchRequests(order)
    isEndless = order.isEndless
  }

  /// The samples of a request that could be read, and the view that each shows.
  private func readable(_ request: BatchRequest) -> [(sample: Int, view: Int)] {
    // A sample that comes again in an epoch, since classes are balanced, shows its next view.
    request.samples.map(Int.init).enumerated()
      .map { (sample: $1, view: (request.epoch + $1 + request.round(at: $0)) % views.count) }
      .filter { views[$0.view].isRead[$0.sample] }
  }

  /// Returns the next batch, without the images that could not be read; where none is left in a training batch, the next
  /// one that could be takes the place, as of images.
  ///
  /// - Throws: `DataError.noneLeft` where there is none.
  func next() throws -> ClassificationTask.Batch? {
    guard let request = requests.next() else { return nil }
    let labels = views[0].labels
    var samples = readable(request)
    if samples.isEmpty, isEndless {
      samples = request.replacements(among: set.count).lazy.map(readable).first { !$0.isEmpty } ?? []
    }
    guard !samples.isEmpty else {
      guard isEndless else { return try next() }
      let broken = set.broken
      throw DataError.noneLeft(
        folder: name, broken: broken.count, of: set.count,
        broken.first ?? BrokenImage(path: name, fault: .empty))
    }
    // View by view, since those of all in one tensor would be in memory twice.
    let byView = views.indices.map { view in samples.filter { $0.view == view }.map(\.sample) }
    return try checked {
      withoutGradient {
        let parts = byView.indices.filter { !byView[$0].isEmpty }.map { view in
          views[view].rows.rows(Tensor(byView[view].map { Int64($0) }, on: device))
        }
        return ClassificationTask.Batch(
          images: parts.count == 1 ? parts[0] : Tensor.concatenated(parts),
          labels: Tensor(byView.joined().map { labels[$0] }, on: device), areFeatures: true)
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
