import Numbers
import Randomness

/// Room for a batch of images and their classes.
///
/// Written by one loader thread, then read by the training thread, never both: the loader sees to it.
public final class ImageBatch: @unchecked Sendable {
  /// The images, [N, H, W, C], a byte each.
  public let pixels: UnsafeMutableBufferPointer<UInt8>
  /// The classes, [N].
  public let labels: UnsafeMutableBufferPointer<Int64>
  /// The images' numbers in their set, [N].
  public let samples: UnsafeMutableBufferPointer<Int32>
  /// Images in this batch.
  public internal(set) var count = 0
  /// The epoch of this batch.
  public internal(set) var epoch = 0
  /// The batch's number within the epoch.
  public internal(set) var number = 0
  /// For the thread that fills it.
  let buffers = AugmentationBuffers()

  init(capacity: Int, bytesPerImage: Int) {
    pixels = .allocate(capacity: capacity * bytesPerImage)
    labels = .allocate(capacity: capacity)
    samples = .allocate(capacity: capacity)
    pixels.initialize(repeating: 0)
    labels.initialize(repeating: 0)
    samples.initialize(repeating: 0)
  }

  /// Creates a batch of some images of one size, [H, W, C] each.
  public convenience init(of images: [[UInt8]]) {
    let size = images.first?.count ?? 0
    self.init(capacity: images.count, bytesPerImage: size)
    for image in images {
      precondition(image.count == size, "The images of a batch must be of one size.")
      _ = slot(count, size: size).initialize(from: image)
      count += 1
    }
  }

  deinit {
    pixels.deallocate()
    labels.deallocate()
    samples.deallocate()
  }

  /// The place of an image of so many bytes.
  public func slot(_ index: Int, size: Int) -> UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(rebasing: pixels[(index * size)..<((index + 1) * size)])
  }
}

extension ImageSet {
  /// Opens batches of the set's images, copied on other threads.
  public func batches(
    _ order: BatchOrder, augmentation: Augmentation?, seed: UInt64, workers: Int
  ) -> BatchLoader<ImageBatch> {
    BatchLoader(
      order, workers: workers, ahead: max(3, workers),
      makeBuffer: { ImageBatch(capacity: order.batchSize, bytesPerImage: bytesPerImage) },
      fill: { [self] request, batch in
        fill(batch, request, augmentation: augmentation ?? .none, seed: seed)
      })
  }

  private func fill(
    _ batch: ImageBatch, _ request: BatchRequest, augmentation: Augmentation, seed: UInt64
  ) {
    let size = bytesPerImage
    batch.count = request.samples.count
    (batch.epoch, batch.number) = (request.epoch, request.batch)
    let mean = meanColor
    pixels.withUnsafeBufferPointer { pixels in
      for (position, sample) in request.samples.enumerated() {
        let sample = Int(sample)
        let row = row(of: sample)
        batch.labels[position] = labels[sample]
        batch.samples[position] = Int32(sample)
        var stream = RandomStream(
          seed: request.seed(seed, at: position), for: .augmentation, epoch: request.epoch,
          index: row)
        augmentation.apply(
          UnsafeBufferPointer(rebasing: pixels[(row * size)..<((row + 1) * size)]),
          to: image(at: batch.slot(position, size: size)), mean: mean, stream: &stream,
          in: batch.buffers)
      }
    }
  }
}
