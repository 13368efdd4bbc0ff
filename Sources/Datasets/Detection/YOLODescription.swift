import Foundation
import Yams

/// What a YOLO data set says of itself: its classes, and the images of each split.
struct YOLODescription {
  /// An image, and where its labels are.
  struct Image: Sendable {
    var name: String
    var path: String
    var labels: String
    /// The list or folder that it was found in.
    var listedIn: String
  }

  /// The images of one purpose.
  struct Split {
    var name: String
    var images: [Image]
    /// Whether the label folders hold this split's labels alone.
    var ownsItsLabels: Bool
  }

  private(set) var classNames: [String] = []
  private(set) var splits: [Split] = []

  /// The file that names the classes.
  static func file(in listing: FolderListing) -> String? {
    for name in ["data.yaml", "data.yml", "dataset.yaml", "classes.txt"]
    where listing.files.contains(name) {
      return listing.path(of: name)
    }
    return nil
  }

  /// Reads what names the classes, and lists the images.
  ///
  /// - Throws: `DataError`, `AnnotationError`.
  init(_ path: String) throws {
    let isFile = path.hasSuffix(".yaml") || path.hasSuffix(".yml")
    guard let file = isFile ? path : Self.file(in: FolderListing(path)) else {
      throw AnnotationError.unrecognized(path: path)
    }
    let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
    if file.hasSuffix("classes.txt") {
      classNames = try readLines(file).map { $0.trimmingCharacters(in: .whitespaces) }
      while classNames.last == "" { classNames.removeLast() }
      splits = try Self.splits(of: folder)
    } else {
      try readYAML(file, folder)
    }
    guard !classNames.isEmpty else { throw AnnotationError.missing(file: file, field: "names") }
    var seen: Set<String> = []
    for (index, name) in classNames.enumerated() where !seen.insert(name).inserted {
      throw AnnotationError.duplicate(file: file, field: "names[\(index)]", what: "'\(name)'")
    }
  }

  // MARK: classes.txt

  /// The folders below `images`, or all of `images`, or all of the folder.
  private static func splits(of folder: String) throws -> [Split] {
    let images = FolderListing(folder + "/images")
    let below = images.folders.filter { FolderListing(images.path(of: $0)).hasImages }
    if !below.isEmpty, !images.hasImages {
      return try below.map { try split($0, sources: [images.path(of: $0)]) }
    }
    return [try split("all", sources: [images.hasImages ? images.path : folder])]
  }

  // MARK: data.yaml

  private mutating func readYAML(_ file: String, _ folder: String) throws {
    let text = try readText(file)
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      let line = (error as? YamlError).map { "\($0)".split(separator: ":").dropFirst().first }
      throw AnnotationError.syntax(
        file: file, place: "line \(line?.map(String.init) ?? "1")", reason: "it is no YAML")
    }
    guard let root = node, root.mapping != nil else {
      throw AnnotationError.wrongKind(
        file: file, field: "the file", found: "no mapping", wanted: "one with names and train")
    }
    classNames = try Self.names(root["names"], file)
    let base = root["path"]?.string.map { $0.hasPrefix("/") ? $0 : folder + "/" + $0 }
    let others = (root.mapping ?? [:]).keys.compactMap(\.string)
      .filter { !Self.usual.contains($0) }.sorted()
    for name in ["train", "val", "test"] + others {
      guard let value = root[name], value.null == nil else { continue }
      let written = value.sequence.map { $0.map(\.string) } ?? [value.string]
      let isList = written.allSatisfy { $0?.hasSuffix(".txt") ?? false }
      if others.contains(name), !isList { continue }
      let sources = try written.compactMap { $0 }.map { source in
        guard let found = Self.place(source, bases: [base, folder].compactMap { $0 }) else {
          throw AnnotationError.missing(file: file, field: "\(name): \(source)")
        }
        return found
      }
      splits.append(try Self.split(name, sources: sources))
    }
    if splits.isEmpty { throw AnnotationError.missing(file: file, field: "train") }
  }

  /// Keys that are no split of another name; such a split is recognised by its list of images.
  private static let usual: Set<String> = [
    "train", "val", "test", "path", "names", "nc", "download",
  ]

  /// Names as a list, or as a mapping from numbers that begin at 0.
  private static func names(_ node: Node?, _ file: String) throws -> [String] {
    guard let node else { throw AnnotationError.missing(file: file, field: "names") }
    if let sequence = node.sequence { return sequence.compactMap(\.string) }
    guard let mapping = node.mapping else {
      throw AnnotationError.wrongKind(
        file: file, field: "names", found: "'\(node.string ?? "")'", wanted: "a list of names")
    }
    let pairs = mapping.compactMap { key, value in
      key.int.flatMap { number in value.string.map { (number, $0) } }
    }.sorted { $0.0 < $1.0 }
    guard pairs.count == mapping.count, pairs.map(\.0) == Array(pairs.indices) else {
      throw AnnotationError.wrongKind(
        file: file, field: "names", found: "numbered with gaps", wanted: "numbered from 0")
    }
    return pairs.map(\.1)
  }

  /// Where a folder or list lies; `../train/images` is also looked for without the dots.
  private static func place(_ source: String, bases: [String]) -> String? {
    let dotless = source.hasPrefix("../") ? [String(source.dropFirst(3))] : []
    let candidates =
      source.hasPrefix("/")
      ? [source]
      : bases.flatMap { base in ([source] + dotless).map { base + "/" + $0 } }
    return candidates.first { FileManager.default.fileExists(atPath: $0) }
  }

  // MARK: Images

  private static func split(_ name: String, sources: [String]) throws -> Split {
    let images = try sources.flatMap { source in
      source.hasSuffix(".txt") ? try listed(in: source) : inFolder(source)
    }
    return Split(
      name: name, images: images, ownsItsLabels: !sources.contains { $0.hasSuffix(".txt") })
  }

  private static func inFolder(_ folder: String) -> [Image] {
    let names = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return names.filter(FolderListing.isImage)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { image(name: $0, path: folder + "/" + $0, listedIn: folder) }
  }

  private static func listed(in list: String) throws -> [Image] {
    let folder = URL(fileURLWithPath: list).deletingLastPathComponent().path
    var seen: [String: Int] = [:]
    return try readLines(list).enumerated().compactMap { index, line in
      let written = line.trimmingCharacters(in: .whitespaces)
      guard !written.isEmpty else { return nil }
      if let earlier = seen.updateValue(index + 1, forKey: written) {
        throw AnnotationError.duplicate(
          file: list, field: "line \(index + 1)", what: "\(written) is in line \(earlier) too")
      }
      let relative = written.hasPrefix("./") ? String(written.dropFirst(2)) : written
      let path = written.hasPrefix("/") ? written : folder + "/" + relative
      let name =
        path.range(of: "/images/", options: .backwards).map { String(path[$0.upperBound...]) }
        ?? URL(fileURLWithPath: path).lastPathComponent
      return image(name: name, path: path, listedIn: list)
    }
  }

  /// An image's labels lie where the last `images` in its path is `labels`.
  private static func image(name: String, path: String, listedIn: String) -> Image {
    var labels = stem(path) + ".txt"
    if let range = labels.range(of: "/images/", options: .backwards) {
      labels.replaceSubrange(range, with: "/labels/")
    }
    return Image(name: name, path: path, labels: labels, listedIn: listedIn)
  }
}
