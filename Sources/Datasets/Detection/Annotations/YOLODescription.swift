import Files
import Formatting
import Foundation
import Numbers
import Yams

/// What a YOLO data set says of itself: its classes, and the images of each split.
struct YOLODescription {
  /// An image, and where its labels are.
  struct Image: Sendable {
    var name: String
    var path: String
    /// Where its labels may lie: in the folder of labels, or beside it.
    var labels: [String]
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

  /// The file that names the classes.
  let file: String
  /// The classes' names by their numbers in the labels.
  private(set) var classNames: [String] = []
  private(set) var splits: [Split] = []
  /// Numbers of a label's keypoints, which stand behind its box.
  private(set) var keypointNumbers = 0
  /// The lists that name the images.
  private(set) var lists: [String] = []
  /// What a reader should know, a sentence each.
  private(set) var notes: [String] = []

  /// Finds the folders of labels in any letter case.
  let labelFolders = LabelFolders()

  /// Finds what is named below that folder.
  let finder: FileFinder

  /// The folder that nothing may lead out of.
  var root: String { finder.root }

  // MARK: Reading

  /// Reads what names the classes, and lists the images.
  ///
  /// - Parameter isForEvaluation: whether nothing is trained on them, so that a training split may be missing.
  /// - Throws: `DataError`, `AnnotationError`.
  init(_ path: String, allowsLinks: Bool, isForEvaluation: Bool = false) throws {
    let isFile = ["yaml", "yml"].contains(fileExtension(at: path))
    let scan = AnnotationScan(path)
    guard let file = isFile ? path : Self.file(in: scan) else {
      throw AnnotationError.unrecognized(path: path, nearest: scan.nearest)
    }
    self.file = file
    // Names may lie in a folder below, but what they are the names of lies in the one that was named.
    let folder = isFile ? Self.folder(of: file) : path
    if ["yaml", "yml"].contains(fileExtension(file)) {
      let root = try Self.mapping(file)
      let declared = Self.root(root["path"]?.string, folder)
      finder = FileFinder(root: declared ?? folder, allowsLinks: allowsLinks)
      if let written = root["path"]?.string, declared == nil, !written.isEmpty {
        notes.append(
          "\(file): path is '\(written)', which does not exist; \(folder) is read instead")
      }
      try readYAML(root, folder, needsTraining: !isForEvaluation)
    } else {
      finder = FileFinder(root: folder, allowsLinks: allowsLinks)
      classNames = try readLines(file).map { $0.trimmingCharacters(in: .whitespaces) }
      while classNames.last == "" { classNames.removeLast() }
      splits = try splits(of: folder)
      lists = Set(splits.lazy.flatMap(\.images).map(\.listedIn)).filter {
        fileExtension($0) == "txt"
      }
      .sorted()
    }
    guard !classNames.isEmpty else { throw AnnotationError.missing(file: file, field: "names") }
    try ClassNames.check(classNames, in: file)
  }

  // MARK: data.yaml

  private static func mapping(_ file: String) throws -> Node {
    let root: Node?
    do throws(YAMLFile.Fault) { root = try YAMLFile(file).node } catch {
      switch error {
      case .notText(let fault): throw DataError.unreadable(file: file, reason: "\(fault)")
      case .notYAML(let line, let reason):
        throw AnnotationError.syntax(file: file, location: "line \(line)", reason: reason)
      }
    }
    guard let root, root.mapping != nil else {
      throw AnnotationError.wrongKind(
        file: file, field: "the file", found: "no mapping", wanted: "one with names and train")
    }
    return root
  }

  /// The folder that `path` declares the images to lie in, if it is there.
  private static func root(_ written: String?, _ folder: String) -> String? {
    guard let written = written.map({ withHome($0) }), !written.isEmpty,
      !written.utf8.contains(0)
    else { return nil }
    let path = written.hasPrefix("/") ? written : joined(folder, written)
    return isFolder(path) ? path : nil
  }

