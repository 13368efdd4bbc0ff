import Foundation
import Numbers
import Randomness

/// Colored shapes on grained backgrounds, drawn from a seed: a data set that is always there.
///
/// Each image has a class, boxes and a mask, so it serves classification, detection and
/// segmentation. What is in image `index` follows from the seed and the index alone.
public enum Shapes {
  /// The kinds of shape, which are the classes.
  public enum Kind: Int, Sendable, Hashable, CaseIterable {
    /// A disc.
    case circle
    /// A square.
    case square
    /// A triangle of equal sides.
    case triangle
    /// A star of five points.
    case star
    /// A cross of equal arms.
    case cross
    /// A ring.
    case ring

    /// How far a point lies inside a shape of radius 1, in radii; negative outside.
    func depth(_ x: Float, _ y: Float) -> Float {
      switch self {
      case .circle: return 1 - (x * x + y * y).squareRoot()
      case .square: return 0.8 - max(abs(x), abs(y))
      case .triangle:
        let slope = 0.866 * abs(x)
        return min(0.5 + y, 0.5 - slope - 0.5 * y) * 1.1
      case .star:
        // The outline's radius swings between tip and notch, ten times around.
        let turn = atan2(x, y) / (2 * .pi) * 5
        let swing = abs(turn - turn.rounded()) * 2
        return (1 - 0.58 * swing) - (x * x + y * y).squareRoot()
      case .cross:
        let upright = min(0.3 - abs(x), 0.95 - abs(y))
        let level = min(0.3 - abs(y), 0.95 - abs(x))
        return max(upright, level)
      case .ring: return 0.22 - abs((x * x + y * y).squareRoot() - 0.75)
      }
    }
  }

  /// A shape's class and the pixels that it spans: left, top, right, bottom, right and bottom
  /// exclusive.
  public struct Box: Sendable, Hashable {
    /// The kind of shape.
    public let kind: Kind
    /// The first column.
    public let left: Int
    /// The first row.
    public let top: Int
    /// The column after the last.
    public let right: Int
    /// The row after the last.
    public let bottom: Int
  }

  /// A drawn image and everything there is to train on it.
  public struct Scene: Sendable, Hashable {
    /// The picture, [H, W, 3], a byte each.
    public var pixels: [UInt8]
    /// For each pixel 0 for the background, or 1 and the number of the kind that is seen there.
    public var mask: [UInt8]
    /// The shapes that can be seen, in the order of drawing.
    public var boxes: [Box]
  }

  /// Draws an image of `size` by `size` pixels with one to `most` shapes.
  public static func scene(size: Int, most: Int, seed: UInt64, index: Int) -> Scene {
    var stream = RandomStream(seed: seed, for: .shapes, index: index)
    var scene = background(size: size, &stream)
    for _ in 0..<Int.random(in: 1...max(1, most), using: &stream) {
      draw(on: &scene, size: size, alone: most == 1, &stream)
    }
    scene.boxes = scene.boxes.filter { visibleShare(of: $0, in: scene, size: size) >= 0.25 }
    return scene
  }

  /// Draws a data set of one shape an image, 32 by 32 pixels.
  public static func classification(
    train: Int, test: Int, size: Int = 32, seed: UInt64
  ) -> ImageData {
    func set(_ indices: Range<Int>) -> ImageSet {
      var pixels: [UInt8] = []
      var labels: [Int64] = []
      pixels.reserveCapacity(indices.count * size * size * 3)
      labels.reserveCapacity(indices.count)
      for index in indices {
        let scene = scene(size: size, most: 1, seed: seed, index: index)
        pixels += scene.pixels
        labels.append(Int64(scene.boxes.first?.kind.rawValue ?? 0))
      }
      return ImageSet(height: size, width: size, channels: 3, pixels: pixels, labels: labels)
    }
    return ImageData(
      name: "shapes", train: set(0..<train), test: set(train..<(train + test)),
      classNames: Kind.allCases.map { "\($0)" }, found: "shapes drawn from a seed")
  }

  // MARK: Drawing

