import Foundation

/// A form in which images lie beside their masks.
public enum MaskForm: Sendable, Hashable {
  /// `images/` beside `masks/` or `instances/`, perhaps below a folder for each part, or with one in each.
  case folders
  /// PASCAL VOC's: `JPEGImages/`, `SegmentationClass/` and lists in `ImageSets/Segmentation/`.
  case voc

  /// Recognises the form of what lies at a path; nil for neither.
  public static func recognized(at path: String) -> MaskForm? {
    let listing = FolderListing(path)
    let names = Set(listing.folders)
    if names.isSuperset(of: ["JPEGImages", "SegmentationClass"]),
      FolderListing(listing.path(of: "SegmentationClass")).hasImages
    {
      return .voc
    }
    return MaskLayout.parts(of: listing).isEmpty ? nil : .folders
  }
}

/// Where the images and masks of a folder lie.
struct MaskLayout {
  /// Two folders, of images and of their masks.
  struct Part {
    /// `train`, `val`, `test`, or nil where all parts lie together.
    var name: String?
    var images: String
    var masks: String
    /// Whether the masks are maps of instances by their folder's name.
    var isInstances: Bool
  }

  static let maskNames = ["masks", "instances"]
  static let partNames = ["train"] + DataLayout.judgedNames

  /// The folders of images and masks in a folder; none where nothing is recognised.
  static func parts(of listing: FolderListing) -> [Part] {
    if let whole = part(of: listing, name: nil) {
      let images = FolderListing(whole.images)
      if images.hasImages { return [whole] }
      let masks = FolderListing(whole.masks)
      return partNames.filter { images.folders.contains($0) && masks.folders.contains($0) }.map {
        Part(
          name: $0, images: images.path(of: $0), masks: masks.path(of: $0),
          isInstances: whole.isInstances)
      }
    }
    return partNames.filter(listing.folders.contains).compactMap {
      part(of: FolderListing(listing.path(of: $0)), name: $0)
    }
  }

  private static func part(of listing: FolderListing, name: String?) -> Part? {
    guard listing.folders.contains("images"),
      let masks = maskNames.first(where: listing.folders.contains)
    else { return nil }
    return Part(
      name: name, images: listing.path(of: "images"), masks: listing.path(of: masks),
      isInstances: masks == "instances")
  }
}

/// An image file and its mask's.
struct MaskPair: Sendable, Hashable {
  /// The file's name without its extension.
  var name: String
  var image: String
  var mask: String
}

/// The images of a folder with their masks, by part, found but not read.
struct MaskFolder {
  /// `train`, `val`, `test`, or `all`.
  var parts: [(name: String, pairs: [MaskPair])]
  /// Whether the masks are maps of instances by their folder's name.
  var isInstances: Bool
  /// The folders, for people.
  var words: String

  /// Lists a folder of images and masks.
  ///
  /// - Throws: `MaskError`, and `DataError` for a folder that cannot be read or a link that leaves it.
  init(_ folder: String, _ form: MaskForm, allowsLinks: Bool) throws {
    let root = allowsLinks ? nil : folder
    switch form {
    case .voc:
      isInstances = false
      words = "VOC's segmentation: JPEGImages/ and SegmentationClass/"
      let part = MaskLayout.Part(
        name: nil, images: folder + "/JPEGImages", masks: folder + "/SegmentationClass",
        isInstances: false)
      let table = try PairTable(part, root)
      parts = try Self.listed(
        in: folder + "/ImageSets/Segmentation", table, skipsPartsWithoutMasks: true)
      if parts.isEmpty { parts = [("all", try table.pairsOfMasks())] }
    case .folders:
      let found = MaskLayout.parts(of: FolderListing(folder))
      isInstances = found.contains(where: \.isInstances)
      words =
        "images/ with " + (isInstances ? "instances/" : "masks/")
        + (found[0].name == nil
          ? "" : " in " + found.compactMap(\.name).map { $0 + "/" }.joined(separator: ", "))
      if found.count == 1, found[0].name == nil {
        let table = try PairTable(found[0], root)
        parts = try Self.listed(in: folder, table, skipsPartsWithoutMasks: false)
        if parts.isEmpty { parts = [("all", try table.allPairs())] }
        try table.checkMasks()
      } else {
        parts = try found.map { part in
          let table = try PairTable(part, root)
          try table.checkMasks()
          return (part.name ?? "all", try table.allPairs())
        }
      }
    }
  }

