/// A box that a user has drawn around an object: the ground truth of an evaluation.
public struct AnnotatedBox: Sendable, Hashable, Codable {
  /// Where the object is.
  public var box: Box
  /// The object's class, as an index into the data set's class names.
  public var label: Int
  /// The object's area in square pixels; its mask's where there is one, else the box's.
  public var area: Double
  /// Whether the box holds many objects of the class that were not drawn one by one (COCO).
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

/// A box that a model has drawn, and how sure it is.
public struct DetectedBox: Sendable, Hashable, Codable {
  /// Where the object is said to be.
  public var box: Box
  /// The class that it is said to have, as an index into the data set's class names.
  public var label: Int
  /// How sure the model is; only the order of scores matters.
  public var score: Double

  /// Creates a detected box.
  public init(_ box: Box, label: Int, score: Double) {
    self.box = box
    self.label = label
    self.score = score
  }
}

/// An image with what is on it and what a model found: what a detection metric adds.
public struct EvaluatedImage: Sendable, Hashable, Codable {
  /// The image's number; detections of one score are taken in the order of their images' numbers.
  public var image: Int
  /// What is on the image.
  public var truth: [AnnotatedBox]
  /// What the model found, in any order; of equal scores the first comes first.
  public var detections: [DetectedBox]

  /// Creates an image to evaluate.
  public init(image: Int, truth: [AnnotatedBox], detections: [DetectedBox]) {
    self.image = image
    self.truth = truth
    self.detections = detections
  }
}
