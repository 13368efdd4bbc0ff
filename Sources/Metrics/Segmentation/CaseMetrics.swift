import Masks
import Numbers

/// The metrics of a segmentation of one image, class by class.
public struct CaseMetrics: Sendable, Hashable, Codable {
  /// The image's number in its set.
  public var index: Int
  /// How the pixels of each class overlap, by class.
  public var overlaps: [ClassOverlap]
  /// How the boundaries of each class are drawn, by class; none where they were not evaluated.
  public var boundaries: [BoundaryMetrics]
  /// How instances match; nil where there are none to match.
  public var instances: InstanceMatch?
  /// Pixels that count, which are not ignored.
  public var pixels: Int

  /// Evaluates a prediction.
  ///
  /// - Parameters:
  ///   - truth: the class of each pixel; ignored ones count nowhere.
  ///   - prediction: the class that each pixel is predicted as.
  ///   - boundaries: whether boundaries are evaluated; the background's are not.
  ///   - instances: maps of the instances in truth and prediction, if they are to be matched.
  /// - Precondition: all maps are of one size, and no class is beyond the last.
  public init(
    index: Int, classes: Int, truth: LabelMap, prediction: LabelMap, boundaries: Bool = true,
    instances: (truth: LabelMap, prediction: LabelMap)? = nil
  ) {
    precondition(
      (truth.width, truth.height) == (prediction.width, prediction.height),
      "Truth and prediction must have the same size.")
    self.index = index
    // A row and a column more for what is beyond the classes, and for a prediction that is ignored.
    let side = classes + 1
    var counts = [Int](repeating: 0, count: side * side)
    truth.labels.withUnsafeBufferPointer { truth in
      prediction.labels.withUnsafeBufferPointer { prediction in
        counts.withUnsafeMutableBufferPointer { counts in
          for position in truth.indices where truth[position] != LabelMap.ignored {
            counts[
              min(classes, Int(truth[position])) * side + min(classes, Int(prediction[position]))] +=
              1
          }
        }
      }
    }
    pixels = counts.reduce(0, +)
    overlaps = (0..<classes).map { label in
      ClassOverlap(
        truth: (0..<side).reduce(0) { $0 + counts[label * side + $1] },
        prediction: (0..<side).reduce(0) { $0 + counts[$1 * side + label] },
        both: counts[label * side + label])
    }
    self.boundaries =
      boundaries
      ? (1..<max(1, classes)).map {
        BoundaryMetrics(of: UInt16($0), truth: truth, prediction: prediction)
      } : []
    self.instances = instances.map { InstanceMatch(truth: $0.truth, prediction: $0.prediction) }
  }

  /// The mean Dice of the classes but the background, of those that are there; nil where none is.
  public var dice: Double? { mean(overlaps.dropFirst().map(\.dice)) }
  /// The mean intersection over union of the classes but the background.
  public var iou: Double? { mean(overlaps.dropFirst().map(\.iou)) }
  /// The mean HD95 of the classes but the background, of those that are in truth and prediction.
  public var hd95: Double? { mean(boundaries.map { $0.hd95.flatMap { $0.isFinite ? $0 : nil } }) }
  /// The mean boundary IoU of the classes but the background.
  public var boundaryIoU: Double? { mean(boundaries.map(\.boundaryIoU)) }
  /// The mean boundary F1 of the classes but the background.
  public var boundaryF1: Double? { mean(boundaries.map(\.boundaryF1)) }
  /// The share of pixels that are predicted as their own class.
  public var pixelAccuracy: Double? { share(overlaps.reduce(0) { $0 + $1.both }, of: pixels) }
}
