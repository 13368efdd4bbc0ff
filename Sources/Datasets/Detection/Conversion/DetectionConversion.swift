import Boxes
import Files
import Formatting
import Foundation

/// Writes a data set of annotated boxes in another format.
///
/// The new folder is whole or not there: it is written beside its place and renamed into it.
public struct DetectionConversion: Sendable {
  /// What becomes of the images.
  public enum Images: String, Sendable, Hashable, CaseIterable {
    /// Images are linked by symbolic links.
    case link
    /// Images are copied.
    case copy
    /// Images are left out; annotations alone are written.
    case none
  }

  /// What was written, and what the format has no words for.
  public struct Account: Sendable, Hashable {
    /// Images written, each once.
    public internal(set) var images = 0
    /// Boxes written, those of an image in several splits once.
    public internal(set) var boxes = 0
    /// Boxes of crowds, which YOLO's format cannot tell from others: not written.
    public internal(set) var crowdsLeftOut = 0
    /// Boxes that YOLO's format cannot say are difficult: written as others.
    public internal(set) var difficultForgotten = 0
    /// Boxes that reach beyond their image, which YOLO's format does not allow: cut off.
    public internal(set) var cutOff = 0
    /// Images that have another name, since two would have had one or two files of annotations would.
    public internal(set) var renamed = 0
    /// The first of them, as `old -> new`.
    public internal(set) var firstRenamed: String?
  }

  private let data: DetectionData
  private let format: AnnotationFormat
  private let images: Images

  /// Creates a conversion of data into a format.
  public init(of data: DetectionData, to format: AnnotationFormat, images: Images = .link) {
    self.data = data
    self.format = format
    self.images = images
  }

  /// Writes the new folder.
  ///
  /// - Parameter input: the folder that the data were read from, within which nothing is written.
  /// - Throws: `AnnotationError.taken` for a folder that is there, `withinInput` for one in the data's own,
  ///   `notWritable` for what cannot be written; nothing is left behind.
  public func write(to path: String, input: String? = nil) throws -> Account {
    try Self.check(path, input: input)
    try data.requireReadableImages()
    do {
      let position = URL(fileURLWithPath: path).standardizedFileURL
      try makeFolder(position.deletingLastPathComponent().path)
      return try AtomicFolder.write(to: position) { aside in
        let writer = AnnotationWriter(folder: aside.path, images: images)
        switch format {
        case .voc: return try VOCWriter(data).write(writer)
        case .coco: return try COCOWriter(data).write(writer)
        case .yolo: return try YOLOWriter(data).write(writer)
        case .shards:
          throw AnnotationError.notWritable(
            file: path, reason: "tar shards are written by 'rondo data shard'")
        }
      }
    } catch FileError.folderIsThere {
      throw AnnotationError.taken(path: path)
    } catch FileError.notWritten(_, let code) {
      throw FileError.notWritten(path: path, code: code)
    } catch {
      if error is AnnotationError { throw error }
      throw AnnotationError.notWritable(file: path, reason: systemReason(of: error))
    }
  }

  /// Checks a place for a new folder, which data need not be read for.
  ///
  /// - Throws: `AnnotationError.taken`, `.withinInput`.
  public static func check(_ path: String, input: String?) throws {
    // A link that leads nowhere is there as well.
    var status = stat()
    guard lstat(path.isEmpty ? "." : path, &status) != 0 else {
      throw AnnotationError.taken(path: path)
    }
    guard let input, isFolder(input), let home = realPath(input) else { return }
    var above = URL(fileURLWithPath: path).standardizedFileURL.path
    repeat {
      above = URL(fileURLWithPath: above).deletingLastPathComponent().path
      guard let real = realPath(above) else { continue }
      guard real != home, !real.hasPrefix(home == "/" ? home : home + "/") else {
        throw AnnotationError.withinInput(path: path, input: input)
      }
      return
    } while above != "/" && !above.isEmpty
  }
}

extension DetectionData {
  /// The images of all splits, each once, how many boxes they have, and which were renamed.
  func account(_ names: NewNames? = nil) -> DetectionConversion.Account {
    var account = DetectionConversion.Account()
    if let names { account.note(names) }
    var seen: Set<[UInt8]> = []
    for image in splits.lazy.flatMap(\.images) where seen.insert(image.pathBytes).inserted {
      account.images += 1
      account.boxes += image.boxes.count
    }
    return account
  }

  /// Whether an image is in several splits; then all images are put into one folder.
  var sharesImages: Bool {
    account().images < splits.reduce(0) { $0 + $1.images.count }
  }
}

extension DetectionConversion.Account {
  /// Notes the images that could not keep their names.
  mutating func note(_ names: NewNames) {
    renamed = names.renamed.count
    firstRenamed = names.renamed.first.map { "\($0.from) -> \($0.to)" }
  }
}
