/// A ground-truth box around an object.
public struct AnnotatedBox: Sendable, Hashable, Codable {
  /// Where the object is.
  public var box: Box
  /// The object's class, as an index into the data set's class names.
  public var label: Int
  /// The object's area in square pixels; its mask's where there is one, else the box's.
  public var area: Double
  /// Whether the box holds many objects of the class that were not annotated one by one (COCO).
  public var isCrowd: Bool
  /// Whether the object need not be found (VOC's `difficult`, `ignore` in a COCO file).
  public var isDifficult: Bool

  /// Creates an annotated box; the area is the box's unless another is given.
  public init(
    _ box: Box, label: Int, area: Double? = nil, isCrowd: Bool = false, isDifficult: Bool = false
  ) {
    self.box = box
    self.label = label
    self.area = area ?? box.area
    self.isCrowd = isCrowd
    self.isDifficult = isDifficult
  }
}

/// A predicted box, its class and its score.
public struct DetectedBox: Sendable, Hashable, Codable {
  /// The predicted box.
  public var box: Box
  /// The predicted class, as an index into the data set's class names.
  public var label: Int
  /// The confidence; only the order of scores matters.
  public var score: Double

  /// Creates a detected box.
  public init(_ box: Box, label: Int, score: Double) {
    self.box = box
    self.label = label
    self.score = score
  }
}

/// An image with its ground truth and its detections, as a detection metric takes it.
public struct EvaluatedImage: Sendable, Hashable, Codable {
  /// The image's number; detections of one score are taken in the order of their images' numbers.
  public var image: Int
  /// The ground-truth boxes.
  public var truth: [AnnotatedBox]
  /// The detections in any order; of equal scores the first comes first.
  public var detections: [DetectedBox]

  /// Creates an image to evaluate.
  public init(image: Int, truth: [AnnotatedBox], detections: [DetectedBox]) {
    self.image = image
    self.truth = truth
    self.detections = detections
  }
}
