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

  /// What is done to one image.
  struct Change: Hashable {
    /// Pixels by which it is shifted down.
    var down = 0
    /// Pixels by which it is shifted to the right.
    var right = 0
    /// Whether it is mirrored left to right.
    var isMirrored = false

    /// Whether it is shifted.
    var isShifted: Bool { down != 0 || right != 0 }
  }

  /// Draws what is done to an image.
  func draw(_ stream: inout RandomStream) -> Change {
    var change = Change()
    if cropPadding > 0 {
      change.down = Int.random(in: -cropPadding...cropPadding, using: &stream)
      change.right = Int.random(in: -cropPadding...cropPadding, using: &stream)
    }
    change.isMirrored = flips && Bool.random(using: &stream)
    return change
  }

  /// Writes an image, shifted and perhaps mirrored, to a place in a batch.
  ///
  /// - Parameters:
  ///   - source: the image, [H, W, C], all of its bytes.
  ///   - target: where it goes, as many bytes.
  public func apply(
    _ source: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>,
    height: Int, width: Int, channels: Int, stream: inout RandomStream
  ) {
    draw(&stream).apply(source, to: target, height: height, width: width, channels: channels)
  }
}

extension Augmentation.Change {
  /// Writes an image, shifted and perhaps mirrored, to another place.
  func apply(
    _ source: UnsafeBufferPointer<UInt8>, to target: UnsafeMutableBufferPointer<UInt8>,
    height: Int, width: Int, channels: Int
  ) {
    guard isShifted || isMirrored else {
      _ = target.update(from: source)
      return
    }
    target.update(repeating: 0)
    guard abs(right) < width, abs(down) < height else { return }
    let columns = max(0, right)..<min(width, width + right)
    guard let source = source.baseAddress, let target = target.baseAddress else { return }
    for row in max(0, down)..<min(height, height + down) {
      var from = source + ((row - down) * width + columns.lowerBound - right) * channels
      guard isMirrored else {
        (target + (row * width + columns.lowerBound) * channels)
          .update(from: from, count: columns.count * channels)
        continue
      }
      // The row's pixels go in from the right edge; a pixel's channels keep their order.
      var to = target + (row * width + width - 1 - columns.lowerBound) * channels
      for _ in columns {
        for channel in 0..<channels { to[channel] = from[channel] }
        from += channels
        to -= channels
      }
    }
  }
}
