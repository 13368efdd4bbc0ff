/// The overlap of one class's pixels in prediction and truth: of one image, or of several together.
///
///     let overlap = ClassOverlap(truth: 8, prediction: 6, both: 5)
///     overlap.dice   // 0.714
///     overlap.iou    // 0.556
///
/// A share of nothing is nil: where the class is in neither, there is nothing to evaluate.
public struct ClassOverlap: Sendable, Hashable, Codable {
  /// Pixels of the class in the truth.
  public var truth: Int
  /// Pixels of the class in the prediction.
  public var prediction: Int
  /// Pixels of the class in both.
  public var both: Int

  /// Creates an overlap from counts of pixels.
  public init(truth: Int = 0, prediction: Int = 0, both: Int = 0) {
    self.truth = truth
    self.prediction = prediction
    self.both = both
  }

  /// 2 TP / (2 TP + FP + FN).
  public var dice: Double? { share(2 * both, of: truth + prediction) }
  /// TP / (TP + FP + FN).
  public var iou: Double? { share(both, of: truth + prediction - both) }

  /// Adds another image's pixels.
  public static func += (sum: inout ClassOverlap, other: ClassOverlap) {
    sum.truth += other.truth
    sum.prediction += other.prediction
    sum.both += other.both
  }
}

/// A part over a whole; nil where that is nothing.
func share(_ part: Int, of whole: Int) -> Double? {
  whole == 0 ? nil : Double(part) / Double(whole)
}

/// The mean of what there is; nil where there is nothing.
func mean(_ values: some Sequence<Double?>) -> Double? {
  var (sum, count) = (0.0, 0)
  for case .some(let value) in values { (sum, count) = (sum + value, count + 1) }
  return count == 0 ? nil : sum / Double(count)
}
