import CImages
import Numbers

/// The weights by which pixels along one side become fewer or more: those of an interpolation over each new
/// pixel's center, stretched where pixels become fewer, so that nothing is skipped.
struct ResizeFilter {
  /// How many old pixels there are.
  let size: Int
  /// The number of weights for a new pixel: even, and 0 where there is no old pixel.
  let taps: Int
  /// The first old pixel of each new one.
  let starts: [Int32]
  /// The weights in 16384ths, `taps` for each new pixel, together one.
  let weights: [Int16]
  /// Whether weights may be negative.
  let isSigned: Bool

  /// Weighs the old pixels of a stretch.
  ///
  /// - Parameters:
  ///   - size: how many old pixels there are; none outside is touched.
  ///   - start: where the stretch begins, in old pixels.
  ///   - length: how long it is.
  ///   - count: how many new pixels it becomes.
  ///   - mirrored: whether they are in the opposite order.
  init(
    size: Int, start: Double, length: Double, count: Int, mirrored: Bool = false,
    by interpolation: Interpolation = .bilinear
  ) {
    let scale = length / Double(count)
    let stretch = max(scale, 1)
    let support = interpolation.support * stretch
    // No new pixel sees more old ones than this.
    let taps = (Int(clamping: (2 * support).rounded(.up)) + 2) / 2 * 2
    var starts = [Int32](repeating: 0, count: count)
    var weights = [Int16](repeating: 0, count: count * taps)
    var row = [Double](repeating: 0, count: taps)
    for pixel in 0..<count {
      let center = start + (Double(pixel) + 0.5) * scale
      let first = max(0, Int(clamping: center - support + 0.5))
      let end = min(size, Int(clamping: center + support + 0.5))
      var sum = 0.0
      for tap in 0..<taps {
        let old = first + tap
        let distance = abs((Double(old) - center + 0.5) / stretch)
        row[tap] = old < end ? interpolation.weight(at: distance) : 0
        sum += row[tap]
      }
      // What rounding leaves over goes to the largest, so that white stays white.
      let position = mirrored ? count - 1 - pixel : pixel
      var rest = 16_384
      var largest = 0
      for tap in 0..<taps {
        let exact = row[tap] / sum * 16_384
        let weight = Int(clamping: exact < 0 ? exact - 0.5 : exact + 0.5)
        weights[position * taps + tap] = Int16(weight)
        rest -= weight
        if row[tap] > row[largest] { largest = tap }
      }
      weights[position * taps + largest] += Int16(rest)
      starts[position] = Int32(first)
    }
    self.size = size
    self.taps = taps
    self.starts = starts
    self.weights = weights
    isSigned = interpolation == .bicubic
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
    let room = between.room(for: (down.starts.count * width + along.taps + 8) * channels)
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
    by interpolation: Interpolation = .bilinear, to target: UnsafeMutablePointer<UInt8>
  ) {
    let window = PhotoReader.Window(middleOf: width, by: height, short: size, size: size)
    resize(
      source, width: width, stride: width * channels, channels: channels,
      down: ResizeFilter(
        size: height, start: window.top, length: window.height, count: size, by: interpolation),
      along: ResizeFilter(
        size: width, start: window.left, length: window.width, count: size, by: interpolation),
      to: target)
  }
}

extension ResizeFilter {
  fileprivate func withFilter(_ body: (ci_filter) -> Void) {
    starts.withUnsafeBufferPointer { starts in
      weights.withUnsafeBufferPointer { weights in
        body(
          ci_filter(
            count: Int32(starts.count), taps: Int32(taps), starts: starts.baseAddress,
            weights: weights.baseAddress, is_signed: isSigned))
      }
    }
  }
}

extension ImageSet {
  /// Returns the images at another size: the short side brought to it, the middle of the long one.
  func resized(to size: Int, by interpolation: Interpolation = .bilinear) -> ImageSet {
    guard height != size || width != size else { return self }
    let length = count * size * size * channels
    let resized = [UInt8](unsafeUninitializedCapacity: length) { room, filled in
      let positions = DisjointBuffer(room, size: size * size * channels)
      onAllCores(count, makeWorker: { Resizer() }) { resizer, index in
        pixels.withUnsafeBufferPointer { pixels in
          guard let from = pixels.baseAddress, let to = positions[index].baseAddress else { return }
          resizer.cover(
            from + index * bytesPerImage, width: width, height: height, channels: channels,
            size: size, by: interpolation, to: to)
        }
      }
      filled = length
    }
    return ImageSet(
      height: size, width: size, channels: channels, pixels: resized, labels: labels, names: names,
      filledBits: filledBits, interpolation: interpolation)
  }
}

extension ImageData {
  /// Returns the data with all images in memory at another size; nil leaves them as they are.
  func resized(to size: Int?, by interpolation: Interpolation = .bilinear) -> ImageData {
    guard let size else { return self }
    func resized(_ images: any LabeledImages) -> any LabeledImages {
      (images as? ImageSet)?.resized(to: size, by: interpolation) ?? images
    }
    var data = self
    data.train = resized(train)
    data.validation = validation.map(resized)
    data.test = resized(test)
    return data
  }
}
