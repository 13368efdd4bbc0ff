import Datasets
import Masks
import Numbers
import Torch
import Training

/// Crops, copied to the device once and normalized there.
final class CropStream: BatchStream {
  private let loader: BatchLoader<CropBatch>
  private let normalization: Normalization
  private let device: Device

  init(_ loader: BatchLoader<CropBatch>, normalization: Normalization, device: Device) {
    self.loader = loader
    self.normalization = normalization
    self.device = device
  }

  func next() throws -> SegmentationTask.Batch? {
    guard let batch = try loader.next() else { return nil }
    let shape = [batch.count, batch.size, batch.size]
    return try checked {
      withoutGradient {
        let targets = Tensor(
          copying: UnsafeRawBufferPointer(batch.targets), shape: shape, type: .uint8)
        let weights = batch.weights.map {
          Tensor(copying: UnsafeRawBufferPointer($0), shape: shape, type: .float32).to(device)
        }
        return SegmentationTask.Batch(
          images: normalization.images(
            UnsafeRawBufferPointer(batch.pixels), shape: shape + [3], on: device),
          targets: targets.to(device).to(.int64), weights: weights,
          hasTarget: batch.targets.contains { $0 != UInt8(SegmentationLoss.ignored) }, whole: nil)
      }
    }
  }
}

/// Whole images, as they are read.
final class FullImageStream: BatchStream {
  private let loader: BatchLoader<WholeImage>

  init(_ loader: BatchLoader<WholeImage>) { self.loader = loader }

  func next() throws -> SegmentationTask.Batch? {
    while let whole = try loader.next() {
      // One that is broken is counted by its set.
      guard let image = whole.image else { continue }
      let nothing = Tensor.zeros([0])
      return SegmentationTask.Batch(
        images: nothing, targets: nothing, weights: nil, hasTarget: true,
        whole: (whole.index, image))
    }
    return nil
  }
}
