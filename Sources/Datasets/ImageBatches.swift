import Randomness

/// Room for a batch of small images and their classes.
///
/// Written by one loader thread, then read by the training thread, never both: the loader sees to it.
public final class ImageBatch: @unchecked Sendable {
  /// The images, [N, H, W, C], a byte each.
  public let pixels: UnsafeMutableBufferPointer<UInt8>
  /// The classes, [N].
  public let labels: UnsafeMutableBufferPointer<Int64>
  /// Images in this batch.
  public fileprivate(set) var count = 0

  init(capacity: Int, bytesPerImage: Int) {
    pixels = .allocate(capacity: capacity * bytesPerImage)
    labels = .allocate(capacity: capacity)
    pixels.initialize(repeating: 0)
    labels.initialize(repeating: 0)
  }

  deinit {
    pixels.deallocate()
    labels.deallocate()
  }
}

extension ImageSet {
  /// Opens batches of the set's images, prepared on other threads.
  ///
  /// - Parameters:
  ///   - augmentation: what is done to each image, anew in each epoch.
  ///   - seed: names the augmentation's randomness.
  public func batches(
    _ order: BatchOrder, augmentation: Augmentation = .none, seed: UInt64 = 0, workers: Int = 1
  ) -> BatchLoader<ImageBatch> {
    BatchLoader(
      order, workers: workers,
      makeBuffer: { ImageBatch(capacity: order.batchSize, bytesPerImage: bytesPerImage) },
      fill: { [self] request, batch in
        fill(batch, request, augmentation: augmentation, seed: seed)
      })
  }

  private func fill(
    _ batch: ImageBatch, _ request: BatchRequest, augmentation: Augmentation, seed: UInt64
  ) {
    let size = bytesPerImage
    batch.count = request.samples.count
    pixels.withUnsafeBufferPointer { pixels in
      for (place, sample) in request.samples.enumerated() {
        let sample = Int(sample)
        batch.labels[place] = labels[sample]
        var stream = RandomStream(
          seed: seed, for: .augmentation, epoch: request.epoch, index: sample)
        augmentation.apply(
          UnsafeBufferPointer(rebasing: pixels[(sample * size)..<((sample + 1) * size)]),
          to: UnsafeMutableBufferPointer(
            rebasing: batch.pixels[(place * size)..<((place + 1) * size)]),
          height: height, width: width, channels: channels, stream: &stream)
      }
    }
  }
}
