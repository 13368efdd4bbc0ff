import Boxes
import Foundation

/// A folder in COCO's form, or a single annotation file beside its images.
struct COCOFolder {
  private let path: String
  private let options: DetectionOptions

  init(_ path: String, _ options: DetectionOptions) {
    self.path = path
    self.options = options
  }

  /// An annotation file, and where its images may lie.
  struct Source {
    var split: String
    var file: String
    var imageFolders: [String]
  }

  /// The annotation files that a path stands for.
  ///
  /// `annotations/instances_NAME.json` has its images in `NAME`, `images/NAME`, `images` or the folder
  /// itself; `NAME/_annotations.coco.json` (Roboflow's) has them beside it, as has a file that is named.
  static func files(in path: String) -> [Source] {
    if path.hasSuffix(".json") {
      let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
      return [Source(split: "all", file: path, imageFolders: [folder, folder + "/images"])]
    }
    let annotations = FolderListing(path + "/annotations")
    let instances = annotations.files.filter {
      $0.hasPrefix("instances_") && $0.hasSuffix(".json")
    }
    if !instances.isEmpty {
      return instances.map { file in
        let split = String(file.dropFirst("instances_".count).dropLast(".json".count))
        return Source(
          split: split, file: annotations.path(of: file),
          imageFolders: ["\(path)/\(split)", "\(path)/images/\(split)", "\(path)/images", path])
      }
    }
    let listing = FolderListing(path)
    return listing.folders.compactMap { split in
      let folder = listing.path(of: split)
      let file = folder + "/_annotations.coco.json"
      return FileManager.default.fileExists(atPath: file)
        ? Source(split: split, file: file, imageFolders: [folder]) : nil
    }
  }

  /// Reads all annotation files.
  func read() throws -> DetectionData {
    let sources = Self.files(in: path)
    guard !sources.isEmpty else { throw AnnotationError.unrecognized(path: path) }
    var categories: [COCOAnnotations.Category]?
    var sieve = BoxSieve()
    var splits: [DetectionSplit] = []
    for source in sources {
      let read = try COCOAnnotations(file: source.file)
      if let categories, categories != read.categories {
        throw AnnotationError.categoriesDiffer(file: source.file, other: sources[0].file)
      }
      categories = read.categories
      let images = try images(of: read, source, &sieve)
      splits.append(DetectionSplit(name: source.split, images: images))
    }
    let wanted = (categories ?? []).filter { options.classNames?.contains($0.name) ?? true }
    return DetectionData(
      classNames: options.classNames ?? wanted.map(\.name),
      classNumbers: options.classNames == nil ? wanted.map(\.id) : nil, splits: splits,
      leftOut: sieve.leftOut)
  }

  private func images(
    of read: COCOAnnotations, _ source: Source, _ sieve: inout BoxSieve
  ) throws -> [AnnotatedImage] {
    let folder = try folder(of: read, source)
    var images: [AnnotatedImage] = []
    images.reserveCapacity(read.images.count)
    for (index, image) in read.images.enumerated() {
      func missing(_ field: String) -> AnnotationError {
        .missing(file: read.file, field: "images[\(index)].\(field)")
      }
      guard let name = image.fileName else { throw missing("file_name") }
      guard let width = image.width, let height = image.height else { throw missing("width") }
      let sides = 1...AnnotatedImage.longestSide
      guard sides.contains(width), sides.contains(height) else {
        throw AnnotationError.wrongKind(
          file: read.file, field: "images[\(index)]", found: "\(width) x \(height) pixels",
          wanted: min(width, height) < 1 ? "above 0" : "at most \(sides.upperBound) on a side")
      }
      let path = folder + "/" + name
      if options.needsImages, !FileManager.default.fileExists(atPath: path) {
        throw AnnotationError.missingImage(file: read.file, image: path)
      }
      images.append(
        AnnotatedImage(name: name, path: path, width: width, height: height, number: image.id))
    }
    let labels = labels(read.categories)
    let places = Dictionary(uniqueKeysWithValues: zip(read.images.map(\.id), images.indices))
    for (index, annotation) in read.annotations.enumerated() {
      guard let place = places[annotation.image] else { continue }
      let label = labels[annotation.category]
      guard
        sieve.passes(
          annotation.box, label: label, class: String(annotation.category),
          width: images[place].width, height: images[place].height, file: read.file,
          field: "annotations[\(index)]"), let label
      else { continue }
      images[place].boxes.append(
        AnnotatedBox(
          annotation.box, label: label, area: annotation.area, isCrowd: annotation.isCrowd,
          isDifficult: annotation.isIgnored))
    }
    return images
  }

  private func labels(_ categories: [COCOAnnotations.Category]) -> [Int: Int] {
    let names = options.classNames ?? categories.map(\.name)
    return categories.reduce(into: [:]) { labels, category in
      labels[category.id] = names.firstIndex(of: category.name)
    }
  }

  /// The folder that has the first image.
  private func folder(of read: COCOAnnotations, _ source: Source) throws -> String {
    guard let first = read.images.first?.fileName else { return source.imageFolders[0] }
    let found = source.imageFolders.first {
      FileManager.default.fileExists(atPath: $0 + "/" + first)
    }
    if found == nil, options.needsImages {
      throw AnnotationError.missingImage(
        file: read.file, image: source.imageFolders[0] + "/" + first)
    }
    return found ?? source.imageFolders[0]
  }
}
