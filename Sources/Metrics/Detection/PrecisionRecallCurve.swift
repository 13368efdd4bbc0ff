/// Precision against recall of one class at an overlap of 0.5, read as COCO reads it.
///
/// The precision at a recall is the best that is had from there on. The mean of the precisions is the
/// class's AP50.
public struct PrecisionRecallCurve: Sendable, Hashable {
  /// The precision at each of COCO's 101 recalls from 0 to 1; 0 at those that are not reached.
  public let precisions: [Double]
  /// The score from which on a recall is reached; nil at those that are not.
  public let scores: [Double?]

  /// The recalls, from 0 to 1 in hundredths.
  public static let recalls: [Double] = COCORules.recalls
}

extension COCOMetric {
  /// The curve of each class, by its label; nil of one without an object that has to be found.
  public func curves() -> [PrecisionRecallCurve?] {
    accumulators().map { $0.curve() }
  }
}
