import Foundation
import Numbers

/// A hash of what an image looks like: an image that was saved again, at another quality or size, has the same
/// one or one that differs in a few bits.
///
/// The image is brought to 32 by 32 gray pixels. Of their discrete cosine transform the 8 by 8 lowest
/// frequencies give a bit each: whether they are above the median of all 64.
///
/// - Source: Zauner, *Implementation and Benchmarking of Perceptual Image Hash Functions* (2010), section 3.2.1, as
///   the Python package ImageHash computes it (`phash`).
struct PerceptualHash: Sendable, Hashable {
  /// The bits, row by row, the first the highest.
  let bits: UInt64

  /// Pixels on a side of the image that is hashed.
  static let side = 32
  /// Frequencies on a side.
  private static let kept = 8
  /// `cosines[k * side + n]`: cos(pi / side * (n + 1/2) * k).
  private static let cosines = (0..<(kept * side)).map { position in
    cos(Double.pi / Double(side) * (Double(position % side) + 0.5) * Double(position / side))
  }

  /// Hashes gray pixels, [32, 32].
  init(_ pixels: [UInt8]) {
    let (side, kept) = (Self.side, Self.kept)
    precondition(pixels.count == side * side, "A hash is of 32 by 32 pixels.")
    // Along the rows first, then down the columns.
    var rows = [Double](repeating: 0, count: side * kept)
    for row in 0..<side {
      for frequency in 0..<kept {
        var sum = 0.0
        for column in 0..<side {
          sum += Double(pixels[row * side + column]) * Self.cosines[frequency * side + column]
        }
        rows[row * kept + frequency] = sum
      }
    }
    var values = [Double](repeating: 0, count: kept * kept)
    for down in 0..<kept {
      for across in 0..<kept {
        var sum = 0.0
        for row in 0..<side {
          sum += rows[row * kept + across] * Self.cosines[down * side + row]
        }
        values[down * kept + across] = sum
      }
    }
    let sorted = values.sorted()
    let median = (sorted[kept * kept / 2 - 1] + sorted[kept * kept / 2]) / 2
    bits = values.reduce(0) { $0 << 1 | ($1 > median ? 1 : 0) }
  }

  /// Takes bits.
  init(bits: UInt64) { self.bits = bits }

  /// In how many bits two hashes differ.
  func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }
}
