import Masks
import Numbers
import Randomness

/// Cuts crops out of masked images, in memory that is used again; one thread's.
///
/// Beyond an image's edge the image is mirrored, the outermost pixel not repeated, and the mask is
/// ignored.
final class CropCutter {
  private var x: [Float] = []
  private var y: [Float] = []
  private var points: [SIMD2<Float>] = []

  /// Writes a changed crop of an image, and returns that of the mask.
  ///
  /// - Parameter target: room for [size, size, 3].
  func cut(
    _ image: MaskedImage, size: Int, by augmentation: MaskAugmentation,
    stream: inout RandomStream, to target: UnsafeMutableBufferPointer<UInt8>
  ) -> LabelMap {
    let map = CropMap(
      augmentation, size: size, of: ImageSize(width: image.width, height: image.height),
      stream: &stream)
    let mask = cut(image, size: size, by: map, to: target)
    let picture = PixelImage(pixels: target, height: size, width: size, channels: 3)
    augmentation.colorJitter?.apply(to: picture, stream: &stream)
    return mask
  }

  /// Writes what a map says of an image, and returns that of the mask.
  func cut(
    _ image: MaskedImage, size: Int, by map: CropMap, to target: UnsafeMutableBufferPointer<UInt8>
  ) -> LabelMap {
    if x.count != size {
      x = [Float](repeating: 0, count: size)
      y = x
    }
    if let grid = map.grid, points.count < grid.across {
      points = [SIMD2<Float>](repeating: .zero, count: grid.across)
    }
    var mask = LabelMap(width: size, height: size)
    let (width, height) = (image.width, image.height)
    image.pixels.withUnsafeBufferPointer { pixels in
      image.mask.labels.withUnsafeBufferPointer { labels in
        mask.labels.withUnsafeMutableBufferPointer { cut in
          x.withUnsafeMutableBufferPointer { x in
            y.withUnsafeMutableBufferPointer { y in
              points.withUnsafeMutableBufferPointer { points in
                let source = Source(pixels: pixels, labels: labels, width: width, height: height)
                for row in 0..<size {
                  let (startX, startY) = (
                    map.b * Float(row) + map.c, map.e * Float(row) + map.f
                  )
                  for column in 0..<size {
                    x[column] = map.a * Float(column) + startX
                    y[column] = map.d * Float(column) + startY
                  }
                  map.grid?.add(row: row, toX: x, y: y, points: points)
                  let positions = (row * size)..<((row + 1) * size)
                  source.look(
                    x, y,
                    pixels: UnsafeMutableBufferPointer(
                      rebasing: target[(3 * positions.lowerBound)..<(3 * positions.upperBound)]),
                    labels: UnsafeMutableBufferPointer(rebasing: cut[positions]))
                }
              }
            }
          }
        }
      }
    }
    return mask
  }
}

/// An image that is looked up between its pixels, and its mask at the nearest.
private struct Source {
  let pixels: UnsafeBufferPointer<UInt8>
  let labels: UnsafeBufferPointer<UInt16>
  let width: Int
  let height: Int

  /// Looks up a row of places.
  func look(
    _ x: UnsafeMutableBufferPointer<Float>, _ y: UnsafeMutableBufferPointer<Float>,
    pixels target: UnsafeMutableBufferPointer<UInt8>,
    labels mask: UnsafeMutableBufferPointer<UInt16>
  ) {
    guard let from = pixels.baseAddress, let to = target.baseAddress else { return }
    for column in x.indices {
      // In 256ths of a pixel, from far enough outside that whole numbers round as they should.
      let (fixedX, fixedY) = (Self.fixed(x[column]), Self.fixed(y[column]))
      let (left, top) = (fixedX >> 8, fixedY >> 8)
      let (nearX, nearY) = ((fixedX + 128) >> 8, (fixedY + 128) >> 8)
      let isInside = nearX >= 0 && nearY >= 0 && nearX < width && nearY < height
      mask[column] = isInside ? labels[nearY &* width &+ nearX] : LabelMap.ignored
      let (partX, partY) = (fixedX & 255, fixedY & 255)
      var rows = (top &* width, (top &+ 1) &* width)
      var columns = (left, left &+ 1)
      if left < 0 || top < 0 || left &+ 1 >= width || top &+ 1 >= height {
        rows = (
          Self.mirrored(top, height) &* width, Self.mirrored(top &+ 1, height) &* width
        )
        columns = (Self.mirrored(left, width), Self.mirrored(left &+ 1, width))
      }
      let (p00, p01) = (from + 3 &* (rows.0 &+ columns.0), from + 3 &* (rows.0 &+ columns.1))
      let (p10, p11) = (from + 3 &* (rows.1 &+ columns.0), from + 3 &* (rows.1 &+ columns.1))
      let pixel = to + 3 &* column
      let (w11, w10) = (partX &* partY, (256 &- partX) &* partY)
      let (w01, w00) = (partX &* (256 &- partY), (256 &- partX) &* (256 &- partY))
      for channel in 0..<3 {
        let sum =
          w00 &* Int(p00[channel]) &+ w01 &* Int(p01[channel]) &+ w10 &* Int(p10[channel])
          &+ w11 &* Int(p11[channel])
        pixel[channel] = UInt8(truncatingIfNeeded: (sum &+ 32_768) >> 16)
      }
    }
  }

  /// A coordinate in 256ths, rounded to the nearest.
  private static func fixed(_ value: Float) -> Int {
    let scaled = value * 256 + 0.5
    let whole = Int(clamping: scaled)
    return scaled < Float(whole) ? whole &- 1 : whole
  }

  /// The pixel of a side that a place beyond its ends stands for: to and fro without repeating the ends.
  private static func mirrored(_ position: Int, _ side: Int) -> Int {
    guard side > 1 else { return 0 }
    let period = 2 * (side - 1)
    let rest = position % period
    let positive = rest < 0 ? rest + period : rest
    return positive < side ? positive : period - positive
  }
}