  private static func background(size: Int, _ stream: inout RandomStream) -> Scene {
    let corner = color(&stream)
    let other = color(&stream)
    var pixels = [UInt8](repeating: 0, count: size * size * 3)
    for row in 0..<size {
      for column in 0..<size {
        let part = Float(row + column) / Float(2 * size)
        let grain = Float(Int8(truncatingIfNeeded: stream.next())) * 0.2
        for channel in 0..<3 {
          let level = corner[channel] + (other[channel] - corner[channel]) * part + grain
          pixels[(row * size + column) * 3 + channel] = UInt8(clamping: level)
        }
      }
    }
    return Scene(pixels: pixels, mask: [UInt8](repeating: 0, count: size * size), boxes: [])
  }

  private static func draw(
    on scene: inout Scene, size: Int, alone: Bool, _ stream: inout RandomStream
  ) {
    let kind = Kind.allCases[Int.random(in: 0..<Kind.allCases.count, using: &stream)]
    let extent = Float(size)
    let radius = Float.random(in: alone ? 0.2...0.42 : 0.1...0.25, using: &stream) * extent
    let centerX = Float.random(in: radius * 0.8...extent - radius * 0.8, using: &stream)
    let centerY = Float.random(in: radius * 0.8...extent - radius * 0.8, using: &stream)
    let angle = Float.random(in: 0..<2 * .pi, using: &stream)
    let (sine, cosine) = (sin(angle) / radius, cos(angle) / radius)
    let fill = contrasting(with: scene.pixels.prefix(3).map(Float.init), &stream)
    var (left, top, right, bottom) = (size, size, 0, 0)
    let rows =
      max(
        0, Int(clamping: centerY - radius) - 1)...min(size - 1, Int(clamping: centerY + radius) + 1)
    let columns =
      max(
        0, Int(clamping: centerX - radius) - 1)...min(size - 1, Int(clamping: centerX + radius) + 1)
    for row in rows {
      for column in columns {
        let x = Float(column) + 0.5 - centerX
        let y = Float(row) + 0.5 - centerY
        let depth = kind.depth(x * cosine + y * sine, y * cosine - x * sine) * radius
        // Half a pixel on both sides of the outline is mixed: no stairs.
        let cover = max(0, min(1, depth + 0.5))
        guard cover > 0 else { continue }
        for channel in 0..<3 {
          let position = (row * size + column) * 3 + channel
          let level = Float(scene.pixels[position]) * (1 - cover) + fill[channel] * cover
          scene.pixels[position] = UInt8(clamping: level)
        }
        guard cover >= 0.5 else { continue }
        scene.mask[row * size + column] = UInt8(kind.rawValue + 1)
        (left, top) = (min(left, column), min(top, row))
        (right, bottom) = (max(right, column + 1), max(bottom, row + 1))
      }
    }
    guard right > left, bottom > top else { return }
    scene.boxes.append(Box(kind: kind, left: left, top: top, right: right, bottom: bottom))
  }

  private static func color(_ stream: inout RandomStream) -> [Float] {
    (0..<3).map { _ in Float.random(in: 0...255, using: &stream) }
  }

  /// The one of four colors that differs most from another: a shape that cannot be seen teaches
  /// nothing.
  private static func contrasting(with other: [Float], _ stream: inout RandomStream) -> [Float] {
    func distance(_ color: [Float]) -> Float {
      zip(color, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
    var best = color(&stream)
    for _ in 1..<4 {
      let next = color(&stream)
      if distance(next) > distance(best) { best = next }
    }
    return best
  }

  /// The share of a box in which its shape's kind is seen; a shape fills a third of its box at least.
  private static func visibleShare(of box: Box, in scene: Scene, size: Int) -> Float {
    var seen = 0
    for row in box.top..<box.bottom {
      for column in box.left..<box.right
      where scene.mask[row * size + column] == UInt8(box.kind.rawValue + 1) { seen += 1 }
    }
    return Float(seen) / Float((box.right - box.left) * (box.bottom - box.top))
  }
}
