import Foundation

/// Where the annotations and images of a folder in VOC's format lie.
///
/// Beside VOC's own `Annotations/` and `JPEGImages/` these are common: the same folders by other names
/// and in any letter case (`annotations/`, `images/`), XML beside the images, and either of them below
/// `train/`, `valid/` and `test/`.
struct VOCLayout {
  /// An annotation file.
  struct Entry {
    /// What lists call it: its path below the annotations, without the extension.
    var id: String
    /// Its path below the root.
    var file: String
    /// The split that its folders name.
    var part: String?
    /// Where its image may lie, the likeliest first.
    var locations: [Location]
  }

  /// A folder below the root, and how an image's name begins that lies there.
  struct Location {
    var folder: String
    var prefix: String
  }

  let tree: FolderTree
  /// The annotations, sorted by their names' bytes.
  private(set) var entries: [Entry] = []
  /// XML that is no annotation of VOC's format.
  private(set) var otherFiles: [String] = []
  /// The images, by their paths without extensions.
  private let images: [String: [String]]
  private let byStem: [String: [String]]
  private let files: Set<String>

  /// The folder of all annotations, by its common names in any letter case; nil where there is none.
  static func annotationFolder(in scan: AnnotationScan) -> String? {
    let there = Set(
      scan.files("xml").lazy.filter { $0.utf8.contains(UInt8(ascii: "/")) }
        .compactMap { $0.split(separator: "/").first.map(String.init) })
    return FolderNames.annotations.lazy.compactMap { name in
      there.sorted().first { $0.lowercased() == name }
    }.first
  }

  /// Lists a folder.
  ///
  /// - Throws: `DataError`.
  init(_ path: String, allowsLinks: Bool) throws {
    tree = try FolderTree(path, allowsLinks: allowsLinks)
    let all = tree.images
    images = Dictionary(grouping: all, by: stem)
    byStem = Dictionary(grouping: all) { stem(lastPart($0)) }
    files = Set(tree.files)
    let xml = tree.files.filter { fileExtension($0) == "xml" }
    let common = Self.annotationFolder(in: AnnotationScan(path))
    let good = common == nil ? Set(xml.filter { AnnotationScan.isVOC(tree.path(of: $0)) }) : []
    let folders = Set(good.map(folderPart))
    var imageFolders: [String: [String]] = [:]
    for file in xml {
      // In the folder of annotations every XML is one; elsewhere there may be others, but for those beside
      // annotations that are called as an image is: these may be empty, and are refused where they are read.
      let isBelow = common.map { file.hasPrefix($0 + "/") } ?? good.contains(file)
      let isNamed = folders.contains(folderPart(file)) && byStem[stem(lastPart(file))] != nil
      guard isBelow || isNamed else {
        otherFiles.append(file)
        continue
      }
      entries.append(entry(file, common, &imageFolders))
    }
    entries.sort { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
  }

  /// - Parameter imageFolders: the folders of images beside those of annotations, as far as they were looked for.
  private func entry(_ file: String, _ common: String?, _ imageFolders: inout [String: [String]]) -> Entry {
    let parts = folderPart(file).split(separator: "/").map(String.init)
    let own = stem(file)
    let id = common.map { String(own.dropFirst($0.count + 1)) } ?? own
    func path(_ parts: some Sequence<String>) -> String { parts.joined(separator: "/") }
    if let location = parts.firstIndex(where: {
      FolderNames.annotations.contains($0.lowercased())
    }) {
      let (before, inner) = (path(parts[..<location]), Array(parts[(location + 1)...]))
      let siblings = imageFolders[before] ?? tree.folders(in: before, named: FolderNames.images)
      imageFolders[before] = siblings
      let part =
        parts[..<location].last { SplitUse.isFolder($0) }
        ?? inner.first.flatMap { SplitUse.isFolder($0) ? $0 : nil }
      let own = path(inner)
      var locations = siblings.flatMap {
        [Location(folder: joined($0, own), prefix: own), Location(folder: $0, prefix: "")]
      }
      if siblings.isEmpty {
        locations.append(Location(folder: joined(joined(before, "JPEGImages"), own), prefix: own))
      }
      locations += [
        Location(folder: joined(before, own), prefix: own), Location(folder: before, prefix: ""),
        Location(folder: path(parts), prefix: own),
      ]
      return Entry(id: id, file: file, part: part, locations: locations)
    }
    let location = parts.firstIndex { SplitUse.isFolder($0) }
    var inner = location.map { Array(parts[($0 + 1)...]) } ?? parts
    if let first = inner.first, FolderNames.images.contains(first.lowercased()) {
      inner.removeFirst()
    }
    return Entry(
      id: id, file: file, part: location.map { parts[$0] },
      locations: [Location(folder: path(parts), prefix: path(inner))])
  }

  /// The image of an annotation, below the root, and its name; nil where it is not there.
  ///
  /// An image of the annotation's own name is taken before the one that the annotation names.
  func image(of entry: Entry, named written: String?) -> (file: String, name: String)? {
    let name = written.flatMap { RelativePath.tail(of: $0).last }
    let own = stem(lastPart(entry.file))
    for location in entry.locations {
      guard let found = images[joined(location.folder, own)],
        let file = found.first(where: { lastPart($0) == name }) ?? found.first
      else { continue }
      return (file, joined(location.prefix, lastPart(file)))
    }
    if let name {
      for location in entry.locations where files.contains(joined(location.folder, name)) {
        return (joined(location.folder, name), joined(location.prefix, name))
      }
    }
    // The one image of this name may lie in a folder that nobody would guess.
    let others = byStem[own] ?? []
    guard others.count == 1, tree.folders(in: "", named: FolderNames.images).isEmpty else {
      return nil
    }
    let isOfPart =
      entry.part.map { part in others[0].split(separator: "/").contains { $0 == part } }
    return isOfPart ?? true ? (others[0], lastPart(others[0])) : nil
  }
}
