import Boxes
import Foundation

/// A folder in COCO's format, or a single annotation file beside its images.
struct COCOFolder {
  let path: String
  let options: DetectionOptions

  /// An annotation file, and where its images may lie.
  struct Source {
    var split: String
    var file: String
    /// Folders, the likeliest first.
    var imageFolders: [String]
    /// The folder that nothing may lead out of.
    var root: String
  }

  /// Reads all annotation files.
  func read() throws -> DetectionData {
    let sources = Self.files(in: path)
    guard !sources.isEmpty else {
      throw AnnotationError.unrecognized(path: path, nearest: AnnotationScan(path).nearest)
    }
    let files = try sources.map { try COCOAnnotations(file: $0.file) }
    let categories = try COCOCategories(files)
    var sieve = BoxFilter()
    var splits: [DetectionSplit] = []
    var folders: Set<String> = []
    for (source, read) in zip(sources, files) {
      let (folder, images) = try images(of: read, source, categories, &sieve)
      splits.append(DetectionSplit(name: source.split, images: images))
      folders.insert(folder)
    }
    return DetectionData(
      classNames: categories.kept.map(\.name), classNumbers: categories.kept.map(\.id),
      splits: splits,
      leftOut: sieve.leftOut, notes: categories.notes,
      account: account(of: splits, sources, in: folders))
  }

  private func images(
    of read: COCOAnnotations, _ source: Source, _ categories: COCOCategories,
    _ sieve: inout BoxFilter
  ) throws -> (folder: String, images: [AnnotatedImage]) {
    let finder = FileFinder(root: source.root, allowsLinks: options.allowsLinks)
    let folder = try folder(of: read, source, finder)
    var images: [AnnotatedImage] = []
    images.reserveCapacity(read.images.count)
    var locations: [[UInt8]: Int] = [:]
    var unsized: [Int] = []
    for (index, image) in read.images.enumerated() {
      func missing(_ field: String) -> AnnotationError {
        .missing(file: read.file, field: "images[\(index)].\(field)")
      }
      guard let written = image.fileName else { throw missing("file_name") }
      let (width, height) = (image.width ?? 0, image.height ?? 0)
      // What is missing, or 0, is looked up in the image.
      let isWritten = width != 0 && height != 0
      guard isWritten || options.needsImages else { throw missing("width") }
      let sides = (isWritten ? 1 : 0)...AnnotatedImage.longestSide
      guard sides.contains(width), sides.contains(height) else {
        throw AnnotationError.wrongKind(
          file: read.file, field: "images[\(index)]", found: "\(width) x \(height) pixels",
          wanted: min(width, height) < 1 ? "above 0" : "at most \(sides.upperBound) on a side")
      }
      if !isWritten { unsized.append(index) }
      let (name, path) = try location(
        of: written, index, in: folder, read.file, source, finder)
      if let other = locations.updateValue(index, forKey: Array(path.utf8)) {
        throw AnnotationError.duplicate(
          file: read.file, field: "images[\(index)].file_name",
          what: "\(written) is that of images[\(other)] too")
      }
      images.append(
        AnnotatedImage(name: name, path: path, width: width, height: height, number: image.id))
    }
    let broken = images.measure(unsized)
    let labels = Dictionary(
      uniqueKeysWithValues: zip(categories.kept.map(\.id), categories.kept.indices))
    let numbers = Dictionary(uniqueKeysWithValues: zip(read.images.map(\.id), images.indices))
    for (index, annotation) in read.annotations.enumerated() {
      guard let location = numbers[annotation.image], !broken.contains(location) else { continue }
      let label = labels[annotation.category]
      guard
        sieve.passes(
          annotation.box, label: label, class: String(annotation.category),
          width: images[location].width, height: images[location].height, file: read.file,
          field: "annotations[\(index)]"), let label
      else { continue }
      images[location].boxes.append(
        AnnotatedBox(
          annotation.box, label: label, area: annotation.area, isCrowd: annotation.isCrowd,
          isDifficult: annotation.isIgnored))
    }
    return (folder, images)
  }

