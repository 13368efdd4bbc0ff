import Foundation
import Numbers
import Randomness

/// Changes an image and its mask together, differently each time they are seen.
///
/// All that moves pixels is composed to one map from the crop back into the image, by which the image is
/// looked up once, between its pixels, and the mask once, at the nearest pixel, so that NaN
/// appears in it that was not there. What is done follows from the seed, the epoch and the sample's
/// number alone.
public struct MaskAugmentation: Sendable, Hashable {
  /// Whether half of the crops are mirrored left to right.
  public var flips: Bool
  /// Whether half of the crops are mirrored top to bottom: for what has no up and down.
  public var verticalFlips: Bool
  /// Whether crops are rotated by 0, 90, 180 or 270 degrees.
  public var rotates90: Bool
  /// By how many degrees a crop is rotated beside that, at most, either way.
  public var rotation: Double
  /// By which factor things become larger; 1...1 leaves their size.
  public var scale: ClosedRange<Double>
  /// The standard deviation of the displacements of an elastic deformation's grid, in pixels; 0 for none.
  ///
  /// Between the grid's points they are interpolated by cubic B-splines.
  /// - Source: Ronneberger, Fischer, Brox, *U-Net* (2015), section 3.1, which has 10 pixels.
  public var elastic: Double
  /// The distance of that grid's points, in pixels.
  public var elasticGrid: Int
  /// How brightness, contrast, saturation and hue are changed, if they are.
  public var colorJitter: ColorJitter?

  /// Creates an augmentation.
  ///
  /// - Precondition: the scale is above 0, the grid's distance too, and nothing else below 0.
  public init(
    flips: Bool = false, verticalFlips: Bool = false, rotates90: Bool = false, rotation: Double = 0,
    scale: ClosedRange<Double> = 1...1, elastic: Double = 0, elasticGrid: Int = 64,
    colorJitter: ColorJitter? = nil
  ) {
    precondition(
      scale.lowerBound > 0 && elasticGrid > 0 && rotation >= 0 && elastic >= 0,
      "Scale and grid must be above 0, rotation and deformation not below.")
    self.flips = flips
    self.verticalFlips = verticalFlips
    self.rotates90 = rotates90
    self.rotation = rotation
    self.scale = scale
    self.elastic = elastic
    self.elasticGrid = elasticGrid
    self.colorJitter = colorJitter
  }

  /// Leaves crops as they are.
  public static let none = MaskAugmentation()

  /// What suits images that have no up and down: microscope, medical and aerial ones.
  public static let `default` = MaskAugmentation(
    flips: true, verticalFlips: true, rotates90: true, rotation: 15, scale: 0.8...1.25, elastic: 4,
    colorJitter: ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2))

  /// What suits photographs, in which things stand upright: they are mirrored left to right only.
  public static let upright = MaskAugmentation(
    flips: true, rotation: 10, scale: 0.75...1.5,
    colorJitter: ColorJitter(brightness: 0.2, contrast: 0.2))
}

/// Where each pixel of a crop comes from: `x' = a x + b y + c` and `y' = d x + e y + f`, by the middles of
/// pixels, and from there by a deformation.
struct CropMap: Equatable {
  var a: Float, b: Float, c: Float
  var d: Float, e: Float, f: Float
  /// The displacements at the points of a grid, which begins one cell before the crop.
  var grid: ElasticGrid?

