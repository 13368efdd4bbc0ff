import Datasets
import Torch

/// Brings bytes to numbers of mean 0 and deviation 1, channel by channel, on the device.
struct Normalization {
  private let factor: Tensor
  private let offset: Tensor

  /// Creates the normalization by means and deviations on a scale of 0 to 1.
  init(mean: [Double], deviation: [Double], on device: Device) {
    // A channel that never changes has no deviation: it is only shifted.
    let safe = deviation.map { $0 > 0 ? $0 : 1 }
    factor = Tensor(safe.map { Float(1 / (255 * $0)) }, shape: [1, mean.count, 1, 1]).to(device)
    offset = Tensor(
      zip(mean, safe).map { Float(-$0 / $1) }, shape: [1, mean.count, 1, 1]
    ).to(device)
  }

  /// Returns normalized float32 images for images of bytes, [N, C, H, W] both.
  func callAsFunction(_ images: Tensor) -> Tensor {
    images.to(.float32) * factor + offset
  }

  /// Returns a batch's images, copied to the device once and normalized there: [N, C, H, W].
  ///
  /// Bytes in the order [N, H, W, C] are channels-last images as they lie.
  func images(_ batch: ImageBatch, shape: [Int], on device: Device) -> Tensor {
    images(UnsafeRawBufferPointer(batch.pixels), shape: [batch.count] + shape, on: device)
  }

  /// The same of bytes in the shape [N, H, W, C].
  func images(_ bytes: UnsafeRawBufferPointer, shape: [Int], on device: Device) -> Tensor {
    let bytes = Tensor(copying: bytes, shape: shape, type: .uint8)
    return self(bytes.to(device).permuted([0, 3, 1, 2]))
  }

  /// Returns the bytes of images that have been normalized, [N, C, H, W] both.
  func pixels(of images: Tensor) -> Tensor {
    // Half a level more, since what is behind the point is cut off.
    (((images - offset) / factor).clamped(from: 0, to: 255) + 0.5).clamped(from: 0, to: 255)
      .to(.uint8)
  }
}
