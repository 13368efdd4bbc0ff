import Boxes

/// A COCO annotation file (`instances_*.json`) as it is written: images, categories and boxes.
///
/// Of each annotation the box, area, crowd and ignore flags are read; masks are skipped. Memory is
/// some 100 bytes a box, however large the file.
///
/// - Source: cocodataset.org, *Data format*.
public struct COCOAnnotations: Sendable {
  /// An image.
  public struct Image: Sendable, Hashable {
    /// The image's `id`, by which annotations and results name it.
    public var id: Int
    /// The image's `file_name`, if there is one.
    public var fileName: String?
    /// The image's width in pixels, if there is one.
    public var width: Int?
    /// The image's height in pixels, if there is one.
    public var height: Int?
  }

  /// A class.
  public struct Category: Sendable, Hashable {
    /// The category's `id`; the ids may have gaps.
    public var id: Int
    /// The category's name.
    public var name: String
    /// The name of the kind that it is of.
    public var superCategory: String?
  }

  /// A box.
  public struct Annotation: Sendable, Hashable {
    /// The annotation's `id`, if there is one.
    public var id: Int?
    /// The number of its image.
    public var image: Int
    /// The number of its category.
    public var category: Int
    /// The box.
    public var box: Box
    /// The object's area in square pixels: that of its mask where the file has one.
    public var area: Double
    /// Whether the box is a crowd (`iscrowd`): a region of many objects.
    public var isCrowd: Bool
    /// Whether the file says `ignore`.
    public var isIgnored: Bool
  }

  /// The path of the annotation file.
  public let file: String
  /// The images, in the file's order.
  public private(set) var images: [Image] = []
  /// The categories, by rising number.
  public private(set) var categories: [Category] = []
  /// The boxes, in the file's order.
  public private(set) var annotations: [Annotation] = []

  /// Reads a file.
  ///
  /// - Throws: `DataError.unreadable`; `AnnotationError` with the path to the field, also for numbers
  ///   that are there twice and boxes of images that are not.
  public init(file: String) throws {
    self.file = file
    var (images, categories, annotations) = ([Image](), [Category](), [Annotation]())
    try readJSON(
      file,
      tables: [
        JSONTable(
          name: "images",
          fields: [
            .init(name: "id", kind: .integer),
            .init(name: "file_name", kind: .text, isRequired: false),
            .init(name: "width", kind: .integer, isRequired: false),
            .init(name: "height", kind: .integer, isRequired: false),
          ]
        ) { record in
          images.append(
            Image(
              id: record.integer(0) ?? 0, fileName: record.text(1), width: record.integer(2),
              height: record.integer(3)))
        },
        JSONTable(
          name: "categories",
          fields: [
            .init(name: "id", kind: .integer), .init(name: "name", kind: .text, isRequired: false),
            .init(name: "supercategory", kind: .text, isRequired: false),
          ]
        ) { record in
          let id = record.integer(0) ?? 0
          categories.append(
            Category(id: id, name: record.text(1) ?? String(id), superCategory: record.text(2)))
        },
        JSONTable(
          name: "annotations",
          fields: [
            .init(name: "id", kind: .integer, isRequired: false),
            .init(name: "image_id", kind: .integer), .init(name: "category_id", kind: .integer),
            .init(name: "bbox", kind: .numbers(4), mayBeEmpty: true),
            .init(name: "area", kind: .number, isRequired: false),
            .init(name: "iscrowd", kind: .flag, isRequired: false),
            .init(name: "ignore", kind: .flag, isRequired: false),
          ]
        ) { record in
          let box = try record.box(3, file: file, path: "annotations[\(record.index)].bbox")
          annotations.append(
            Annotation(
              id: record.integer(0), image: record.integer(1) ?? 0,
              category: record.integer(2) ?? 0, box: box, area: record.number(4) ?? box.area,
              isCrowd: record.flag(5), isIgnored: record.flag(6)))
        },
      ])
    self.images = images
    self.categories = categories
    self.annotations = annotations
    try check()
    self.categories.sort { $0.id < $1.id }
  }

  private func check() throws {
    let imageNumbers = Set(images.map(\.id))
    if imageNumbers.count < images.count { try refuseTwice(images.map(\.id), "images") }
    if Set(categories.map(\.id)).count < categories.count {
      try refuseTwice(categories.map(\.id), "categories")
    }
    if Set(categories.map(\.name)).count < categories.count {
      // Of two categories of one name one may be without boxes, and is then no class.
      let used = Set(annotations.map(\.category))
      try refuseTwice(
        categories.map { used.contains($0.id) ? $0.name : nil }, "categories", field: "name")
    }
    let numbers = annotations.compactMap(\.id)
    if Set(numbers).count < numbers.count { try refuseTwice(annotations.map(\.id), "annotations") }
    for (index, annotation) in annotations.enumerated()
    where !imageNumbers.contains(annotation.image) {
      throw AnnotationError.unknownImage(
        file: file, field: "annotations[\(index)].image_id", image: String(annotation.image),
        dataSet: "the file's own list of images")
    }
  }

  private func refuseTwice<Value: Hashable>(
    _ values: [Value?], _ table: String, field: String = "id"
  ) throws {
    var first: [Value: Int] = [:]
    for (index, value) in values.enumerated() {
      guard let value else { continue }
      if let earlier = first.updateValue(index, forKey: value) {
        throw AnnotationError.duplicate(
          file: file, field: "\(table)[\(index)].\(field)",
          what: "\(value) is that of \(table)[\(earlier)] too")
      }
    }
  }
}

extension JSONRecord {
  /// A box of left edge, upper edge, width and height.
  ///
  /// - Throws: `AnnotationError.wrongOrder` for a size below 0.
  func box(_ field: Int, file: String, path: @autoclosure () -> String) throws -> Box {
    let box = Box(
      x: number(field) ?? 0, y: number(field, position: 1) ?? 0,
      width: number(field, position: 2) ?? 0,
      height: number(field, position: 3) ?? 0)
    guard box.width >= 0, box.height >= 0 else {
      throw AnnotationError.wrongOrder(
        file: file, field: path(), reason: "its size is \(box.width) x \(box.height)")
    }
    return box
  }
}