  /// Draws a map.
  ///
  /// The crop is placed within the image where it fits, and where it does not so that it holds all of the
  /// image: along each side for itself, in whole pixels, each place as likely as any other.
  init(
    _ augmentation: MaskAugmentation, size: Int, of image: ImageSize, stream: inout RandomStream
  ) {
    let isMirrored = augmentation.flips && Bool.random(using: &stream)
    let isUpsideDown = augmentation.verticalFlips && Bool.random(using: &stream)
    let quarters = augmentation.rotates90 ? Int.random(in: 0..<4, using: &stream) : 0
    let degrees =
      augmentation.rotation > 0
      ? Double.random(in: -augmentation.rotation...augmentation.rotation, using: &stream) : 0
    // Twice as large is as likely as half as large.
    let logarithms = log(augmentation.scale.lowerBound)...log(augmentation.scale.upperBound)
    let factor =
      logarithms.lowerBound < logarithms.upperBound
      ? exp(Double.random(in: logarithms, using: &stream)) : augmentation.scale.lowerBound
    let extent = Double(size) / factor
    func start(_ side: Int) -> Double {
      let room = Int(clamping: (Double(side) - extent).rounded(.towardZero))
      return Double(Int.random(in: min(0, room)...max(0, room), using: &stream))
    }
    let (left, top) = (start(image.width), start(image.height))
    let (sine, cosine) = Self.turn(quarters: quarters, degrees: degrees)
    // From the crop's middle to the image's pixels, whose middles lie at halves.
    let step = 1 / factor
    let (across, down) = (isMirrored ? -step : step, isUpsideDown ? -step : step)
    let (m00, m01, m10, m11) = (cosine * across, sine * down, -sine * across, cosine * down)
    let middle = (Double(size) - 1) / 2
    let (centerX, centerY) = (left + (extent - 1) / 2, top + (extent - 1) / 2)
    (a, b, c) = (Float(m00), Float(m01), Float(centerX - (m00 + m01) * middle))
    (d, e, f) = (Float(m10), Float(m11), Float(centerY - (m10 + m11) * middle))
    grid =
      augmentation.elastic > 0
      ? ElasticGrid(
        size: size, spacing: augmentation.elasticGrid, deviation: augmentation.elastic * step,
        stream: &stream) : nil
  }

  /// Sine and cosine of a turn; those of quarters are exact, so that pixels stay pixels.
  private static func turn(quarters: Int, degrees: Double) -> (sine: Double, cosine: Double) {
    let (sine, cosine) = [(0.0, 1.0), (1, 0), (0, -1), (-1, 0)][quarters]
    guard degrees != 0 else { return (sine, cosine) }
    let angle = degrees * .pi / 180
    return (sine * cos(angle) + cosine * sin(angle), cosine * cos(angle) - sine * sin(angle))
  }
}

/// Displacements at the points of a grid, and between them by cubic B-splines.
struct ElasticGrid: Equatable {
  let spacing: Int
  /// Points in a row of the grid.
  let across: Int
  /// The displacement to the right and down at each point.
  let right: [Float]
  let down: [Float]
  /// The weights of four neighboring points at each place between two.
  let weights: [SIMD4<Float>]

  /// Draws the displacements by a normal distribution.
  init(size: Int, spacing: Int, deviation: Double, stream: inout RandomStream) {
    let across = (size + spacing - 1) / spacing + 3
    self.spacing = spacing
    self.across = across
    right = (0..<(across * across)).map { _ in Float(deviation * stream.normal()) }
    down = (0..<(across * across)).map { _ in Float(deviation * stream.normal()) }
    weights = (0..<spacing).map { position in
      let t = Float(position) / Float(spacing)
      let rest = 1 - t
      let (square, cube): (Float, Float) = (t * t, t * t * t)
      let second: Float = 3 * cube - 6 * square + 4
      let third: Float = 1 + 3 * (t + square - cube)
      return SIMD4(rest * rest * rest, second, third, cube) / 6
    }
  }

  /// Adds the displacements of a row of the crop to its coordinates.
  ///
  /// - Parameter points: room for two numbers a point of a row of the grid.
  func add(
    row: Int, toX x: UnsafeMutableBufferPointer<Float>, y: UnsafeMutableBufferPointer<Float>,
    points: UnsafeMutableBufferPointer<SIMD2<Float>>
  ) {
    let first = row / spacing * across
    let weight = weights[row % spacing]
    for point in 0..<across {
      var sum = SIMD2<Float>.zero
      for line in 0..<4 {
        let position = first + line * across + point
        sum += weight[line] * SIMD2(right[position], down[position])
      }
      points[point] = sum
    }
    var (cell, position) = (0, 0)
    for column in x.indices {
      let weight = weights[position]
      var moved = weight[0] * points[cell]
      for next in 1..<4 { moved += weight[next] * points[cell + next] }
      x[column] += moved.x
      y[column] += moved.y
      position += 1
      if position == spacing { (cell, position) = (cell + 1, 0) }
    }
  }
}
