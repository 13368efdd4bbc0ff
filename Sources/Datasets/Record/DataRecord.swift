import Foundation

/// What a data set held at one moment: its classes, and of each image the part, the label and a digest.
///
/// It is made from what is known once the data has been read and from the sizes of the files, which are
/// not read again: for 100,000 files it takes well under a second.
public struct DataRecord: Sendable, Hashable {
  /// An image.
  public struct Image: Sendable, Hashable {
    /// The image's file below the data's folder.
    public var name: String
    /// The name of its class; of boxes and masks a digest of all their classes, which begins with `#`.
    public var label: String
    /// A digest of everything else: the file's size, or the pixels, and where boxes and masks lie.
    public var content: UInt64
    /// A digest of the file's bytes, by which the image is known under any name; nil where there is none, and in older
    /// runs.
    public var file: UInt64? {
      get { fileDigest == 0 ? nil : fileDigest }
      set { fileDigest = newValue ?? 0 }
    }
    /// A digest of what else is annotated: of boxes their areas and which are crowds or difficult, of a mask its file's
    /// bytes; nil for classes, and in older runs.
    public var annotation: UInt64? {
      get { annotationDigest == 0 ? nil : annotationDigest }
      set { annotationDigest = newValue ?? 0 }
    }

    /// 0 for none: of a million images two optionals would take 16 MB more.
    private var (fileDigest, annotationDigest): (UInt64, UInt64)

    /// Creates the record of an image.
    public init(name: String, label: String, content: UInt64, file: UInt64? = nil, annotation: UInt64? = nil) {
      self.name = name
      self.label = label
      self.content = content
      (fileDigest, annotationDigest) = (file ?? 0, annotation ?? 0)
    }
  }

  /// What a part of the data holds.
  public enum Contents: Sendable, Hashable {
    /// Images with names.
    case listed([Image])
    /// Images without names, as IDX files have them: their number, and digests of all labels and pixels.
    case whole(images: Int, labels: UInt64, pixels: UInt64)

    /// The number of images.
    public var count: Int {
      switch self {
      case .listed(let images): images.count
      case .whole(let images, _, _): images
      }
    }
  }

  /// A part of the data.
  public struct Part: Sendable, Hashable {
    /// `train`, `validation` or `test`; or `earlier`, images that the run was trained on before the data changed.
    public var name: String
    /// The images of the part.
    public var contents: Contents

    /// Creates the record of a part.
    public init(name: String, contents: Contents) {
      self.name = name
      self.contents = contents
    }
  }

  /// The classes' names, by label.
  public var classNames: [String]
  /// The splits of the data.
  public var parts: [Part]

  /// Creates a record.
  public init(classNames: [String], parts: [Part]) {
    self.classNames = classNames
    self.parts = parts
  }

  /// The record with the images that are held out among the training images.
  ///
  /// Of training images without names only the number is left, since digests of parts cannot be joined.
  public var withoutHoldOut: DataRecord {
    var images: [Image] = []
    var unnamed = 0
    var rest: [Part] = []
    for part in parts {
      switch part.contents {
      case .listed(let own) where part.name != "test" && part.name != Self.earlierPart: images += own
      case .whole(let own, _, _) where part.name != "test": unnamed += own
      default: rest.append(part)
      }
    }
    let train: [Contents] =
      (images.isEmpty ? [] : [.listed(images)])
      + (unnamed == 0 ? [] : [.whole(images: unnamed, labels: 0, pixels: 0)])
    return DataRecord(classNames: classNames, parts: train.map { Part(name: "train", contents: $0) } + rest)
  }
}

extension DataRecord {
  /// The record with its images' names relative to a place; older runs whose data were named by a file have whole paths.
  public func named(below place: String) -> DataRecord {
    // Below a folder names are relative already, and there may be a million.
    guard FolderPrefix.isOfFile(place) else { return self }
    let prefix = FolderPrefix(place)
    var record = self
    record.parts = parts.map { part in
      guard case .listed(let images) = part.contents else { return part }
      return Part(
        name: part.name,
        contents: .listed(
          images.map { image in
            var image = image
            image.name = prefix.removed(from: image.name)
            return image
          }))
    }
    return record
  }

  /// The images of parts that have names.
  func images(of names: [String]) -> [Image] {
    parts.filter { names.contains($0.name) }.flatMap { part in
      if case .listed(let images) = part.contents { images } else { [Image]() }
    }
  }

  private var images: [Image] { images(of: ["train", "validation", "test"]) }

  /// Whether a folder has files of the names of some images that are spread over the record; false without names.
  public func mayBe(at folder: String) -> Bool {
    let images = images
    guard !images.isEmpty else { return false }
    let step = max(1, images.count / 20)
    let some = stride(from: 0, to: images.count, by: step).map { images[$0].name }
    let found = some.count { FileManager.default.fileExists(atPath: folder + "/" + $0) }
    return 10 * found >= 8 * some.count
  }

  /// Whether at least nine in ten of the images are in another record, in the same part and with the same content.
  public func isMostly(in other: DataRecord) -> Bool {
    let change = DataChange(from: self, to: other)
    let lost = Set(
      change.removed + change.changed + change.relabeled.map(\.name) + change.otherPart.map(\.name))
    return !images.isEmpty && 10 * lost.count <= images.count
  }
}

extension DataSplits {
  /// What the data holds now, with digests of the files.
  public var record: DataRecord { record(readsFiles: true) }

  /// What the data holds now.
  ///
  /// - Parameter readsFiles: whether images get digests of their files' bytes, for which each file is opened; the
  ///   record's own digest is the same without.
  public func record(readsFiles: Bool) -> DataRecord {
    let all: [(String, Images?)] = [("train", train), ("validation", validation), ("test", test)]
    return DataRecord(
      classNames: classNames,
      parts: all.compactMap { part, images in
        images.map {
          .init(name: part, contents: counted($0).contents(below: name, classNames: classNames, readsFiles: readsFiles))
        }
      })
  }
}
