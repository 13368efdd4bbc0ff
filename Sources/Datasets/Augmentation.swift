import Randomness

/// Changes a training image a little, differently each time it is seen.
///
/// What is done to an image follows from the seed, the epoch and the image's number alone, so it is
/// the same on any thread, in any order, and after a resume.
public struct Augmentation: Sendable, Hashable {
  /// By how many pixels an image may be shifted each way; what comes in is black.
  public var cropPadding: Int
  /// Whether half of the images are mirrored left to right.
  public var flips: Bool

  /// Creates an augmentation.
  public init(cropPadding: Int = 0, flips: Bool = false) {
    self.cropPadding = cropPadding
    self.flips = flips
  }

  /// Leaves images as they are.
  public static let none = Augmentation()

  /// Writes an image, shifted and perhaps mirrored, to a place in a batch.
  ///
  /// - Parameters:
  ///   - source: the image, [H, W, C], all of its bytes.
  ///   - target: where it goes, as many bytes.
  public func apply(
    _ source: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>,
    height: Int, width: Int, channels: Int, stream: inout RandomStream
  ) {
    var down = 0
    var right = 0
    if cropPadding > 0 {
      down = Int.random(in: -cropPadding...cropPadding, using: &stream)
      right = Int.random(in: -cropPadding...cropPadding, using: &stream)
    }
    let mirrored = flips && Bool.random(using: &stream)
    guard down != 0 || right != 0 || mirrored else {
      _ = target.update(from: source)
      return
    }
    target.update(repeating: 0)
    guard abs(right) < width, abs(down) < height else { return }
    let columns = max(0, right)..<min(width, width + right)
    for row in max(0, down)..<min(height, height + down) {
      let from = ((row - down) * width + columns.lowerBound - right) * channels
      let count = columns.count * channels
      if mirrored {
        // The row's pixels go in from the right edge; a pixel's channels keep their order.
        for pixel in 0..<columns.count {
          let to = (row * width + width - 1 - columns.lowerBound - pixel) * channels
          for channel in 0..<channels {
            target[to + channel] = source[from + pixel * channels + channel]
          }
        }
      } else {
        let to = (row * width + columns.lowerBound) * channels
        for offset in 0..<count { target[to + offset] = source[from + offset] }
      }
    }
  }
}
