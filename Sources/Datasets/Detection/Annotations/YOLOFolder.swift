import Boxes
import Foundation
import Synchronization

/// A folder in YOLO's format, or its `data.yaml`.
///
/// - Source: Ultralytics, *Object Detection Datasets Overview*; Darknet's `classes.txt` as labelImg and
///   Label Studio write it.
struct YOLOFolder {
  let path: String
  let options: DetectionOptions

  /// Reads all splits; an image without a label file is one of the background alone, and counted.
  ///
  /// - Throws: `AnnotationError.fewAnnotated` where nearly all images of a split are without label files.
  func read() throws -> DetectionData {
    let description = try YOLODescription(
      path, allowsLinks: options.allowsLinks, isForEvaluation: options.isForEvaluation)
    var results: [[Labeled]] = []
    var used: Set<Int> = []
    for split in description.splits {
      let read = try readAll(
        split.images, in: description.root, keypointNumbers: description.keypointNumbers
      ).map { try $0.get() }
      for labeled in read { used.formUnion(labeled.labels.map(\.number)) }
      results.append(read)
    }
    let count = description.classNames.count
    if used.max() == count, !used.contains(0) {
      throw AnnotationError.classesFromOne(file: description.file, count: count)
    }
    let classes = try YOLOClasses(description, used)
    var sieve = BoxFilter()
    var notes = description.notes + classes.notes
    var ledger = FolderLedger(description.root)
    var splits: [DetectionSplit] = []
    for (split, read) in zip(description.splits, results) {
      try checkLabels(of: split, &ledger)
      if let note = try missingLabels(split, read) { notes.append(note) }
      splits.append(
        DetectionSplit(
          name: split.name, images: read.map { image($0, classes, &sieve) }))
    }
    for labeled in results.joined() {
      ledger.note(labeled.image.path, .used(as: "images"))
      if let file = labeled.file { ledger.note(file, .used(as: "label files")) }
    }
    ledger.note(description.file, .used(as: "names of classes"))
    for list in description.lists { ledger.note(list, .used(as: "lists")) }
    let root = description.root
    let account = ledger.close { path in
      guard fileExtension(path) == "txt" else { return nil }
      let folders = path.lowercased().split(separator: "/").dropLast()
      let isLabels =
        folders.contains { $0 == "labels" || $0 == "label" }
        || AnnotationScan.isYOLO(joined(root, path))
      return isLabels ? "label files of images that are not read" : nil
    }
    return DetectionData(
      classNames: classes.names, splits: splits, leftOut: sieve.leftOut, notes: notes,
      account: account)
  }

  /// An image with its labels as they are written.
  private struct Labeled {
    var image: AnnotatedImage
    var labels: [YOLOLabels.Label]
    /// The label file, or nil where there is none.
    var file: String?
  }

