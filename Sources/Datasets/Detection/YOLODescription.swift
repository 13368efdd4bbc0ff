import Foundation
import Yams

/// What a YOLO data set says of itself: its classes, and the images of each part.
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
  /// The lists that name the images.
  private(set) var lists: [String] = []
  /// What a reader should know, a sentence each.
  private(set) var notes: [String] = []

  private let finder: FileFinder

  /// The folder that nothing may lead out of.
  var root: String { finder.root }

  // MARK: Recognising

  /// The file that names the classes: a description in YAML, or a list of names with labels about it.
  static func file(in scan: AnnotationScan) -> String? {
    let yaml = scan.files("yaml") + scan.files("yml")
    for name in ["data.yaml", "data.yml", "dataset.yaml"] where yaml.contains(name) {
      return joined(scan.root, name)
    }
    if let other = yaml.first(where: { !$0.contains("/") && isDescription(joined(scan.root, $0)) })
    {
      return joined(scan.root, other)
    }
    let names = scan.files("txt") + scan.files("names") + scan.files("labels")
    let lists = ["classes.txt", "obj.names", "classes.names", "_darknet.labels", "labels.txt"]
    for list in lists {
      // Beside the images and labels, or in a folder of one of them.
      let found = names.filter { lastPart($0).lowercased() == list }
        .min { ($0.split(separator: "/").count, $0) < ($1.split(separator: "/").count, $1) }
      guard let found else { continue }
      // Other data sets have a list of classes too: without labels it says nothing.
      let labels = scan.files("txt").lazy.filter { lastPart($0).lowercased() != list }.prefix(60)
      if labels.contains(where: { AnnotationScan.isYOLO(joined(scan.root, $0)) }) {
        return joined(scan.root, found)
      }
    }
    return nil
  }

  private static func isDescription(_ file: String) -> Bool {
    guard let text = try? readText(file), let root = try? Yams.compose(yaml: text) else {
      return false
    }
    return root["names"] != nil && (root["train"] != nil || root["val"] != nil)
  }

  // MARK: Reading

  /// Reads what names the classes, and lists the images.
  ///
  /// - Throws: `DataError`, `AnnotationError`.
  init(_ path: String, allowsLinks: Bool) throws {
    let isFile = ["yaml", "yml"].contains(fileExtension(path))
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
      try readYAML(root, folder)
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

  // MARK: classes.txt

  /// The images of a folder without a description: by lists, by folders of parts, or all.
  private func splits(of folder: String) throws -> [Split] {
    let listing = FolderListing(folder)
    // Darknet's lists, as CVAT exports them.
    let lists = listing.files.filter {
      fileExtension($0) == "txt" && PartPurpose.isFolder(stem($0))
    }
    let listed = try lists.map { try split(stem($0), sources: [listing.path(of: $0)]) }
      .filter { !$0.images.isEmpty }
    if !listed.isEmpty { return listed }
    let images = listing.folders.first { FolderNames.images.contains($0.lowercased()) }
      .map { FolderListing(listing.path(of: $0)) }
    if let images {
      let below = images.folders.filter { ImageTree.hasImages(images.path(of: $0)) }
      if !below.isEmpty, !images.hasImages {
        return try below.map { try split($0, sources: [images.path(of: $0)]) }
      }
      if images.hasImages { return [try split("all", sources: [images.path])] }
    }
    let parts = listing.folders.filter {
      PartPurpose.isFolder($0) && ImageTree.hasImages(listing.path(of: $0))
    }
    if !parts.isEmpty {
      return try parts.map { try split($0, sources: [Self.images(in: listing.path(of: $0))]) }
    }
    return [try split("all", sources: [folder])]
  }

  /// The folder of images in a part's folder, or that itself.
  private static func images(in folder: String) -> String {
    let listing = FolderListing(folder)
    let images = listing.folders.first { FolderNames.images.contains($0.lowercased()) }
    return images.map { listing.path(of: $0) } ?? folder
  }

  // MARK: data.yaml

  private static func mapping(_ file: String) throws -> Node {
    let text = try readText(file)
    let node: Node?
    do { node = try Yams.compose(yaml: text) } catch {
      let line = (error as? YamlError).map { "\($0)".split(separator: ":").dropFirst().first }
      throw AnnotationError.syntax(
        file: file, place: "line \(line?.map(String.init) ?? "1")", reason: "it is not YAML")
    }
    guard let root = node, root.mapping != nil else {
      throw AnnotationError.wrongKind(
        file: file, field: "the file", found: "no mapping", wanted: "one with names and train")
    }
    return root
  }

  /// The folder that `path` declares the images to lie in, if it is there.
  private static func root(_ written: String?, _ folder: String) -> String? {
    guard let written, !written.isEmpty, !written.utf8.contains(0) else { return nil }
    let path = written.hasPrefix("/") ? written : joined(folder, written)
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    return isThere && isFolder.boolValue ? path : nil
  }

  private mutating func readYAML(_ root: Node, _ folder: String) throws {
    classNames = try Self.names(root["names"], file)
    if let count = root["nc"]?.int, count != classNames.count {
      notes.append(
        "\(file): nc is \(count), but names lists \(classNames.count) classes; the names are used")
    }
    let others = (root.mapping ?? [:]).keys.compactMap(\.string)
      .filter { !Self.usual.contains($0) }.sorted()
    for name in ["train", "val", "test"] + others {
      guard let value = root[name], value.null == nil else { continue }
      let written =
        value.sequence.map { $0.compactMap(\.string) } ?? [value.string].compactMap(\.self)
      let sources = try written.compactMap { try source($0, folder, field: "\(name): \($0)") }
      if others.contains(name), sources.isEmpty || !sources.allSatisfy(Self.holdsImages) {
        continue
      }
      guard sources.count == written.count else {
        let lost = try written.first { try source($0, folder, field: name) == nil } ?? ""
        // Exports name parts that they do not have.
        guard name != "train" else {
          throw AnnotationError.missing(file: file, field: "\(name): \(lost)")
        }
        notes.append("\(file): \(name): \(lost) does not exist; that split is left out")
        continue
      }
      guard !sources.isEmpty else { continue }
      // Rondo's own name for data without parts, which other programs read as `train`.
      let isWhole =
        name == "train" && sources.count == 1
        && stem(lastPart(sources[0])) == "all" && root["all"] == nil
      splits.append(try split(isWhole ? "all" : name, sources: sources))
      lists += sources.filter { fileExtension($0) == "txt" }
    }
    if splits.isEmpty { throw AnnotationError.missing(file: file, field: "train") }
  }

  /// Keys that are no split of another name; such a split is recognised by its images.
  static let usual: Set<String> = [
    "train", "val", "test", "path", "names", "nc", "download", "roboflow", "kpt_shape", "flip_idx",
    "channels", "yaml_file",
  ]

  private static func holdsImages(_ source: String) -> Bool {
    fileExtension(source) == "txt" || ImageTree.hasImages(source)
  }

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

  // MARK: Images

  private func split(_ name: String, sources: [String]) throws -> Split {
    var images = try sources.flatMap { source in
      fileExtension(source) == "txt" ? try listed(in: source) : try inFolder(source)
    }
    // Of several folders, or of a list from everywhere, two images may have one name.
    if Set(images.map(\.name)).count < images.count {
      let common = Self.commonFolder(images.map(\.path))
      for place in images.indices {
        images[place].name = String(images[place].path.dropFirst(common.count + 1))
      }
    }
    return Split(
      name: name, images: images,
      ownsItsLabels: !sources.contains { fileExtension($0) == "txt" })
  }

  /// The folder of a file, spelled as the file is, so that names from both begin alike.
  private static func folder(of file: String) -> String {
    let folder = folderPart(file)
    return folder.isEmpty ? (file.hasPrefix("/") ? "/" : ".") : folder
  }

  private static func commonFolder(_ paths: [String]) -> String {
    var common = paths.first.map(folderPart) ?? ""
    while !common.isEmpty, !paths.allSatisfy({ $0.hasPrefix(common + "/") }) {
      common = folderPart(common)
    }
    return common
  }

  private func inFolder(_ folder: String) throws -> [Image] {
    try FolderTree(folder, allowsLinks: finder.allowsLinks).images
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      .map { image(name: $0, path: joined(folder, $0), listedIn: folder) }
  }

  private func listed(in list: String) throws -> [Image] {
    let folder = Self.folder(of: list)
    var seen: [String: Int] = [:]
    return try readLines(list).enumerated().compactMap { index, line -> Image? in
      guard let (written, path) = try listed(line, folder) else { return nil }
      if let earlier = seen.updateValue(index + 1, forKey: path ?? written) {
        throw AnnotationError.duplicate(
          file: list, field: "line \(index + 1)", what: "\(written) is in line \(earlier) too")
      }
      guard let path else {
        do throws(RelativePath.Fault) { _ = try RelativePath(written) } catch {
          throw AnnotationError.badName(
            file: list, field: "line \(index + 1)", name: written, fault: error, folder: finder.root
          )
        }
        throw AnnotationError.missingImage(file: list, image: joined(folder, written))
      }
      let base = [folder + "/images/", folder + "/"].first { path.hasPrefix($0) }
      let name =
        base.map { String(path.dropFirst($0.count)) }
        ?? path.range(of: "/images/", options: .backwards).map { String(path[$0.upperBound...]) }
        ?? lastPart(path)
      return image(name: name, path: path, listedIn: list)
    }
  }

  /// Where a line of a list leads; nil for an empty one, and without a path for one that leads nowhere.
  private func listed(
    _ line: Substring, _ folder: String
  ) throws -> (written: String, path: String?)? {
    // A name may begin or end with a space, though hardly any does.
    let trimmed = line.trimmingCharacters(in: .whitespaces)
    guard !trimmed.isEmpty else { return nil }
    for written in [String(line), trimmed] {
      for base in folder == finder.root ? [folder] : [folder, finder.root] {
        if let path = try finder.path(of: written, in: base) { return (trimmed, path) }
      }
    }
    // A path as it was on another machine, or below a folder that was not exported.
    return (trimmed, try finder.image(endingAs: trimmed))
  }

  /// An image with the places of its labels, which lie below the data set's folder if it does.
  private func image(name: String, path: String, listedIn: String) -> Image {
    let beside = stem(path) + ".txt"
    let labels = Self.labelFile(of: path)
    let isWithin = labels.hasPrefix(root + "/") || !path.hasPrefix(root + "/")
    return Image(
      name: name, path: path, labels: labels == beside || !isWithin ? [beside] : [labels, beside],
      listedIn: listedIn)
  }

  /// Where an image's labels lie: the last `/images/` in its path is `/labels/`, its extension `.txt`.
  ///
  /// - Source: Ultralytics, `img2label_paths`.
  static func labelFile(of image: String) -> String {
    var labels = stem(image) + ".txt"
    if let range = labels.range(of: "/images/", options: .backwards) {
      labels.replaceSubrange(range, with: "/labels/")
    }
    return labels
  }
}
