/// A results file compared with an annotation file, by some rule.
public protocol ResultsEvaluation: Sendable {
  /// The classes' names, in the order of their numbers.
  var classNames: [String] { get }
  /// The number of images evaluated.
  var images: Int { get }
  /// The number of boxes evaluated.
  var boxes: Int { get }
  /// The number of detections evaluated.
  var detections: Int { get }
  /// Boxes of categories that the annotation file does not list; they are left out.
  var unknownBoxes: Int { get }
  /// Detections of categories that the annotation file does not list; they are left out.
  var unknownDetections: Int { get }

  /// The metrics as a table; with `perClass` those of each class follow.
  func table(perClass: Bool) -> String
  /// The metrics as programs read them, by name; with `perClass` those of each class under `per_class`.
  func json(perClass: Bool) -> any Encodable
}

/// The rule by which detections are evaluated.
public enum EvaluationRule: String, Sendable, Hashable, CaseIterable {
  /// COCO's twelve metrics.
  case coco
  /// PASCAL VOC's average precision until 2009: eleven recalls.
  case voc2007
  /// PASCAL VOC's average precision from 2010 on: the area under the curve.
  case voc2010

  /// Reads both files and evaluates.
  ///
  /// - Throws: `DataError`, `AnnotationError`: one sentence with file and field.
  public func evaluate(predictions: String, groundTruth: String) throws -> any ResultsEvaluation {
    switch self {
    case .coco: try COCOEvaluation(predictions: predictions, groundTruth: groundTruth)
    case .voc2007:
      try VOCEvaluation(predictions: predictions, groundTruth: groundTruth, rule: .voc2007)
    case .voc2010:
      try VOCEvaluation(predictions: predictions, groundTruth: groundTruth, rule: .voc2010)
    }
  }
}
