import Boxes
import Foundation
import Numbers

/// What a shard's JSON file says of an image with boxes, by COCO's names.
///
///     {"width": 640, "height": 480, "annotations": [{"bbox": [12, 8.5, 40, 90], "category": "cat"}]}
///
/// A box is left edge, upper edge, width and height in pixels. Its class is a name under `category`, or a number under
/// `category_id`: that in `classes.txt`, or a line's there, from 0.
struct ShardedImage: Codable {
  enum Key: String, CodingKey {
    case width, height
    case number = "image_id"
    case annotations
  }
  private typealias CodingKeys = Key

  var width: Int?
  var height: Int?
  var number: Int?
  var annotations: [Annotation]

  struct Annotation: Codable {
    var bbox: [Double]
    var category: String?
    var number: Int?
    var area: Double?
    var isCrowd: Flag?
    var isIgnored: Flag?

    private enum CodingKeys: String, CodingKey {
      case bbox, category
      case number = "category_id"
      case area
      case isCrowd = "iscrowd"
      case isIgnored = "ignore"
    }
  }

  /// True or false, or 1 or 0.
  struct Flag: Codable {
    var isSet = true

    init() {}

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      isSet = try (try? value.decode(Bool.self)) ?? (value.decode(Int.self) != 0)
    }

    func encode(to encoder: any Encoder) throws {
      var value = encoder.singleValueContainer()
      try value.encode(isSet ? 1 : 0)
    }
  }

  /// Describes an image with classes of these names and numbers.
  init(_ image: AnnotatedImage, classNames: [String], classNumbers: [Int]?) {
    (width, height, number) = (image.width, image.height, image.number)
    annotations = image.boxes.map { box in
      Annotation(
        bbox: [box.box.x, box.box.y, box.box.width, box.box.height],
        category: classNames[box.label], number: classNumbers?[box.label],
        area: box.area == box.box.area ? nil : box.area, isCrowd: box.isCrowd ? Flag() : nil,
        isIgnored: box.isDifficult ? Flag() : nil)
    }
  }

  /// Reads a member of an archive.
  ///
  /// - Throws: `AnnotationError` with the field; `DataError.unreadable`.
  init(member path: String) throws {
    let buffer = ByteBuffer()
    let data: Data
    do throws(ImageFault) { data = Data(try buffer.read(path).bytes) } catch {
      throw DataError.unreadable(file: path, reason: "\(error)")
    }
    do { self = try JSONText.read(Self.self, from: data) } catch let error as DecodingError {
      throw AnnotationError(error, in: path)
    }
    for (index, annotation) in annotations.enumerated() {
      func field(_ name: String) -> String { "annotations[\(index)].\(name)" }
      let box = annotation.bbox
      guard box.count == 4 else {
        throw AnnotationError.wrongKind(
          file: path, field: field("bbox"), found: "a list of \(box.count) numbers",
          wanted: "left edge, upper edge, width and height")
      }
      guard box[2] >= 0, box[3] >= 0 else {
        throw AnnotationError.wrongOrder(
          file: path, field: field("bbox"), reason: "its size is \(box[2]) x \(box[3])")
      }
      guard annotation.category != nil || annotation.number != nil else {
        throw AnnotationError.missing(file: path, field: field("category"))
      }
    }
  }
}

extension AnnotationError {
  /// Says in which field JSON is not what it has to be.
  fileprivate init(_ error: DecodingError, in file: String) {
    func field(_ keys: [any CodingKey]) -> String {
      keys.reduce("") { path, key in
        key.intValue.map { path + "[\($0)]" }
          ?? (path.isEmpty ? "" : path + ".") + key.stringValue
      }
    }
    switch error {
    case .keyNotFound(let key, let context):
      self = .missing(file: file, field: field(context.codingPath + [key]))
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let wanted =
        switch type {
        case is Double.Type: "a finite number"
        case is Int.Type: "a whole number"
        case is String.Type: "a text"
        case is [Any].Type: "a list"
        default: "an object"
        }
      self = .wrongKind(
        file: file, field: field(context.codingPath), found: "something else", wanted: wanted)
    case .dataCorrupted(let context):
      self = .syntax(
        file: file, location: "at '\(field(context.codingPath))'", reason: "it is not readable JSON"
      )
    @unknown default: self = .syntax(file: file, location: "", reason: "\(error)")
    }
  }
}
