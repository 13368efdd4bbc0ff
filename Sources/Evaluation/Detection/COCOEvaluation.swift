import Boxes
import Datasets
import Metrics

/// A results file compared with an annotation file by COCO's rules.
public struct COCOEvaluation: ResultsEvaluation {
  /// The classes' names, in the order of their numbers.
  public let classNames: [String]
  /// The number of images evaluated.
  public let images: Int
  /// The number of boxes and of detections evaluated.
  public let boxes: Int, detections: Int
  /// Boxes and detections of categories that the annotation file does not list; they are left out.
  public let unknownBoxes: Int, unknownDetections: Int
  /// The metrics.
  public let summary: COCOSummary

  /// Evaluates what was read already.
  ///
  /// - Throws: `AnnotationError.unknownImage` for results of other images.
  public init(predictions: COCOResults, groundTruth: COCOAnnotations) throws {
    let evaluated = try EvaluatedImages(predictions: predictions, groundTruth: groundTruth)
    var metric = COCOMetric(classes: groundTruth.categories.count)
    metric.add(contentsOf: evaluated.images)
    summary = metric.summary()
    classNames = groundTruth.categories.map(\.name)
    images = evaluated.images.count
    unknownBoxes = evaluated.unknownBoxes
    unknownDetections = evaluated.unknownDetections
    boxes = groundTruth.annotations.count - unknownBoxes
    detections = predictions.detections.count - unknownDetections
  }

  /// Reads both files and evaluates.
  ///
  /// - Throws: `DataError`, `AnnotationError`: one sentence with file and field.
  public init(predictions: String, groundTruth: String) throws {
    let truth = try COCOAnnotations(file: groundTruth)
    let results = try COCOResults(file: predictions)
    try results.checkUnits(by: truth)
    try self.init(predictions: results, groundTruth: truth)
  }
}
