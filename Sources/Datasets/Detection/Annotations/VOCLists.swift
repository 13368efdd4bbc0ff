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
    let known = Known(layout.entries.map(\.id))
    let folders = layout.tree.folders.filter {
      ["imagesets/main", "imagesets"].contains($0.lowercased())
    }
    let main = folders.first { $0.lowercased() == "imagesets/main" } ?? folders.first
    let files = layout.tree.files.filter { file in
      guard fileExtension(file) == "txt" else { return false }
      if let main { return folderPart(file) == main }
      return !file.contains("/") && SplitUse.isFolder(stem(file))
    }
    for file in files {
      if let list = try Self.list(layout, file, known) {
        lists.append(list)
        self.files.append(layout.tree.path(of: file))
      } else {
        ofClasses.append(layout.tree.path(of: file))
      }
    }
  }

  /// The annotations that lists may name.
  private struct Known {
    let ids: Set<String>

    init(_ ids: [String]) { self.ids = Set(ids) }

    /// The annotation that a line names, by its name, its file's or a path to it; nil for none.
    func id(_ line: some StringProtocol) -> String? {
      let exact = String(line)
      if ids.contains(exact) { return exact }
      let trimmed = exact.trimmingCharacters(in: .whitespaces)
      let endings = FolderListing.isImage(trimmed) || fileExtension(trimmed) == "xml"
      for name in endings ? [trimmed, stem(trimmed)] : [trimmed] {
        let tail = RelativePath.tail(of: name)
        for count in stride(from: tail.count, through: 1, by: -1) {
          let id = tail.suffix(count).joined(separator: "/")
          if ids.contains(id) { return id }
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