  private mutating func readYAML(_ root: Node, _ folder: String, needsTraining: Bool) throws {
    classNames = try Self.names(root["names"], file)
    keypointNumbers = try Self.keypointNumbers(root["kpt_shape"], file)
    if let count = root["nc"]?.int, count != classNames.count {
      notes.append(
        "\(file): nc is \(count), but names lists \(quantity(classNames.count, "class", plural: "classes")); the names are used"
      )
    }
    let others = (root.mapping ?? [:]).keys.compactMap(\.string)
      .filter { !Self.splitKeys.contains($0) }.sorted()
    for name in ["train", "val", "test"] + others {
      guard let value = root[name], value.null == nil else { continue }
      let written =
        (value.sequence.map { $0.compactMap(\.string) } ?? [value.string].compactMap(\.self))
        .map { withHome($0) }
      let sources = try written.compactMap { try source($0, folder, field: "\(name): \($0)") }
      if others.contains(name), sources.isEmpty || !sources.allSatisfy(Self.holdsImages) {
        continue
      }
      guard sources.count == written.count else {
        let lost = try written.first { try source($0, folder, field: name) == nil } ?? ""
        // Exports name splits that they do not have.
        guard name != "train" || !needsTraining else {
          throw AnnotationError.missing(file: file, field: "\(name): \(lost)")
        }
        notes.append("\(file): \(name): \(lost) does not exist; that split is left out")
        continue
      }
      guard !sources.isEmpty else { continue }
      // Rondo's own name for data without splits, which other programs read as `train`.
      let isWhole =
        name == "train" && sources.count == 1
        && stem(lastPart(sources[0])) == "all" && root["all"] == nil
      splits.append(try split(isWhole ? "all" : name, sources: sources))
      lists += sources.filter { fileExtension($0) == "txt" }
    }
    if splits.isEmpty { throw AnnotationError.missing(file: file, field: "train") }
  }

  /// Keys that are no split of another name; such a split is recognized by its images.
  static let splitKeys: Set<String> = [
    "train", "val", "test", "path", "names", "nc", "download", "roboflow", "kpt_shape", "flip_idx",
    "channels", "yaml_file",
  ]

  private static func holdsImages(_ source: String) -> Bool {
    fileExtension(source) == "txt" || ImageTree.hasImages(source)
  }

  /// Numbers behind a label's box, by `kpt_shape`: the points, and 2 or 3 numbers of each.
  private static func keypointNumbers(_ node: Node?, _ file: String) throws -> Int {
    guard let node else { return 0 }
    let shape = node.sequence.map { $0.compactMap(\.int) } ?? []
    guard shape.count == 2, (0...10_000).contains(shape[0]), (2...3).contains(shape[1]) else {
      throw AnnotationError.wrongKind(
        file: file, field: "kpt_shape", found: "another value",
        wanted: "[POINTS, 2] or [POINTS, 3]")
    }
    return shape[0] * shape[1]
  }

  /// Names as a list, or as a mapping from numbers that begin at 0.
  private static func names(_ node: Node?, _ file: String) throws -> [String] {
    guard let node else { throw AnnotationError.missing(file: file, field: "names") }
    if let sequence = node.sequence {
      // A class left out would shift the numbers of those behind it.
      return try sequence.enumerated().map { index, name in
        guard let word = name.string, name.null == nil else {
          throw AnnotationError.wrongKind(
            file: file, field: "names[\(index)]", found: "no name", wanted: "the name of a class")
        }
        return word
      }
    }
    guard let mapping = node.mapping else {
      throw AnnotationError.wrongKind(
        file: file, field: "names", found: "'\(node.string ?? "")'", wanted: "a list of names")
    }
    let pairs = mapping.compactMap { key, value in
      (key.int ?? key.string.flatMap { Int($0) }).flatMap { number in
        value.string.map { (number, $0) }
      }
    }.sorted { $0.0 < $1.0 }
    guard pairs.count == mapping.count, pairs.map(\.0) == Array(pairs.indices) else {
      throw AnnotationError.wrongKind(
        file: file, field: "names", found: "numbered with gaps", wanted: "numbered from 0")
    }
    return pairs.map(\.1)
  }

  /// Where a folder or list of the description lies; nil where it is not there.
  ///
  /// `../train/images`, as Roboflow writes it, lies below the description's own folder all the same.
  ///
  /// - Throws: `AnnotationError.badName` for one that leads out of the data set's folder.
  private func source(_ written: String, _ folder: String, field: String) throws -> String? {
    let bases = finder.root == folder ? [folder] : [finder.root, folder]
    var inner = written
    while inner.hasPrefix("../") { inner = String(inner.dropFirst(3)) }
    for base in bases {
      if let path = try finder.path(of: inner, in: base) { return path }
    }
    let direct = written.hasPrefix("/") ? written : joined(bases[0], written)
    guard FileManager.default.fileExists(atPath: direct) else { return nil }
    guard finder.allowsLinks || Self.lies(direct, within: bases) else {
      let fault: RelativePath.Fault = written.hasPrefix("/") ? .absolute : .leaves
      throw AnnotationError.badName(
        file: file, field: field, name: written, fault: fault, folder: finder.root)
    }
    return direct
  }

  private static func lies(_ path: String, within folders: [String]) -> Bool {
    guard let real = realPath(path) else { return false }
    return folders.compactMap(realPath).contains { real == $0 || real.hasPrefix($0 + "/") }
  }

  /// The folder of a file, spelled as the file is, so that names from both begin alike.
  static func folder(of file: String) -> String {
    let folder = folderPart(file)
    return folder.isEmpty ? (file.hasPrefix("/") ? "/" : ".") : folder
  }
}
