import Foundation

/// An image file and its mask's.
struct MaskPair: Sendable, Hashable, Codable {
  /// The file's name without its extension, with the folders below its part's.
  var name: String
  var image: String
  var mask: String
}

/// The images and masks of a split.
struct MaskSplit: Sendable, Hashable, Codable {
  /// `train`, `validation` or `val`, `test`, or `all` where nothing says it.
  let name: String
  let pairs: [MaskPair]
}

/// The images and masks of two folders, brought together by their names without extensions.
struct MaskPairs {
  let part: MaskLayout.Part
  /// The images by name.
  private(set) var images: [String: String] = [:]
  /// The masks by their images' names.
  private(set) var masks: [String: String] = [:]
  /// The names of images, sorted by their bytes.
  private(set) var order: [String] = []

  /// Lists both folders and those below them.
  ///
  /// - Parameter root: the folder that no link may leave; nil where links are trusted.
  /// - Throws: `MaskError.twice`, `DataError`.
  init(_ part: MaskLayout.Part, root: String?) throws {
    self.part = part
    var imageFiles = try Self.list(part.images, root)
    var maskFiles = part.isTogether ? imageFiles : try Self.list(part.masks, root)
    if part.isTogether {
      let names = Set(imageFiles.map { stem($0) })
      func isMask(_ file: String) -> Bool {
        MaskNames.image(ofMask: stem(file)).map(names.contains) ?? false
      }
      maskFiles = imageFiles.filter(isMask)
      imageFiles.removeAll(where: isMask)
    }
    for file in imageFiles {
      let path = joined(part.images, file)
      if let other = images.updateValue(path, forKey: stem(file)) {
        throw MaskError.twice(file: path, other: other)
      }
      order.append(stem(file))
    }
    // Cityscapes' images have an ending as well, which the masks have not.
    let plain = Dictionary(
      order.map { (MaskNames.plain(image: $0), $0) }, uniquingKeysWith: { first, _ in first })
    for file in maskFiles {
      let path = joined(part.masks, file)
      var id = stem(file)
      if images[id] == nil || part.isTogether {
        let names = [id, MaskNames.image(ofMask: id)].compactMap(\.self)
        id =
          names.first { images[$0] != nil } ?? names.lazy.compactMap { plain[$0] }.first
          ?? names[names.count - 1]
      }
      if let other = masks.updateValue(path, forKey: id) {
        throw MaskError.twice(file: path, other: other)
      }
    }
    matchBelowFolders()
  }

  /// Has masks that all lie a folder deeper than the images, or less deep, belong to those of their names:
  /// `annotations/trimaps/a.png` to `images/a.jpg`.
  private mutating func matchBelowFolders() {
    guard !order.isEmpty, !masks.isEmpty, !masks.keys.contains(where: { images[$0] != nil }) else { return }
    func common(_ names: some Collection<String>) -> String {
      let first = folderPart(names.first ?? "")
      let isCommon = !first.isEmpty && names.allSatisfy { $0.hasPrefix(first + "/") }
      return isCommon ? first + "/" : ""
    }
    let (above, below) = (common(order), common(masks.keys))
    let moved = Dictionary(
      masks.map { (above + $0.key.dropFirst(below.count), $0.value) }, uniquingKeysWith: { first, _ in first })
    if moved.keys.contains(where: { images[$0] != nil }) { masks = moved }
  }

  private static func list(_ folder: String, _ root: String?) throws -> [String] {
    let tree = try FolderTree(folder, allowsLinks: true)
    if let root {
      // An image that is a link may lead anywhere within the data set, and no further.
      for folder in [""] + tree.folders {
        try FolderListing(joined(tree.root, folder)).checkLinks(stayWithin: root)
      }
    }
    return tree.images
  }

  /// Whether any mask of a part is called as an image is.
  static func hasPairs(_ part: MaskLayout.Part) -> Bool {
    guard let pairs = try? MaskPairs(part, root: nil) else { return true }
    return pairs.order.contains { pairs.masks[$0] != nil }
  }

  /// The image and mask of a name; nil where one of them is not there.
  func pair(_ id: String) -> MaskPair? {
    guard let image = images[id], let mask = masks[id] else { return nil }
    return MaskPair(name: id, image: image, mask: mask)
  }

  /// The name that a list means: itself, its file's, or a path to either.
  func id(_ line: some StringProtocol) -> String? {
    for written in [String(line), line.trimmingCharacters(in: .whitespaces)] {
      let names = FolderListing.isImage(written) ? [stem(written), written] : [written]
      for name in names {
        let tail = RelativePath.tail(of: name)
        for count in stride(from: tail.count, through: 1, by: -1) {
          let id = tail.suffix(count).joined(separator: "/")
          if images[id] != nil { return id }
        }
      }
    }
    return nil
  }
}
