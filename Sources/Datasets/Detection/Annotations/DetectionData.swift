import Boxes
import Formatting

/// An image with the boxes that were drawn on it.
public struct AnnotatedImage: Sendable, Hashable {
  /// Its file's name, with the folders below the one that its set's images lie in: `a.jpg`, `b/a.jpg`.
  public var name: String
  /// The path of the image file.
  public var path: String
  /// Pixels from left to right.
  public var width: Int
  /// Pixels from top to bottom.
  public var height: Int
  /// The image's number, where the data give one (COCO).
  public var number: Int?
  /// What is on it; none on an image of the background alone.
  public var boxes: [AnnotatedBox]

  /// Pixels on a side at most; no image has more.
  static let longestSide = 1 << 20

  /// Creates an annotated image.
  public init(
    name: String, path: String, width: Int, height: Int, number: Int? = nil,
    boxes: [AnnotatedBox] = []
  ) {
    self.name = name
    self.path = path
    self.width = width
    self.height = height
    self.number = number
    self.boxes = boxes
  }
}

extension AnnotatedImage {
  /// An image whose size nobody knows, since its file is broken: it is counted as such where it is read, and has no boxes.
  static func broken(name: String, path: String, number: Int? = nil) -> AnnotatedImage {
    AnnotatedImage(name: name, path: path, width: 1, height: 1, number: number)
  }

  /// Why its file cannot be read, of one whose size nobody knows; nil for any other.
  fileprivate var fault: ImageFault? {
    guard width == 1, height == 1, boxes.isEmpty else { return nil }
    do throws(ImageFault) { _ = try ImageDecoder().header(of: path) } catch { return error }
    return nil
  }
}

extension DetectionData {
  /// Checks that what is annotated on each image is known: on one that cannot be read it is not, and would be lost.
  ///
  /// - Throws: `AnnotationError.unusableImage`.
  func requireReadableImages() throws {
    for image in splits.lazy.flatMap(\.images) {
      if let fault = image.fault { throw AnnotationError.unusableImage(path: image.path, reason: "\(fault)") }
    }
  }
}

extension [AnnotatedImage] {
  /// Reads the sizes of some images from their files, on all cores; returns the places of those that are broken.
  mutating func measure(_ places: [Int]) -> Set<Int> {
    let paths = places.map { self[$0].path }
    let sizes = inOrder(places.count) { index in
      (try? ImageDecoder().header(of: paths[index])).map { ImageSize(width: $0.width, height: $0.height) }
    }
    var broken: Set<Int> = []
    for (place, size) in zip(places, sizes) {
      guard let size else {
        self[place] = .broken(name: self[place].name, path: self[place].path, number: self[place].number)
        broken.insert(place)
        continue
      }
      (self[place].width, self[place].height) = (size.width, size.height)
    }
    return broken
  }
}

extension Box {
  /// The pixels that a box may reach over an image's edge without a word: some annotations count pixels from 1.
  static let edgeTolerance = 1.0

  /// By how many pixels the box reaches over the edge of an image at most; below 0 where it does not.
  func excess(width: Double, height: Double) -> Double { max(-x, -y, maxX - width, maxY - height) }
}

/// Images that are used for one purpose: `train`, `val`, `test`, or `all` where the data do not say.
///
/// An image may be in several (VOC's `trainval` holds `train` and `val`).
public struct DetectionSplit: Sendable, Hashable {
  /// The name of the split.
  public var name: String
  /// The images of the split, in the order of the data.
  public var images: [AnnotatedImage]

  /// Creates a split.
  public init(name: String, images: [AnnotatedImage]) {
    self.name = name
    self.images = images
  }
}

/// Images with boxes, in whichever of the three formats they were written.
public struct DetectionData: Sendable, Hashable {
  /// The classes' names, by label.
  public var classNames: [String]
  /// The classes' numbers, by label, where the data give them (COCO's have gaps).
  public var classNumbers: [Int]?
  /// The images, by purpose.
  public var splits: [DetectionSplit]
  /// The boxes that cannot be trained on and were left out.
  public var leftOut: [LeftOutBox]
  /// What else was found when the data were read, a sentence each: categories that were left out, images
  /// without labels, splits that are not there.
  public var notes: [String]
  /// What became of every file below the data's folder.
  public var account: FolderAccount