  /// Reads headers and label files on all cores.
  private func readAll(
    _ images: [YOLODescription.Image], in root: String, keypointNumbers: Int
  ) -> [Result<Labeled, any Error>] {
    let results = Mutex([Result<Labeled, any Error>?](repeating: nil, count: images.count))
    onAllCores(images.count, makeWorker: { ImageDecoder() }) { decoder, index in
      let result = Result { try read(images[index], in: root, keypointNumbers, decoder) }
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
  }

  private func read(
    _ image: YOLODescription.Image, in root: String, _ keypointNumbers: Int, _ decoder: ImageDecoder
  ) throws -> Labeled {
    guard FileManager.default.fileExists(atPath: image.path) else {
      throw AnnotationError.missingImage(file: image.listedIn, image: image.path)
    }
    let places = image.labels.lazy.flatMap { [$0, stem($0) + ".TXT"] }
    let found = places.first(where: FileManager.default.fileExists(atPath:))
    if let found, !options.allowsLinks { try checkLink(found, staysWithin: root) }
    guard let header = try? decoder.header(of: image.path) else {
      return Labeled(image: .broken(name: image.name, path: image.path), labels: [], file: found)
    }
    let annotated = AnnotatedImage(
      name: image.name, path: image.path, width: header.width, height: header.height)
    guard let file = found else { return Labeled(image: annotated, labels: [], file: nil) }
    let labels = try YOLOLabels(
      file: file, width: header.width, height: header.height,
      keypointNumbers: keypointNumbers
    ).labels
    return Labeled(image: annotated, labels: labels, file: file)
  }

  private func image(
    _ labeled: Labeled, _ classes: YOLOClasses, _ sieve: inout BoxFilter
  ) -> AnnotatedImage {
    var image = labeled.image
    for label in labeled.labels {
      let position = classes.label(of: label.number)
      let passes = sieve.passes(
        label.box, label: position, class: classes.displayName(for: label.number),
        width: image.width, height: image.height, file: labeled.file ?? "",
        field: "line \(label.line)")
      if passes, let position { image.boxes.append(AnnotatedBox(label.box, label: position)) }
    }
    return image
  }

  // MARK: Labels that are not there, or of nothing

  /// Says how many images have no label file, and where it was looked for; nil where all have one.
  private func missingLabels(
    _ split: YOLODescription.Split, _ read: [Labeled]
  ) throws -> String? {
    let missing = read.indices.filter { read[$0].file == nil }
    guard let first = missing.first else { return nil }
    let lookedFor = split.images[first].labels.joined(separator: " nor ")
    // A test split that nobody has annotated is reported where it would be used.
    guard SplitUse(split.name) == .test || missing.count * 10 < read.count * 9 else {
      throw AnnotationError.fewAnnotated(
        path: path, missing: missing.count, of: read.count, image: read[first].image.path,
        lookedFor: lookedFor)
    }
    return
      "\(split.name): \(missing.count) of \(read.count) images have no label file and count as "
      + "background, the first \(read[first].image.path): there is no \(lookedFor)"
  }

  /// Refuses a label file whose image is not there, and counts what lies beside the labels.
  private func checkLabels(
    of split: YOLODescription.Split, _ ledger: inout FolderLedger
  ) throws {
    guard split.ownsItsLabels else { return }
    let known = Set(split.images.lazy.flatMap(\.labels).map(stem))
    for folder in Set(split.images.compactMap { $0.labels.first.map(folderPart) }).sorted() {
      let listing = FolderListing(folder)
      for name in listing.files where fileExtension(name) == "txt" {
        let file = listing.path(of: name)
        guard !known.contains(stem(file)), name.lowercased() != "classes.txt" else { continue }
        guard AnnotationScan.isYOLO(file) else {
          ledger.note(file, .leftOut(because: "text that is not a label file"))
          continue
        }
        throw AnnotationError.missingImage(file: file, image: stem(name) + ".jpg")
      }
    }
  }
}

/// The classes of a YOLO data set, and which numbers stand for them.
private struct YOLOClasses {
  let names: [String]
  private(set) var notes: [String] = []
  private let written: [String]
  private var labels: [Int: Int] = [:]

  /// Takes the names that are written; of two that are the same one may be unused, and is left out.
  ///
  /// - Throws: `AnnotationError.duplicate` for a name that two used numbers have.
  init(_ description: YOLODescription, _ used: Set<Int>) throws {
    written = description.classNames
    var numbers: [String: Int] = [:]
    for (number, name) in written.enumerated() {
      guard let other = numbers[name] else {
        numbers[name] = number
        continue
      }
      guard !used.contains(number) || !used.contains(other) else {
        throw AnnotationError.duplicate(
          file: description.file, field: "names[\(number)]", what: "'\(name)'")
      }
      if used.contains(number) { numbers[name] = number }
      notes.append(
        "\(description.file): names[\(number)] is '\(name)', as names[\(other)] is; only one of them "
          + "has boxes, and the other is left out")
    }
    let kept = numbers.sorted { $0.value < $1.value }
    names = kept.map(\.key)
    for (name, number) in kept { labels[number] = names.firstIndex(of: name) }
  }

  func label(of number: Int) -> Int? { labels[number] }

  func displayName(for number: Int) -> String {
    written.indices.contains(number) ? "'\(written[number])'" : String(number)
  }
}
