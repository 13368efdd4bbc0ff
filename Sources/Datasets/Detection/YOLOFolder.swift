import Boxes
import Foundation
import Synchronization

/// A folder in YOLO's form, or its `data.yaml`.
///
/// - Source: Ultralytics, *Object Detection Datasets Overview*; Darknet's `classes.txt` as labelImg and
///   Label Studio write it.
struct YOLOFolder {
  private let path: String
  private let options: DetectionOptions

  init(_ path: String, _ options: DetectionOptions) {
    self.path = path
    self.options = options
  }

  /// Whether a folder has what names YOLO's classes.
  static func isRecognized(_ listing: FolderListing) -> Bool {
    YOLODescription.file(in: listing) != nil
  }

  /// Reads all splits; an image without a label file is one of the background alone.
  func read() throws -> DetectionData {
    let description = try YOLODescription(path)
    let names = options.classNames ?? description.classNames
    var sieve = BoxSieve()
    var splits: [DetectionSplit] = []
    for split in description.splits {
      try checkLabels(of: split)
      let results = readAll(split.images, description.classNames, names)
      var images: [AnnotatedImage] = []
      for result in results {
        let (image, leftOut) = try result.get()
        sieve.add(leftOut)
        images.append(image)
      }
      splits.append(DetectionSplit(name: split.name, images: images))
    }
    return DetectionData(classNames: names, splits: splits, leftOut: sieve.leftOut)
  }

  private typealias Labelled = (image: AnnotatedImage, leftOut: [LeftOutBox])

  /// Reads headers and label files on all cores.
  private func readAll(
    _ images: [YOLODescription.Image], _ written: [String], _ names: [String]
  ) -> [Result<Labelled, any Error>] {
    let results = Mutex([Result<Labelled, any Error>?](repeating: nil, count: images.count))
    onAllCores(images.count, makeWorker: { ImageDecoder() }) { decoder, index in
      let result = Result { try read(images[index], decoder, written, names) }
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0.compactMap { $0 } }
  }

  private func read(
    _ image: YOLODescription.Image, _ decoder: ImageDecoder, _ written: [String], _ names: [String]
  ) throws -> Labelled {
    guard FileManager.default.fileExists(atPath: image.path) else {
      throw AnnotationError.missingImage(file: image.listedIn, image: image.path)
    }
    let header: ImageHeader
    do { header = try decoder.header(of: image.path) } catch {
      throw AnnotationError.unusableImage(path: image.path, reason: "\(error)")
    }
    var annotated = AnnotatedImage(
      name: image.name, path: image.path, width: header.width, height: header.height)
    var sieve = BoxSieve()
    guard FileManager.default.fileExists(atPath: image.labels) else { return (annotated, []) }
    for label in try YOLOLabels(file: image.labels, width: header.width, height: header.height)
      .labels
    {
      let name = written.indices.contains(label.number) ? written[label.number] : nil
      let place = name.flatMap { names.firstIndex(of: $0) }
      let passes = sieve.passes(
        label.box, label: place, class: name.map { "'\($0)'" } ?? String(label.number),
        width: header.width, height: header.height, file: image.labels, field: "line \(label.line)")
      if passes, let place { annotated.boxes.append(AnnotatedBox(label.box, label: place)) }
    }
    return (annotated, sieve.leftOut)
  }

  /// Refuses a label file whose image is not there.
  private func checkLabels(of split: YOLODescription.Split) throws {
    let known = Set(split.images.map(\.labels))
    for folder in Set(known.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path })
      .sorted()
    {
      let listing = FolderListing(folder)
      for name in listing.files where name.hasSuffix(".txt") && name != "classes.txt" {
        let file = listing.path(of: name)
        if split.ownsItsLabels, !known.contains(file) {
          throw AnnotationError.missingImage(file: file, image: stem(name) + ".jpg")
        }
      }
    }
  }
}