  /// Creates a data set.
  public init(
    classNames: [String], classNumbers: [Int]? = nil, splits: [DetectionSplit],
    leftOut: [LeftOutBox] = [], notes: [String] = [], account: FolderAccount = FolderAccount()
  ) {
    self.classNames = classNames
    self.classNumbers = classNumbers
    self.splits = splits
    self.leftOut = leftOut
    self.notes = notes
    self.account = account
  }
}

extension DetectionData {
  /// Returns the data with some classes alone, in this order; the boxes of others are left out, and counted in a note.
  ///
  /// - Parameter path: where the data lie.
  /// - Throws: `AnnotationError.unknownClasses`.
  func keeping(_ wanted: [String], path: String) throws -> DetectionData {
    let unknown = wanted.filter { !classNames.contains($0) }
    guard unknown.isEmpty else {
      throw AnnotationError.unknownClasses(path: path, names: unknown, known: classNames)
    }
    var kept = self
    (kept.classNames, kept.classNumbers) = (wanted, nil)
    let labels = classNames.map { wanted.firstIndex(of: $0) }
    var others = [Int](repeating: 0, count: classNames.count)
    for split in splits.indices {
      for image in splits[split].images.indices {
        kept.splits[split].images[image].boxes = splits[split].images[image].boxes.compactMap {
          box in
          guard let label = labels[box.label] else {
            others[box.label] += 1
            return nil
          }
          var box = box
          box.label = label
          return box
        }
      }
    }
    let named = others.indices.filter { others[$0] > 0 }.map { "\(classNames[$0]) (\(others[$0]))" }
    if !named.isEmpty {
      kept.notes.append(
        "boxes of classes not among --classes are left out: \(listed(named, atMost: 5))")
    }
    return kept
  }
}

/// A box that was left out, and where it is written.
public struct LeftOutBox: Sendable, Hashable, Codable {
  /// Why a box cannot be trained on.
  public enum Reason: Sendable, Hashable, Codable {
    /// The box has no width or no height.
    case noArea
    /// No part of it lies on the image.
    case outside
    /// The box reaches beyond any image that is read.
    case beyondImages
    /// Its class is not among the data's.
    case unknownClass(String)
  }

  /// The annotation file that has the box.
  public var file: String
  /// The place in the file.
  public var field: String
  /// Why the box was left out.
  public var reason: Reason
}

extension LeftOutBox: CustomStringConvertible {
  /// File, place and reason.
  public var description: String {
    switch reason {
    case .noArea: "\(file): \(field) has no area"
    case .outside: "\(file): \(field) is outside the image"
    case .beyondImages:
      "\(file): \(field) is larger than any image (\(AnnotatedImage.longestSide) pixels on a side)"
    case .unknownClass(let name): "\(file): \(field) is of the unknown class \(name)"
    }
  }
}

/// Lets boxes through that can be trained on, and keeps account of the others.
struct BoxFilter: Sendable {
  private(set) var leftOut: [LeftOutBox] = []

  /// Adds another's account.
  mutating func add(_ others: [LeftOutBox]) { leftOut += others }

  /// Whether a box can be trained on; a missing label is that of an unknown class.
  mutating func passes(
    _ box: Box, label: Int?, class name: String, width: Int, height: Int, file: String,
    field: @autoclosure () -> String
  ) -> Bool {
    let reason: LeftOutBox.Reason? =
      if label == nil {
        .unknownClass(name)
      } else if !Self.isPlausible(box) {
        .beyondImages
      } else if !box.hasArea {
        .noArea
      } else if !box.clipped(width: Double(width), height: Double(height)).hasArea {
        .outside
      } else {
        nil
      }
    guard let reason else { return true }
    leftOut.append(LeftOutBox(file: file, field: field(), reason: reason))
    return false
  }

  /// Whether no edge lies farther from the image than any image is long.
  private static func isPlausible(_ box: Box) -> Bool {
    let limit = Double(AnnotatedImage.longestSide)
    return [box.x, box.y, box.maxX, box.maxY].allSatisfy { abs($0) <= limit }
  }
}
