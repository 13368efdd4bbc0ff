import Masks
import Numbers

/// The agreement of a prediction with the boundary of one class in one image.
///
/// Pixels that the truth ignores belong to the class in neither. The image's edge is a boundary.
public struct BoundaryMetrics: Sendable, Hashable, Codable {
  /// The 95th percentile of the distances between the two boundaries, in pixels, of the worse direction:
  /// the larger of that of the distances from the prediction's pixels to the truth's boundary, and back.
  ///
  /// A boundary's pixels are those of the class that have a neighbor at one of their four sides that is
  /// not. Infinite where the class is in one of both only; nil where it is in neither.
  /// - Source: MONAI's `compute_hausdorff_distance` with `percentile=95`, without its taking the
  ///   percentile of both directions together (medpy's `hd95`, which is smaller); percentiles as NumPy
  ///   interpolates them.
  public var hd95: Double?
  /// The intersection over union of the pixels that lie within 2 % of the image's diagonal of their own
  /// mask's boundary; nil where there are none.
  ///
  /// - Source: Cheng, Girshick, Dollár, Berg, Kirillov, *Boundary IoU* (2021); equal to the authors'
  ///   `mask_to_boundary`, which erodes by 3x3 pixels so many times.
  public var boundaryIoU: Double?
  /// The harmonic mean of the shares of the prediction's boundary that lies within 0.75 % of the image's
  /// diagonal of the truth's, and of the truth's within so much of the prediction's; 0 where the class is in
  /// one of both only, nil where it is in neither.
  ///
  /// - Source: Csurka, Larlus, Perronnin, *What is a good evaluation measure for semantic segmentation?*
  ///   (2013); the tolerance as in MATLAB's `bfscore`.
  public var boundaryF1: Double?

  /// Evaluates a class.
  ///
  /// - Precondition: both maps are of one size.
  public init(of label: UInt16, truth: LabelMap, prediction: LabelMap) {
    guard let window = Window(of: label, truth, prediction) else { return }
    let (width, height) = (Double(truth.width), Double(truth.height))
    let diagonal = (width * width + height * height).squareRoot()
    let (own, other) = (window.truth, window.prediction)
    boundaryIoU = window.boundaryIoU(
      reach: max(1, Int32(clamping: (0.02 * diagonal).rounded(.toNearestOrEven))))
    guard own.contains(1), other.contains(1) else {
      hd95 = .infinity
      boundaryF1 = 0
      return
    }
    let (trueEdges, predictedEdges) = (window.edges(of: own), window.edges(of: other))
    let transform = DistanceTransform(width: window.width, height: window.height)
    func distances(from starts: [UInt8], to ends: [UInt8]) -> (hd95: Double, near: Double) {
      let squares = ends.withUnsafeBufferPointer { ends -> Squares in
        transform.fitsInt32
          ? .narrow(window.kept(transform.squared { ends[$0] == 1 }, at: starts))
          : .wide(window.kept(transform.wideSquared { ends[$0] == 1 }, at: starts))
      }
      let tolerance = 0.0075 * diagonal
      return switch squares {
      case .narrow(let squares):
        (Self.percentile(95, of: squares), Self.share(of: squares, upTo: tolerance * tolerance))
      case .wide(let squares):
        (Self.percentile(95, of: squares), Self.share(of: squares, upTo: tolerance * tolerance))
      }
    }
    let toTruth = distances(from: predictedEdges, to: trueEdges)
    let toPrediction = distances(from: trueEdges, to: predictedEdges)
    hd95 = max(toTruth.hd95, toPrediction.hd95)
    let (precision, recall) = (toTruth.near, toPrediction.near)
    boundaryF1 = precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0
  }

  /// Squared distances; those of an image of more than 32,767 pixels a side may be no `Int32`.
  private enum Squares {
    case narrow([Int32])
    case wide([Int])
  }

  /// The share of some numbers that is at most a bound.
  private static func share(of numbers: [some FixedWidthInteger], upTo bound: Double) -> Double {
    Double(numbers.count { Double($0) <= bound }) / Double(numbers.count)
  }

  /// A percentile of roots, between two of them as NumPy has it.
  private static func percentile(
    _ percent: Double, of squares: [some FixedWidthInteger]
  ) -> Double {
    let position = percent / 100 * Double(squares.count - 1)
    let low = Int(clamping: position)
    let (first, second) = ordered(squares, low)
    let (a, b) = (Double(first).squareRoot(), Double(second).squareRoot())
    return a + (b - a) * (position - Double(low))
  }

