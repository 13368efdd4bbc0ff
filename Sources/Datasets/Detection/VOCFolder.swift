import Boxes
import Foundation
import Synchronization
import Words

/// A folder in PASCAL VOC's form.
///
/// - Source: *The PASCAL Visual Object Classes Challenge 2012 Development Kit*, section 3.
struct VOCFolder {
  private let path: String
  private let options: DetectionOptions

  init(_ path: String, _ options: DetectionOptions) {
    self.path = path
    self.options = options
  }

  /// Reads the listed images, or all where there are no lists.
  func read() throws -> DetectionData {
    let lists = try lists()
    let ids = Array(Set(lists.flatMap(\.ids))).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let read = try annotations(ids)
    let names =
      options.classNames ?? Array(Set(read.values.flatMap { $0.objects.map(\.name) })).sorted()
    let labels = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    let folder = FolderListing(path + "/JPEGImages")
    let files = Set(folder.files)
    var sieve = BoxSieve()
    var images: [String: AnnotatedImage] = [:]
    for id in ids {
      guard let annotation = read[id] else { continue }
      let name = try imageName(of: id, annotation, among: files)
      let boxes = annotation.objects.enumerated().compactMap { index, object in
        let label = labels[object.name]
        let passes = sieve.passes(
          object.box, label: label, class: "'\(object.name)'", width: annotation.width,
          height: annotation.height, file: file(id), field: "object[\(index + 1)]")
        return passes
          ? label.map {
            AnnotatedBox(
              object.box, label: $0, isCrowd: object.isCrowd, isDifficult: object.isDifficult)
          } : nil
      }
      images[id] = AnnotatedImage(
        name: name, path: folder.path(of: name), width: annotation.width,
        height: annotation.height, boxes: boxes)
    }
    return DetectionData(
      classNames: names,
      splits: lists.map { list in
        DetectionSplit(name: list.name, images: list.ids.compactMap { images[$0] })
      }, leftOut: sieve.leftOut)
  }

  private func file(_ id: String) -> String { "\(path)/Annotations/\(id).xml" }

  // MARK: Lists

  private struct List {
    var name: String
    var ids: [String]
  }

  private func lists() throws -> [List] {
    let written = Set(
      FolderListing(path + "/Annotations").files.filter { $0.hasSuffix(".xml") }
        .map { String($0.dropLast(4)) })
    let folder = FolderListing(path + "/ImageSets/Main")
    let lists = try folder.files.filter { $0.hasSuffix(".txt") }
      .compactMap { try list(folder.path(of: $0), name: String($0.dropLast(4)), written) }
    if !lists.isEmpty { return lists }
    for image in FolderListing(path + "/JPEGImages").images
    where !written.contains(stem(image)) {
      throw AnnotationError.missingAnnotation(
        list: path + "/JPEGImages", image: image, lookedFor: file(stem(image)))
    }
    return [List(name: "all", ids: written.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })]
  }

  /// Reads a list of images; the lists of one class have a second column and are passed over.
  private func list(_ file: String, name: String, _ written: Set<String>) throws -> List? {
    var lines: [String: Int] = [:]
    var ids: [String] = []
    for (index, line) in try readLines(file).enumerated() {
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let id = words.first.map(String.init) else { continue }
      if words.count > 1 { return nil }
      if let earlier = lines.updateValue(index + 1, forKey: id) {
        throw AnnotationError.duplicate(
          file: file, field: "line \(index + 1)", what: "\(id) is in line \(earlier) too")
      }
      guard written.contains(id) else {
        throw AnnotationError.missingAnnotation(
          list: file, image: id, lookedFor: self.file(id))
      }
      ids.append(id)
    }
    return List(name: name, ids: ids)
  }

  // MARK: Files

  /// Reads files on all cores; of several bad ones the first by name is told.
  private func annotations(_ ids: [String]) throws -> [String: VOCAnnotation] {
    let results = Mutex([Result<VOCAnnotation, any Error>?](repeating: nil, count: ids.count))
    onAllCores(ids.count, makeWorker: {}) { _, index in
      let result = Result { try VOCAnnotation(file: file(ids[index])) }
      results.withLock { $0[index] = result }
    }
    let read = results.withLock { $0 }
    return try Dictionary(
      uniqueKeysWithValues: zip(ids, read).compactMap { id, result in
        try result.map { (id, try $0.get()) }
      })
  }

  private func imageName(
    of id: String, _ annotation: VOCAnnotation, among files: Set<String>
  ) throws -> String {
    let candidates =
      (annotation.fileName.map { [$0] } ?? [])
      + ["jpg", "jpeg", "png", "JPG", "JPEG", "PNG"].map { "\(id).\($0)" }
    if let name = candidates.first(where: files.contains) { return name }
    guard !options.needsImages else {
      let folder = path + "/JPEGImages/"
      throw annotation.fileName.map { .missing(folder + $0, in: file(id)) }
        ?? AnnotationError.missing(unnamed: folder + id, in: file(id))
    }
    return annotation.fileName ?? id + ".jpg"
  }
}

/// A file's name without its extension; folders before it stay.
func stem(_ name: String) -> String {
  guard let dot = name.lastIndex(of: "."), !name[dot...].contains("/") else { return name }
  return String(name[..<dot])
}

/// The lines of a text file.
///
/// - Throws: `DataError.unreadable`.
func readLines(_ file: String) throws -> [Substring] {
  try readText(file).split(omittingEmptySubsequences: false) { $0.isNewline }
}

/// The text of a file.
///
/// - Throws: `DataError.unreadable`.
func readText(_ file: String) throws -> String {
  do throws(TextFile.Fault) { return try TextFile.read(file) } catch {
    throw DataError.unreadable(file: file, reason: "\(error)")
  }
}
