import Datasets
import Torch

/// How a network that wants sides of certain lengths, and not too long ones, predicts an image of any
/// size, in bounded memory.
///
/// An image of at most `largest` pixels a side is seen whole, made larger by its mirror image to sides
/// that the network's stride divides. A larger one is seen in tiles that overlap; where they do, each
/// counts the more the farther its own edge is away, so that no seam shows.
struct Tiling {
  /// What divides the sides of every image that the network sees.
  let stride: Int
  /// The longest side that is seen at once; a multiple of the stride.
  let largest: Int
  /// By how much tiles overlap, in pixels.
  let overlap: Int

  init(stride: Int, largest: Int = 1024, overlap: Int = 128) {
    self.stride = stride
    self.largest = max(stride, largest / stride * stride)
    self.overlap = min(overlap, self.largest / 4)
  }

  /// Where the tiles of a side begin, and how long each is.
  func parts(of side: Int) -> (starts: [Int], length: Int) {
    let padded = (side + stride - 1) / stride * stride
    guard padded > largest else { return ([0], padded) }
    let step = largest - overlap
    let count = (side - overlap + step - 1) / step
    // The last tile ends where the image does.
    return ((0..<count).map { min($0 * step, side - largest) }, largest)
  }

  /// Returns the network's prediction for an image, [C, H, W], as a mean over tiles.
  ///
  /// - Parameters:
  ///   - classes: the channels of a prediction.
  ///   - predict: the network's probabilities for normalized images, [1, C, H, W] for [1, 3, H, W].
  ///   - prepare: brings bytes [1, H, W, 3] to the device and normalizes them.
  func probabilities(
    of image: ColorImage, classes: Int, prepare: (UnsafeRawBufferPointer, [Int]) -> Tensor,
    predict: (Tensor) -> Tensor
  ) -> Tensor {
    let (rows, height) = parts(of: image.height)
    let (columns, width) = parts(of: image.width)
    var bytes = [UInt8](repeating: 0, count: height * width * 3)
    func tile(_ top: Int, _ left: Int) -> Tensor {
      image.write(top: top, left: left, height: height, width: width, to: &bytes)
      let input = bytes.withUnsafeBytes { prepare($0, [1, height, width, 3]) }
      let known = predict(input).to(.cpu).to(.float32)
      return known.reshaped([classes, height, width])
        .narrowed(1, from: 0, count: min(height, image.height - top))
        .narrowed(2, from: 0, count: min(width, image.width - left))
    }
    if rows.count == 1, columns.count == 1 { return tile(0, 0).contiguous() }
    let sums = Tensor.zeros([classes, image.height, image.width])
    let weights = Tensor.zeros([1, image.height, image.width])
    for top in rows {
      for left in columns {
        let known = tile(top, left)
        let (height, width) = (known.size(1), known.size(2))
        let weight = ramp(height).reshaped([1, height, 1]) * ramp(width).reshaped([1, 1, width])
        func add(_ value: Tensor, to total: Tensor) {
          let position = total.narrowed(1, from: top, count: height)
            .narrowed(2, from: left, count: width)
          position.copy(from: position + value)
        }
        add(known * weight, to: sums)
        add(weight, to: weights)
      }
    }
    return sums / weights
  }

  /// A weight for each pixel of a side: 1 in the middle, less within the overlap of either end.
  private func ramp(_ length: Int) -> Tensor {
    Tensor(
      (0..<length).map { position in
        Float(min(1, Double(min(position, length - 1 - position) + 1) / Double(max(1, overlap))))
      }, shape: [length])
  }
}

extension ColorImage {
  /// Writes a part of the image; what lies beyond it is its mirror image.
  func write(top: Int, left: Int, height: Int, width: Int, to bytes: inout [UInt8]) {
    func mirrored(_ position: Int, _ side: Int) -> Int {
      guard side > 1 else { return 0 }
      let period = 2 * (side - 1)
      let position = position % period
      return position < side ? position : period - position
    }
    let columns = (0..<width).map { 3 * mirrored(left + $0, self.width) }
    pixels.withUnsafeBufferPointer { from in
      bytes.withUnsafeMutableBufferPointer { to in
        var at = 0
        for row in 0..<height {
          let line = 3 * self.width * mirrored(top + row, self.height)
          for column in columns {
            to[at] = from[line + column]
            to[at + 1] = from[line + column + 1]
            to[at + 2] = from[line + column + 2]
            at += 3
          }
        }
      }
    }
  }
}
