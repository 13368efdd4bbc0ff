import Foundation
import Numbers

/// How much each pixel's loss counts: more where the gap between two instances is narrow.
///
/// A pixel of the background at distances d1 and d2 from the nearest and the second nearest instance
/// has the weight w = wc + w0 exp(-(d1 + d2)² / (2 sigma²)); a pixel of an instance has wc alone. wc is
/// the weight of its class. What the second term has below a hundredth counts as zero.
///
/// - Source: Ronneberger, Fischer, Brox, *U-Net* (2015), equation 2.
public struct BorderWeights: Sendable, Hashable {
  /// What a gap of no width adds.
  public var w0: Double
  /// How fast that falls off, in pixels.
  public var sigma: Double
  /// The weight of each class, 1 of all where it is nil.
  public var classWeights: [Double]?

  /// Creates weights, with the paper's numbers if nothing else is said.
  ///
  /// - Precondition: w0 is not below 0, and sigma above it.
  public init(w0: Double = 10, sigma: Double = 5, classWeights: [Double]? = nil) {
    precondition(w0 >= 0 && sigma > 0, "w0 must not be below 0, and sigma above it.")
    self.w0 = w0
    self.sigma = sigma
    self.classWeights = classWeights
  }

  /// The sum of distances from which on the second term counts as zero, in whole pixels.
  private var reach: Int {
    w0 <= 0.01 ? 0 : Int(clamping: (sigma * (2 * log(100 * w0)).squareRoot()).rounded(.up))
  }

  /// Writes the weight of each pixel, [H, W]; 0 where the class is ignored.
  ///
  /// - Parameters:
  ///   - instances: which instance each pixel belongs to.
  ///   - classes: the class of each pixel.
  public func write(
    instances: LabelMap, classes: LabelMap, to weights: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(weights.count == classes.labels.count, "The buffer must hold every pixel.")
    for (position, label) in classes.labels.enumerated() {
      weights[position] =
        label == LabelMap.ignored
        ? 0 : Float(classWeights.flatMap { Int(label) < $0.count ? $0[Int(label)] : nil } ?? 1)
    }
    let reach = reach
    let boxes = instances.boxes()
    guard reach > 0, boxes.count > 1 else { return }
    let (nearest, second) = distances(to: boxes, in: instances, reach: reach)
    let (w0, scale) = (Float(w0), Float(-1 / (2 * sigma * sigma)))
    for position in weights.indices
    where instances.labels[position] == 0 && second[position] != DistanceTransform.none {
      let sum = Float(nearest[position]).squareRoot() + Float(second[position]).squareRoot()
      let more = w0 * exp(sum * sum * scale)
      if more >= 0.01, classes.labels[position] != LabelMap.ignored { weights[position] += more }
    }
  }

  /// Each pixel's squared distances to the nearest and the second nearest instance within reach.
  ///
  /// Every instance writes into the surroundings of its own box.
  private func distances(
    to boxes: [LabelMap.LabelBox], in instances: LabelMap, reach: Int
  ) -> (nearest: [Int32], second: [Int32]) {
    let (width, height) = (instances.width, instances.height)
    var nearest = [Int32](repeating: DistanceTransform.none, count: width * height)
    var second = nearest
    for box in boxes {
      let (left, top) = (max(0, box.left - reach), max(0, box.top - reach))
      let (right, bottom) = (min(width, box.right + reach), min(height, box.bottom + reach))
      let across = right - left
      let own = DistanceTransform(width: across, height: bottom - top).squared { position in
        instances.labels[(top + position / across) * width + left + position % across] == box.label
      }
      for y in top..<bottom {
        for x in left..<right {
          let position = y * width + x
          let distance = own[(y - top) * across + x - left]
          if distance < nearest[position] {
            second[position] = nearest[position]
            nearest[position] = distance
          } else if distance < second[position] {
            second[position] = distance
          }
        }
      }
    }
    return (nearest, second)
  }
}

extension LabelMap {
  /// The pixels that a label spans; right and bottom exclusive.
  public struct LabelBox: Sendable, Hashable {
    /// The label.
    public let label: UInt16
    /// The first column.
    public var left: Int
    /// The first row.
    public var top: Int
    /// The column after the last.
    public var right: Int
    /// The row after the last.
    public var bottom: Int
    /// The number of pixels of this label.
    public var area: Int
  }

  /// What each label spans that occurs, by rising label; the background and ignored pixels are none.
  public func boxes() -> [LabelBox] {
    var boxes = [LabelBox?](repeating: nil, count: Int(highest) + 1)
    var position = 0
    for y in 0..<height {
      for x in 0..<width {
        let label = labels[position]
        position += 1
        guard label != 0, label != Self.ignored else { continue }
        guard var box = boxes[Int(label)] else {
          boxes[Int(label)] = LabelBox(
            label: label, left: x, top: y, right: x + 1, bottom: y + 1, area: 1)
          continue
        }
        box.left = min(box.left, x)
        box.right = max(box.right, x + 1)
        box.bottom = y + 1
        box.area += 1
        boxes[Int(label)] = box
      }
    }
    return boxes.compactMap { $0 }
  }
}
