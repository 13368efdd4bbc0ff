import Foundation

/// The lists of a VOC folder that say which images are of which split.
struct VOCLists {
  /// The images of a split.
  struct List {
    var name: String
    var ids: [String]
  }

  private(set) var lists: [List] = []
  /// The files of these.
  private(set) var files: [String] = []
  /// Lists of the images of one class, which say nothing of splits.
  private(set) var ofClasses: [String] = []

  /// Reads the lists of `ImageSets/Main`, or those beside the folders that are called as splits are.
  ///
  /// - Throws: `DataError.unreadable`; `AnnotationError` for a listed image without an annotation, or
  ///   one that is listed twice.
  init(_ layout: VOCLayout) throws {
    let found = Self.folders(in: layout.tree)
    // Without a folder of lists they may lie at the root.
    let sets = found.isEmpty ? [(lists: "", root: "")] : found
    let known = Dictionary(uniqueKeysWithValues: sets.map { ($0.lists, Known(layout, below: $0.root)) })
    for file in layout.tree.files where fileExtension(file) == "txt" {
      guard let known = known[folderPart(file)], !found.isEmpty || SplitUse.isFolder(stem(file))
      else { continue }
      if let list = try Self.list(layout, file, known) {
        add(list)
        files.append(layout.tree.path(of: file))
      } else {
        ofClasses.append(layout.tree.path(of: file))
      }
    }
  }

  /// Adds a list; those of one name in several years' folders are one split.
  private mutating func add(_ list: List) {
    guard let place = lists.firstIndex(where: { $0.name == list.name }) else { return lists.append(list) }
    lists[place].ids += list.ids
  }

  /// The folders of lists, and the roots of the sets that they belong to: the folder itself, or each `VOC2007` below it.
  private static func folders(in tree: FolderTree) -> [(lists: String, root: String)] {
    func found(_ names: [String]) -> [(lists: String, root: String)] {
      tree.folders.compactMap { folder in
        let parts = folder.split(separator: "/").map(String.init)
        guard parts.suffix(names.count).map({ $0.lowercased() }) == names else { return nil }
        return (folder, parts.dropLast(names.count).joined(separator: "/"))
      }
    }
    let all = [["imagesets", "main"], ["imagesets"]].map(found)
    if let own = all.joined().first(where: { $0.root.isEmpty }) { return [own] }
    return all.first { !$0.isEmpty } ?? []
  }

  /// The annotations that lists may name.
  private struct Known {
    /// Their ids, by what a list of their set calls them.
    private let ids: [String: String]

    /// Takes the annotations below a set's root.
    init(_ layout: VOCLayout, below root: String) {
      let prefix = root.isEmpty ? "" : root + "/"
      let own = layout.entries.filter { $0.id.hasPrefix(prefix) }
      ids = Dictionary(
        own.map { entry in
          let name = String(entry.id.dropFirst(prefix.count))
          let parts = name.split(separator: "/")
          let isInFolder =
            !root.isEmpty && parts.count > 1
            && FolderNames.annotations.contains(parts[0].lowercased())
          return (isInFolder ? parts.dropFirst().joined(separator: "/") : name, entry.id)
        }, uniquingKeysWith: { first, _ in first })
    }

    /// The annotation that a line names, by its name, its file's or a path to it; nil for none.
    func id(_ line: some StringProtocol) -> String? {
      let exact = String(line)
      if let id = ids[exact] { return id }
      let trimmed = exact.trimmingCharacters(in: .whitespaces)
      let endings = FolderListing.isImage(trimmed) || fileExtension(trimmed) == "xml"
      for name in endings ? [trimmed, stem(trimmed)] : [trimmed] {
        let tail = RelativePath.tail(of: name)
        for count in stride(from: tail.count, through: 1, by: -1) {
          if let id = ids[tail.suffix(count).joined(separator: "/")] { return id }
        }
      }
      return nil
    }
  }

  /// Reads a list; nil for one of a class, whose lines end with 1, 0 or -1.
  private static func list(_ layout: VOCLayout, _ file: String, _ known: Known) throws -> List? {
    let path = layout.tree.path(of: file)
    let lines = try readLines(path).enumerated().filter { !$1.allSatisfy(\.isWhitespace) }
    let ids = lines.map { known.id($1) }
    if ids.contains(nil) {
      // A name may have spaces, so that only all lines together say what the last word is.
      let marks = lines.map { line -> Bool in
        let words = line.1.split(whereSeparator: \.isWhitespace)
        return words.count > 1 && words.last.map { ["1", "0", "-1"].contains($0) } == true
      }
      if marks.allSatisfy(\.self) { return nil }
    }
    var seen: [String: Int] = [:]
    var listed: [String] = []
    for ((index, line), id) in zip(lines, ids) {
      guard let id else {
        let name = line.trimmingCharacters(in: .whitespaces)
        throw AnnotationError.missingAnnotation(
          list: path, image: name,
          lookedFor: layout.tree.path(of: folderOfAnnotations(layout)) + "/\(name).xml")
      }
      if let earlier = seen.updateValue(index + 1, forKey: id) {
        throw AnnotationError.duplicate(
          file: path, field: "line \(index + 1)", what: "\(id) is in line \(earlier) too")
      }
      listed.append(id)
    }
    return List(name: stem(lastPart(file)), ids: listed)
  }

  private static func folderOfAnnotations(_ layout: VOCLayout) -> String {
    layout.entries.first.map { folderPart($0.file) } ?? "Annotations"
  }
}
