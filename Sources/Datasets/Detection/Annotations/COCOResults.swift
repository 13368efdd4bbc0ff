import Boxes

/// A model's detections as COCO's results format has them: a list of image, category, box and score.
///
/// - Source: cocodataset.org, *Results format*.
public struct COCOResults: Sendable {
  /// A detection.
  public struct Detection: Sendable, Hashable {
    /// The number of its image.
    public var image: Int
    /// The number of its category.
    public var category: Int
    /// The box.
    public var box: Box
    /// The confidence of the detection.
    public var score: Double
  }

  /// The path of the results file.
  public let file: String
  /// The detections, in the file's order.
  public private(set) var detections: [Detection] = []

  /// Reads a file.
  ///
  /// - Throws: `DataError.unreadable`; `AnnotationError` with the path to the field.
  public init(file: String) throws {
    self.file = file
    var detections: [Detection] = []
    let table = JSONTable(
      name: nil,
      fields: [
        .init(name: "image_id", kind: .integer), .init(name: "category_id", kind: .integer),
        .init(name: "bbox", kind: .numbers(4)), .init(name: "score", kind: .number),
      ]
    ) { record in
      detections.append(
        Detection(
          image: record.integer(0) ?? 0, category: record.integer(1) ?? 0,
          box: try record.box(2, file: file, path: "[\(record.index)].bbox"),
          score: record.number(3) ?? 0))
    }
    try readJSON(file, tables: [table])
    self.detections = detections
  }
}