  /// The number at a place in rising order, and the one after it, found by counting: most distances are
  /// small.
  private static func ordered<Number: FixedWidthInteger>(
    _ numbers: [Number], _ position: Int
  ) -> (Number, Number) {
    let bound: Number = 4096
    var counts = [Int](repeating: 0, count: Int(bound))
    for number in numbers where number < bound { counts[Int(number)] += 1 }
    let small = counts.reduce(0, +)
    guard position + 1 < small else {
      let sorted = numbers.sorted()
      return (sorted[position], sorted[min(position + 1, sorted.count - 1)])
    }
    var (seen, first) = (0, -1)
    for (number, count) in counts.enumerated() where count > 0 {
      seen += count
      if first < 0, seen > position { first = number }
      if seen > position + 1 { return (Number(first), Number(number)) }
    }
    return (Number(first), Number(first))
  }
}

/// The part of an image in which truth or prediction have a class, as bytes of 1 where they have it.
private struct Window {
  let width: Int
  let height: Int
  let truth: [UInt8]
  let prediction: [UInt8]

  /// Cuts it out; nil where neither has the class.
  init?(of label: UInt16, _ truth: LabelMap, _ prediction: LabelMap) {
    precondition(
      (truth.width, truth.height) == (prediction.width, prediction.height),
      "Truth and prediction must have the same size.")
    let whole = truth.width
    var (left, top, right, bottom) = (whole, truth.height, 0, 0)
    truth.labels.withUnsafeBufferPointer { truth in
      prediction.labels.withUnsafeBufferPointer { prediction in
        for y in 0..<(whole == 0 ? 0 : truth.count / whole) {
          let row = (y * whole)..<((y + 1) * whole)
          func has(_ position: Int) -> Bool {
            truth[position] == label
              || (prediction[position] == label && truth[position] != LabelMap.ignored)
          }
          guard let first = row.first(where: has), let last = row.last(where: has) else { continue }
          left = min(left, first - row.lowerBound)
          right = max(right, last - row.lowerBound + 1)
          top = min(top, y)
          bottom = y + 1
        }
      }
    }
    guard left < right else { return nil }
    (width, height) = (right - left, bottom - top)
    var (own, other) = ([UInt8](), [UInt8]())
    own.reserveCapacity(width * height)
    other.reserveCapacity(width * height)
    for y in top..<bottom {
      for position in (y * whole + left)..<(y * whole + right) {
        let known = truth.labels[position]
        own.append(known == label ? 1 : 0)
        other.append(prediction.labels[position] == label && known != LabelMap.ignored ? 1 : 0)
      }
    }
    (self.truth, self.prediction) = (own, other)
  }

  /// The pixels of a mask that have a neighbor at a side that is not the mask's; about the window there
  /// is nothing of it.
  func edges(of mask: [UInt8]) -> [UInt8] {
    var edges = [UInt8](repeating: 0, count: mask.count)
    mask.withUnsafeBufferPointer { mask in
      edges.withUnsafeMutableBufferPointer { edges in
        for y in 0..<height {
          for x in 0..<width {
            let position = y * width + x
            guard mask[position] == 1 else { continue }
            let isInner =
              x > 0 && y > 0 && x + 1 < width && y + 1 < height
              && mask[position - 1] & mask[position + 1] & mask[position - width]
                & mask[position + width] == 1
            edges[position] = isInner ? 0 : 1
          }
        }
      }
    }
    return edges
  }

  /// Returns of the numbers of all pixels those of some.
  func kept<Number>(_ numbers: [Number], at starts: [UInt8]) -> [Number] {
    var found: [Number] = []
    for position in starts.indices where starts[position] == 1 { found.append(numbers[position]) }
    return found
  }

  /// The overlap of what lies within so many steps of a king of the masks' own boundaries.
  func boundaryIoU(reach: Int32) -> Double? {
    let transform = DistanceTransform(width: width, height: height)
    let own = truth.withUnsafeBufferPointer { mask in
      transform.chessboard(countsOutside: true) { mask[$0] == 0 }
    }
    let other = prediction.withUnsafeBufferPointer { mask in
      transform.chessboard(countsOutside: true) { mask[$0] == 0 }
    }
    var (both, either) = (0, 0)
    for position in own.indices {
      let isTrue = own[position] > 0 && own[position] <= reach
      let isPredicted = other[position] > 0 && other[position] <= reach
      both += isTrue && isPredicted ? 1 : 0
      either += isTrue || isPredicted ? 1 : 0
    }
    return share(both, of: either)
  }
}
