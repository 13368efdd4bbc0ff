/// By how much an image is moved within its frame; what comes in is black.
struct Displacement: Hashable {
  /// Pixels by which it is shifted down.
  var down = 0
  /// Pixels by which it is shifted to the right.
  var right = 0
  /// Whether it is mirrored left to right.
  var isMirrored = false

  /// Whether it is shifted.
  var isShifted: Bool { down != 0 || right != 0 }

  /// Writes an image, shifted and perhaps mirrored, to another place.
  func apply(_ source: UnsafeBufferPointer<UInt8>, to target: PixelImage) {
    let (height, width, channels) = (target.height, target.width, target.channels)
    guard isShifted || isMirrored else {
      _ = target.pixels.update(from: source)
      return
    }
    target.pixels.update(repeating: 0)
    guard abs(right) < width, abs(down) < height else { return }
    let columns = max(0, right)..<min(width, width + right)
    guard let source = source.baseAddress, let target = target.pixels.baseAddress else { return }
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
