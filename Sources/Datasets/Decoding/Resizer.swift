import CImages

/// The weights by which pixels along one side become fewer or more: a triangle over each new pixel's
/// centre, as wide as a new pixel where they become fewer, so that nothing is skipped.
///
/// - Source: Pillow's `Image.resize` with `BILINEAR`, torchvision's with `antialias=True`.
struct ResizeFilter {
  /// The number of weights for a new pixel.
  let taps: Int
  /// The first old pixel of each new one.
  let starts: [Int32]
  /// The weights in 16384ths, `taps` for each new pixel.
  let weights: [Int16]

  /// Weighs the old pixels of a stretch.
  ///
  /// - Parameters:
  ///   - size: how many old pixels there are; none outside is touched.
  ///   - start: where the stretch begins, in old pixels.
  ///   - length: how long it is.
  ///   - count: how many new pixels it becomes.
  ///   - wanted: which of them are asked for.
  init(size: Int, start: Double, length: Double, count: Int, wanted: Range<Int>) {
    let scale = length / Double(count)
    let support = max(scale, 1)
    // No new pixel sees more old ones than this, nor more than there are.
    let taps = min(size, Int((2 * support).rounded(.up)) + 1)
    var starts: [Int32] = []
    var weights = [Int16](repeating: 0, count: wanted.count * taps)
    var row = [Double](repeating: 0, count: taps)
    for (place, pixel) in wanted.enumerated() {
      let center = start + (Double(pixel) + 0.5) * scale
      let lowest = max(0, Int(center - support + 0.5))
      let end = min(size, Int(center + support + 0.5), lowest + taps)
      let first = min(lowest, size - taps)
      var sum = 0.0
      for tap in 0..<taps {
        let old = first + tap
        let distance = abs((Double(old) - center + 0.5) / support)
        row[tap] = (lowest..<end).contains(old) ? max(0, 1 - distance) : 0
        sum += row[tap]
      }
      // What rounding leaves over goes to the largest, so that white stays white.
      var rest = 16_384
      var largest = 0
      for tap in 0..<taps {
        let weight = Int((row[tap] / sum * 16_384).rounded())
        weights[place * taps + tap] = Int16(weight)
        rest -= weight
        if row[tap] > row[largest] { largest = tap }
      }
      weights[place * taps + largest] += Int16(rest)
      starts.append(Int32(first))
    }
    self.taps = taps
    self.starts = starts
    self.weights = weights
  }
}

/// Brings images to other sizes, in memory that is used again; one thread's.
final class Resizer {
  private let between = ByteBuffer()

  /// Writes part of an image at another size.
  ///
  /// - Parameters:
  ///   - source: the first pixel, `width` pixels a row, `stride` bytes from row to row.
  ///   - target: room for the filters' pixels, packed.
  func resize(
    _ source: UnsafePointer<UInt8>, width: Int, stride: Int, channels: Int,
    down: ResizeFilter, along: ResizeFilter, to target: UnsafeMutablePointer<UInt8>
  ) {
    let room = between.room(for: down.starts.count * width * channels + 4)
    guard let between = room.baseAddress else { return }
    down.withFilter { down in
      along.withFilter { along in
        ci_resize(source, Int32(width), stride, Int32(channels), down, along, between, target)
      }
    }
  }

  /// Writes the middle of an image, its short side as long as the target's: what is too much at both
  /// ends of the long side is left out.
  func cover(
    _ source: UnsafePointer<UInt8>, width: Int, height: Int, channels: Int, size: Int,
    to target: UnsafeMutablePointer<UInt8>
  ) {
    func filter(_ side: Int) -> ResizeFilter {
      // The whole side at the new scale, and of it the middle.
      let scaled = max(size, Int((Double(side * size) / Double(min(width, height))).rounded(.down)))
      let first = Int((Double(scaled - size) / 2).rounded(.toNearestOrEven))
      return ResizeFilter(
        size: side, start: 0, length: Double(side), count: scaled, wanted: first..<(first + size))
    }
    resize(
      source, width: width, stride: width * channels, channels: channels, down: filter(height),
      along: filter(width), to: target)
  }
}

extension ResizeFilter {
  fileprivate func withFilter(_ body: (ci_filter) -> Void) {
    starts.withUnsafeBufferPointer { starts in
      weights.withUnsafeBufferPointer { weights in
        body(
          ci_filter(
            count: Int32(starts.count), taps: Int32(taps), starts: starts.baseAddress,
            weights: weights.baseAddress))
      }
    }
  }
}

extension ImageSet {
  /// Returns the images at another size: the short side brought to it, the middle of the long one.
  func resized(to size: Int) -> ImageSet {
    guard height != size || width != size else { return self }
    let length = count * size * size * channels
    let resized = [UInt8](unsafeUninitializedCapacity: length) { room, filled in
      let places = Places(room, size: size * size * channels)
      onAllCores(count, makeWorker: { Resizer() }) { resizer, index in
        pixels.withUnsafeBufferPointer { pixels in
          guard let from = pixels.baseAddress, let to = places[index].baseAddress else { return }
          resizer.cover(
            from + index * bytesPerImage, width: width, height: height, channels: channels,
            size: size, to: to)
        }
      }
      filled = length
    }
    return ImageSet(height: size, width: size, channels: channels, pixels: resized, labels: labels)
  }
}

extension ImageData {
  /// Returns the data with all images at another size.
  func resized(to size: Int) -> ImageData {
    ImageData(
      name: name, train: train.resized(to: size), test: test.resized(to: size),
      classNames: classNames, found: found, broken: broken)
  }
}
