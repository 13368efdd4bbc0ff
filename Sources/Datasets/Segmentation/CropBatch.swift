import Masks
import Numbers
import Randomness

/// How parts of masked images become training batches.
public struct CropOptions: Sendable, Hashable {
  /// The target of a pixel.
  public enum Target: Sendable, Hashable {
    /// Its class; of instances whether it is foreground.
    case classes
    /// Whether it is background, inside of an instance, or border.
    case borders(BorderTarget)
  }

  /// Width and height of a crop, in pixels.
  public var size: Int
  /// The target.
  public var target: Target
  /// The weight of each pixel's loss, if it is wanted.
  public var weights: BorderWeights?
  /// How image and mask are changed, anew in each epoch.
  public var augmentation: MaskAugmentation

  /// Creates options.
  ///
  /// - Precondition: the size is above 0.
  public init(
    size: Int, target: Target = .classes, weights: BorderWeights? = nil,
    augmentation: MaskAugmentation = .none
  ) {
    precondition(size > 0, "A crop must have a pixel.")
    self.size = size
    self.target = target
    self.weights = weights
    self.augmentation = augmentation
  }
}

/// Room for a batch of crops, their targets, and the weights of their pixels.
///
/// Written by one loader thread, then read by the training thread, never both: the loader sees to it.
public final class CropBatch: @unchecked Sendable {
  /// The images, [N, S, S, 3], a byte each.
  public let pixels: UnsafeMutableBufferPointer<UInt8>
  /// The classes, [N, S, S]; 255 is ignored.
  public let targets: UnsafeMutableBufferPointer<UInt8>
  /// The weights, [N, S, S], 0 where the class is ignored; nil where none are wanted.
  public let weights: UnsafeMutableBufferPointer<Float>?
  /// The images' numbers in the order's own count, [N].
  public let samples: UnsafeMutableBufferPointer<Int32>
  /// Width and height of a crop.
  public let size: Int
  /// Crops in this batch.
  public internal(set) var count = 0
  /// The epoch of this batch.
  public internal(set) var epoch = 0
  /// The batch's number within the epoch.
  public internal(set) var number = 0
  /// For the thread that fills it.
  let cutter = CropCutter()

  init(capacity: Int, size: Int, hasWeights: Bool) {
    self.size = size
    let area = capacity * size * size
    pixels = .allocate(capacity: area * 3)
    targets = .allocate(capacity: area)
    samples = .allocate(capacity: capacity)
    pixels.initialize(repeating: 0)
    targets.initialize(repeating: 0)
    samples.initialize(repeating: 0)
    let weights = hasWeights ? UnsafeMutableBufferPointer<Float>.allocate(capacity: area) : nil
    weights?.initialize(repeating: 0)
    self.weights = weights
  }

  deinit {
    pixels.deallocate()
    targets.deallocate()
    samples.deallocate()
    weights?.deallocate()
  }

  /// The part of a crop's memory in one of the buffers.
  func slot<Element>(
    _ index: Int, in buffer: UnsafeMutableBufferPointer<Element>, channels: Int = 1
  ) -> UnsafeMutableBufferPointer<Element> {
    let length = size * size * channels
    return UnsafeMutableBufferPointer(rebasing: buffer[(index * length)..<((index + 1) * length)])
  }
}

extension SegmentationDataset {
  /// Opens batches of crops of one size, cut and changed on other threads.
  ///
  /// A sample number beyond the set's count is an image too, `sample % count`, with random numbers of its
  /// own: an order of `3 * count` samples has three crops of each image in an epoch. A batch has fewer
  /// crops than were asked for where images are broken; `next()` throws `DataError.noneLeft` where none is left, and
  /// `DataError.tooManyBroken` where more than one image in a hundred is broken.
  ///
  /// - Parameters:
  ///   - seed: names the randomness of crops and changes.
  ///   - workers: threads that prepare batches; any number gives the same.
  /// - Precondition: borders and their weights are asked for of instances only.
  public func crops(
    _ order: BatchOrder, _ options: CropOptions, seed: UInt64, workers: Int
  ) -> BatchLoader<CropBatch> {
    var needsInstances = options.weights != nil
    if case .borders = options.target { needsInstances = true }
    precondition(isInstance || !needsInstances, "Only instances have borders.")
    return BatchLoader(
      order, workers: workers, ahead: max(3, workers),
      makeBuffer: {
        CropBatch(
          capacity: order.batchSize, size: options.size, hasWeights: options.weights != nil)
      },
      fill: { [self] request, batch in try fill(batch, request, options, seed: seed) })
  }

  private func fill(
    _ batch: CropBatch, _ request: BatchRequest, _ options: CropOptions, seed: UInt64
  ) throws {
    batch.count = 0
    (batch.epoch, batch.number) = (request.epoch, request.batch)
    for sample in request.samples.lazy.map(Int.init) {
      guard let image = try readOrNote(sample % count) else { continue }
      var stream = RandomStream(
        seed: seed, for: .augmentation, epoch: request.epoch, index: number(of: sample))
      let mask = batch.cutter.cut(
        image, size: options.size, by: options.augmentation, stream: &stream,
        to: batch.slot(batch.count, in: batch.pixels, channels: 3))
      write(mask, options, batch)
      batch.samples[batch.count] = Int32(sample)
      batch.count += 1
    }
    if batch.count == 0 { throw noneLeft() }
  }

  private func write(_ mask: LabelMap, _ options: CropOptions, _ batch: CropBatch) {
    let classes =
      switch options.target {
      case .borders(let borders): borders.classes(of: mask)
      case .classes: isInstance ? mask.foreground : mask
      }
    let target = batch.slot(batch.count, in: batch.targets)
    for (position, label) in classes.labels.enumerated() {
      target[position] = UInt8(min(label, UInt16(LabelMap.ignoredByte)))
    }
    if let weights = options.weights, let room = batch.weights {
      weights.write(
        instances: mask, classes: classes, to: batch.slot(batch.count, in: room))
    }
  }
}
