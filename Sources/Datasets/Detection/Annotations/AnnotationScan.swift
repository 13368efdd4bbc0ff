import Foundation
import Numbers

/// The files of a folder that might be annotations, found without looking at its images.
///
/// It serves to recognize a format, and to say which one is near where none is recognized: a folder of a
/// million images must not cost more than its names, so that neither is sorted nor asked about.
struct AnnotationScan: Sendable {
  let root: String
  /// The files by extension, by their paths from the root: `xml`, `json`, `txt`, `yaml`, `yml`.
  private(set) var files: [String: [String]] = [:]
  /// How many images there are.
  private(set) var images = 0

  private static let extensions: Set<String> = [
    "xml", "json", "txt", "yaml", "yml", "names", "labels", "csv",
  ]
  private static let deepest = 4
  private static let maximumFolders = 300

  /// Looks into a folder and those below it, a few levels deep.
  init(_ root: String) {
    self.root = root
    var waiting = [(folder: "", depth: 0)]
    var seen = 0
    // The nearest first: annotations lie beside or above many folders of images.
    while seen < min(waiting.count, Self.maximumFolders) {
      let (folder, depth) = waiting[seen]
      seen += 1
      let listing = FolderListing(joined(root, folder))
      if listing.isRun { continue }
      for name in listing.files {
        if FolderListing.isImage(name) {
          images += 1
        } else if Self.extensions.contains(fileExtension(name)) {
          files[fileExtension(name), default: []].append(joined(folder, name))
        }
      }
      guard depth < Self.deepest else { continue }
      waiting += listing.folders.map { (joined(folder, $0), depth + 1) }
    }
  }

  /// The files of an extension.
  func files(_ ending: String) -> [String] { files[ending] ?? [] }

  /// Whether one of a few files begins as it should.
  func has(_ ending: String, where isGood: (String) -> Bool) -> Bool {
    files(ending).lazy.map { joined(root, $0) }.filter { fileSize($0) > 0 }.prefix(40).contains(where: isGood)
  }

  // MARK: How files begin

  /// The bytes that are read of a file to recognize it.
  private static let mostBytes = 16_384

  /// The beginning of a file, as text without a byte-order mark; empty where it cannot be read.
  private static func beginning(of path: String) -> String { start(of: path).text }

  /// The same, and whether the file may go on behind it.
  private static func start(of path: String) -> (text: String, isCut: Bool) {
    guard let file = openRegular(path) else { return ("", false) }
    defer { try? file.close() }
    let data = (try? file.read(upToCount: mostBytes)) ?? Data()
    let isCut = data.count == mostBytes
    // A file in UTF-16 is refused where it is read, by name.
    if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
      return (String(data: data.prefix(data.count / 2 * 2), encoding: .utf16) ?? "", isCut)
    }
    return (String(decoding: data.withoutByteOrderMark, as: UTF8.self), isCut)
  }

  /// Whether a file is one of VOC's by its outermost element.
  static func isVOC(_ path: String) -> Bool {
    let text = beginning(of: path)
    guard let found = text.range(of: "<annotation") else { return false }
    guard let next = text[found.upperBound...].first else { return false }
    return next == ">" || next.isWhitespace
  }

  /// Whether a file is one of COCO's by the keys of its lists, which are of objects.
  ///
  /// Of a file that begins with another list than that of the images, they may lie beyond what is read here. One that
  /// is read whole has to have them, unless its name says what it is: other programs' notes have categories, too.
  static func isCOCO(_ path: String) -> Bool {
    let (text, isCut) = start(of: path)
    guard text.first(where: { !$0.isWhitespace }) == "{" else { return false }
    func has(_ key: String) -> Bool {
      text.range(of: "\"\(key)\"\\s*:\\s*\\[\\s*[{\\]]", options: .regularExpression) != nil
    }
    if has("images") { return true }
    let name = lastPart(path)
    // Label Studio's, beside YOLO's labels.
    let isNotes = name == "notes.json"
    return (isCut && !isNotes || name.hasPrefix("instances_") || name.hasSuffix(".coco.json"))
      && (has("annotations") || has("categories"))
  }

  /// Whether a file is one of YOLO's labels: a class's number, and four shares of the image or more.
  static func isYOLO(_ path: String) -> Bool {
    guard let line = beginning(of: path).split(whereSeparator: \.isNewline).first else {
      return false
    }
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count >= 5, YOLOLabels.classNumber(words[0]) != nil else { return false }
    return words.dropFirst().allSatisfy { Double($0).map(YOLOLabels.shares.contains) == true }
  }

  /// Whether a file is one of KITTI's labels, a class's name and 14 numbers, or of VisDrone's, 8 numbers with commas
  /// between them.
  static func isKITTIOrVisDrone(_ path: String) -> Bool {
    guard let line = beginning(of: path).split(whereSeparator: \.isNewline).first else {
      return false
    }
    let words = line.split(separator: " ")
    if words.count >= 15, Double(words[0]) == nil {
      return words[1..<15].allSatisfy { Double($0) != nil }
    }
    let cells = line.split(separator: ",")
    return cells.count >= 8 && cells.prefix(8).allSatisfy { Double($0) != nil }
  }

  // MARK: What is near

  /// The format that a folder comes nearest to, and what is missing; nil where nothing is like any.
  var nearest: String? {
    if has("txt", where: Self.isYOLO) {
      return "it has YOLO's label files, but no data.yaml or classes.txt that names the classes; "
        + "write the classes' names into classes.txt, one a line"
    }
    if let file = files("xml").first(where: { lastPart($0).lowercased() == "annotations.xml" }) {
      return "\(file) is in CVAT's own format; export as Pascal VOC, COCO or YOLO"
    }
    if let file = files("xml").first {
      return "\(file) is XML, but not a VOC annotation: its outermost element must be "
        + "annotation"
    }
    if let file = files("csv").first(where: { lastPart($0).hasPrefix("_annotations") }) {
      return "\(file) is a table of boxes; export as Pascal VOC, COCO or YOLO"
    }
    if let file = files("json").first(where: {
      lastPart($0).hasPrefix("_annotations") || images > 0
    }) {
      return
        "\(file) is JSON, but not in COCO's format, which has the lists images, annotations and "
        + "categories"
    }
    if let file = (files("yaml") + files("yml")).first(where: { !$0.contains("/") }) {
      return "\(file) is YAML, but has neither names nor train, as YOLO's format has"
    }
    return nil
  }
}