  /// Reads `train.txt`, `val.txt`, `test.txt` where they are.
  private static func listed(
    in folder: String, _ table: PairTable, skipsPartsWithoutMasks: Bool
  ) throws -> [(name: String, pairs: [MaskPair])] {
    try MaskLayout.partNames.compactMap { name in
      let file = "\(folder)/\(name).txt"
      guard FileManager.default.fileExists(atPath: file) else { return nil }
      var pairs: [MaskPair] = []
      var isMasked = false
      for (index, line) in try readLines(file).enumerated() {
        guard let word = line.split(whereSeparator: \.isWhitespace).first.map(String.init) else {
          continue
        }
        let last = FolderListing.isImage(word) ? stem(word) : word
        let id = last.split(separator: "/").last.map(String.init) ?? last
        guard table.images[id] != nil else {
          throw MaskError.notListed(
            list: file, line: index + 1, name: word, folder: table.part.images)
        }
        isMasked = isMasked || table.masks[id] != nil
        // VOC lists its test images, whose masks it keeps to itself.
        if skipsPartsWithoutMasks, !isMasked { continue }
        pairs.append(try table.pair(id))
      }
      return pairs.isEmpty && skipsPartsWithoutMasks ? nil : (name, pairs)
    }
  }
}

/// The files of two folders by their names without extensions.
private struct PairTable {
  let part: MaskLayout.Part
  private(set) var images: [String: String] = [:]
  private(set) var masks: [String: String] = [:]
  /// The names of images, sorted by their bytes.
  private let order: [String]

  /// Lists both folders.
  ///
  /// - Throws: `MaskError.twice`, `DataError`.
  init(_ part: MaskLayout.Part, _ root: String?) throws {
    self.part = part
    func list(_ folder: String) throws -> FolderListing {
      let listing = FolderListing(folder)
      if let fault = listing.fault { throw DataError.unreadable(file: folder, reason: fault) }
      if let root { try listing.checkLinks(stayWithin: root) }
      return listing
    }
    let (imageFiles, maskFiles) = (try list(part.images), try list(part.masks))
    for name in imageFiles.images {
      if let other = images.updateValue(imageFiles.path(of: name), forKey: stem(name)) {
        throw MaskError.twice(file: imageFiles.path(of: name), other: other)
      }
    }
    order = imageFiles.images.map(stem)
    for name in maskFiles.images {
      var id = stem(name)
      if images[id] == nil, id.hasSuffix("_mask") { id.removeLast("_mask".count) }
      if let other = masks.updateValue(maskFiles.path(of: name), forKey: id) {
        throw MaskError.twice(file: maskFiles.path(of: name), other: other)
      }
    }
  }

  func pair(_ id: String) throws -> MaskPair {
    guard let image = images[id] else {
      throw MaskError.noImage(mask: masks[id] ?? id, lookedFor: "\(part.images)/\(id).png or .jpg")
    }
    guard let mask = masks[id] else {
      throw MaskError.noMask(image: image, lookedFor: "\(part.masks)/\(id).png")
    }
    return MaskPair(name: id, image: image, mask: mask)
  }

  func allPairs() throws -> [MaskPair] { try order.map(pair) }

  func pairsOfMasks() throws -> [MaskPair] {
    try masks.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map(pair)
  }

  func checkMasks() throws { _ = try pairsOfMasks() }
}
