import Foundation

/// A format in which annotated boxes are written.
public enum AnnotationFormat: String, Sendable, Hashable, CaseIterable {
  /// PASCAL VOC's: `Annotations/ID.xml`, `JPEGImages/ID.jpg`, lists in `ImageSets/Main`.
  case voc
  /// COCO's: `annotations/instances_SPLIT.json`, or a JSON file beside its images.
  case coco
  /// YOLO's: `data.yaml` (or `classes.txt`), and `labels/ID.txt` for each `images/ID.jpg`.
  case yolo
  /// Tar shards in which each image has a JSON file under its name.
  case shards

  /// The formats to which annotations are converted.
  public static let allCases: [AnnotationFormat] = [.voc, .coco, .yolo]

  /// Recognizes the format of what lies at a path; nil for none of them.
  public static func recognized(at path: String) -> AnnotationFormat? {
    if ShardNames.isName(path) { return recognizedShards(path) }
    let ending = fileExtension(at: path)
    if ending == "json" { return .coco }
    if ending == "yaml" || ending == "yml" { return .yolo }
    let scan = AnnotationScan(path)
    let hasVOC = scan.has("xml", where: AnnotationScan.isVOC)
    if hasVOC, VOCLayout.annotationFolder(in: scan) != nil { return .voc }
    if scan.has("json", where: AnnotationScan.isCOCO) { return .coco }
    if YOLODescription.file(in: scan) != nil { return .yolo }
    return hasVOC ? .voc : recognizedShards(path)
  }

  private static func recognizedShards(_ path: String) -> AnnotationFormat? {
    ShardContent.first(of: path) == .boxes ? .shards : nil
  }

  /// What a folder comes nearest to where no format is recognized, and what is missing of it; nil where it
  /// is like none.
  public static func nearest(at path: String) -> String? { AnnotationScan(path).nearest }

  /// Reads a data set of this format.
  ///
  /// - Parameter options: which classes are wanted, and whether the images have to be there.
  /// - Throws: `AnnotationError` and `DataError`: one sentence with file and field.
  public func read(
    _ path: String, options: DetectionOptions = DetectionOptions()
  ) throws -> DetectionData {
    let data =
      switch self {
      case .voc: try VOCFolder(path: path, options: options).read()
      case .coco: try COCOFolder(path: path, options: options).read()
      case .yolo: try YOLOFolder(path: path, options: options).read()
      case .shards: try DetectionData(shards: path, options)
      }
    guard data.splits.contains(where: { !$0.images.isEmpty }) else {
      throw AnnotationError.noImages(path: path)
    }
    return try options.classNames.map { try data.keeping($0, path: path) } ?? data
  }
}

/// How annotated boxes are read.
public struct DetectionOptions: Sendable, Hashable {
  /// The wanted classes, in the order of their labels, or nil for all that there are; boxes of others are left out, and
  /// counted in the notes.
  public var classNames: [String]?
  /// Whether an image that is not there is an error.
  ///
  /// YOLO's format needs the images in any case, since it says no sizes.
  public var needsImages: Bool
  /// Whether names and links may lead out of the data set's folder. (A link to an image may in any case.)
  public var allowsLinks: Bool
  /// Whether nothing is trained on the data, so that they need no training split.
  public var isForEvaluation: Bool

  /// Creates options.
  public init(
    classNames: [String]? = nil, needsImages: Bool = true, allowsLinks: Bool = false,
    isForEvaluation: Bool = false
  ) {
    self.classNames = classNames
    self.needsImages = needsImages
    self.allowsLinks = allowsLinks
    self.isForEvaluation = isForEvaluation
  }
}