  // MARK: Images

  /// What an image is called and where it lies.
  private func location(
    of written: String, _ index: Int, in folder: String, _ file: String, _ source: Source,
    _ finder: FileFinder
  ) throws -> (name: String, path: String) {
    let field = "images[\(index)].file_name"
    if let path = try finder.path(of: written, in: folder) {
      // What is trusted to lie elsewhere is called by its own name.
      let tail = RelativePath.tail(of: written)
      let name = (try? RelativePath(written).description) ?? tail.last ?? written
      return (name, path)
    }
    if let path = try finder.image(endingAs: written, part: source.split),
      (try? RelativePath(written)) == nil
    {
      let base = path.hasPrefix(folder + "/") ? folder : source.root
      return (String(path.dropFirst(base.count + 1)), path)
    }
    let others = try finder.images(endingAs: written, part: source.split)
    guard others.count < 2 || !options.needsImages else {
      throw AnnotationError.ambiguousImage(
        file: file, field: field, name: written, images: others)
    }
    do {
      let name = try RelativePath(written)
      guard !options.needsImages else {
        throw AnnotationError.missingImage(file: file, image: joined(folder, "\(name)"))
      }
      return ("\(name)", joined(folder, "\(name)"))
    } catch let fault as RelativePath.Fault {
      // Without the images, a path on another machine is as good a name as any.
      let tail = RelativePath.tail(of: written)
      if fault == .absolute, !options.needsImages, !tail.isEmpty,
        let name = try? RelativePath(tail.joined(separator: "/"))
      {
        return ("\(name)", joined(folder, "\(name)"))
      }
      throw AnnotationError.badName(
        file: file, field: field, name: written, fault: fault, folder: source.root)
    }
  }

  /// The folder that has the most of the images, of several the likeliest.
  private func folder(
    of read: COCOAnnotations, _ source: Source, _ finder: FileFinder
  ) throws -> String {
    let names = read.images.compactMap(\.fileName)
    var best = (folder: source.imageFolders[0], count: 0)
    for folder in source.imageFolders {
      guard FileManager.default.fileExists(atPath: folder) else { continue }
      let count = try names.reduce(0) { try $0 + (finder.path(of: $1, in: folder) == nil ? 0 : 1) }
      if count > best.count { best = (folder, count) }
      if count == names.count { break }
    }
    if best.count == 0, let first = names.first, (try? RelativePath(first)) != nil,
      let path = try finder.image(endingAs: first, part: source.split)
    {
      // None lies in the default place: the folder of the first that is found is the images'.
      let name = try RelativePath(first)
      let folder = name.parts.indices.reduce(path) { folder, _ in folderPart(folder) }
      if joined(folder, "\(name)") == path { return folder }
    }
    return best.folder
  }

  // MARK: Every file

  /// What became of every file below the folder, or beside a file that was named.
  private func account(
    of splits: [DetectionSplit], _ sources: [Source], in folders: Set<String>
  ) -> FolderAccount {
    let images = Set(splits.lazy.flatMap(\.images).map(\.path))
    guard fileExtension(at: path) != "json" else {
      var account = FolderAccount()
      account.add(.used(as: "annotation files"), path)
      guard options.needsImages else { return account }
      account.add(.used(as: "images"), images.first ?? "", count: images.count)
      for folder in folders.sorted() {
        for image in FolderListing(folder).images where !images.contains(joined(folder, image)) {
          account.add(.leftOut(because: Self.notNamed), image)
        }
      }
      return account
    }
    var ledger = FolderLedger(path)
    for folder in folders where folder != path {
      ledger.noteAll(below: folder, .leftOut(because: Self.notNamed))
    }
    for file in AnnotationScan(path).files("json") {
      ledger.note(
        joined(path, file), .leftOut(because: "JSON beside the annotations that are read"))
    }
    for source in sources { ledger.note(source.file, .used(as: "annotation files")) }
    for image in images { ledger.note(image, .used(as: "images")) }
    return ledger.close()
  }

  private static let notNamed = "that no annotation file names"
}
