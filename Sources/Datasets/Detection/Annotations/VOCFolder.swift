import Boxes
import Foundation
import Synchronization

/// A folder in PASCAL VOC's format.
///
/// - Source: *The PASCAL Visual Object Classes Challenge 2012 Development Kit*, section 3.
struct VOCFolder {
  let path: String
  let options: DetectionOptions

  /// Reads the listed images, or all where there are no lists.
  func read() throws -> DetectionData {
    let layout = try VOCLayout(path, allowsLinks: options.allowsLinks)
    guard !layout.entries.isEmpty else {
      throw AnnotationError.unrecognized(path: path, nearest: AnnotationScan(path).nearest)
    }
    try checkNames(layout)
    let listed = try VOCLists(layout)
    let lists = listed.lists.isEmpty ? parts(of: layout) : listed.lists
    let wanted = Set(lists.flatMap(\.ids))
    let entries = layout.entries.filter { wanted.contains($0.id) }
    let read = try annotations(entries)
    for (entry, annotation) in zip(entries, read) {
      try ClassNames.check(annotation.objects.map(\.name), in: layout.tree.path(of: entry.file))
    }
    let names = Array(Set(read.flatMap { $0.objects.map(\.name) })).sorted()
    let labels = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
    var found = try zip(entries, read).map { entry, annotation in
      let image = try location(of: entry, annotation, layout)
      guard annotation.size != nil || options.needsImages else {
        throw AnnotationError.missing(file: layout.tree.path(of: entry.file), field: "size/width")
      }
      return AnnotatedImage(
        name: image.name, path: image.path, width: annotation.size?.width ?? 0, height: annotation.size?.height ?? 0)
    }
    // What no file says is looked up in the image.
    let broken = found.measure(read.indices.filter { read[$0].size == nil })
    var sieve = BoxFilter()
    var images: [String: AnnotatedImage] = [:]
    for (place, (entry, annotation)) in zip(entries, read).enumerated() {
      var image = found[place]
      let objects = broken.contains(place) ? [] : annotation.objects
      image.boxes = objects.enumerated().compactMap { index, object in
        let label = labels[object.name]
        let passes = sieve.passes(
          object.box, label: label, class: "'\(object.name)'", width: image.width, height: image.height,
          file: layout.tree.path(of: entry.file), field: "object[\(index + 1)]")
        return passes
          ? label.map {
            AnnotatedBox(
              object.box, label: $0, isCrowd: object.isCrowd, isDifficult: object.isDifficult)
          } : nil
      }
      images[entry.id] = image
    }
    let account = try account(layout, images, listed)
    let splits = lists.map { list in
      DetectionSplit(name: list.name, images: list.ids.compactMap { images[$0] })
    }
    return DetectionData(
      classNames: names, splits: withoutPartFolders(splits), leftOut: sieve.leftOut,
      account: account)
  }

  /// Refuses two annotations whose names are the same letters: lists could mean either.
  private func checkNames(_ layout: VOCLayout) throws {
    var files: [String: String] = [:]
    for entry in layout.entries {
      let file = layout.tree.path(of: entry.file)
      if let other = files.updateValue(file, forKey: entry.id) {
        throw AnnotationError.duplicate(
          file: file, field: "its name",
          what: "\(other) has the same letters, perhaps in another Unicode form")
      }
    }
  }

  /// The splits that folders name; all annotations are one where none does.
  private func parts(of layout: VOCLayout) -> [VOCLists.List] {
    let named = Dictionary(grouping: layout.entries) { $0.part }
    guard named.keys.contains(where: { $0 != nil }) else {
      return [VOCLists.List(name: "all", ids: layout.entries.map(\.id))]
    }
    return named.sorted { ($0.key ?? "all") < ($1.key ?? "all") }
      .map { VOCLists.List(name: $0 ?? "all", ids: $1.map(\.id)) }
  }

  /// Where each split has its images in a folder of its own name, as Rondo writes them where splits have
  /// images of one name, the folder is no part of their names.
  private func withoutPartFolders(_ splits: [DetectionSplit]) -> [DetectionSplit] {
    guard
      splits.allSatisfy({ split in
        split.images.allSatisfy { $0.name.hasPrefix(split.name + "/") }
      })
    else { return splits }
    return splits.map { split in
      var split = split
      for location in split.images.indices {
        split.images[location].name = String(
          split.images[location].name.dropFirst(split.name.count + 1))
      }
      return split
    }
  }

  // MARK: Files

  /// Reads files on all cores; of several bad ones the first by name is reported.
  private func annotations(_ entries: [VOCLayout.Entry]) throws -> [VOCAnnotation] {
    let results = Mutex([Result<VOCAnnotation, any Error>?](repeating: nil, count: entries.count))
    onAllCores(entries.count, makeWorker: {}) { _, index in
      let result = Result { try VOCAnnotation(file: joined(path, entries[index].file)) }
      results.withLock { $0[index] = result }
    }
    return try results.withLock { $0 }.compactMap { try $0?.get() }
  }

  private func location(
    of entry: VOCLayout.Entry, _ annotation: VOCAnnotation, _ layout: VOCLayout
  ) throws -> (name: String, path: String) {
    if let found = layout.image(of: entry, named: annotation.fileName) {
      return (found.name, layout.tree.path(of: found.file))
    }
    let written =
      annotation.fileName.flatMap { RelativePath.tail(of: $0).last } ?? lastPart(entry.id) + ".jpg"
    let likeliest = entry.locations.first
    let path = layout.tree.path(of: joined(likeliest?.folder ?? "", written))
    guard !options.needsImages else {
      throw AnnotationError.missingImage(file: layout.tree.path(of: entry.file), image: path)
    }
    return (joined(likeliest?.prefix ?? "", written), path)
  }

  // MARK: What is not used

  /// What became of every file.
  ///
  /// - Throws: `AnnotationError.fewAnnotated` where nearly all images are without annotations.
  private func account(
    _ layout: VOCLayout, _ images: [String: AnnotatedImage], _ listed: VOCLists
  ) throws -> FolderAccount {
    var ledger = FolderLedger(path)
    let used = Set(images.values.map(\.path))
    for file in listed.files { ledger.note(file, .used(as: "lists")) }
    for file in listed.ofClasses {
      ledger.note(file, .leftOut(because: "lists of the images of one class"))
    }
    for file in layout.otherFiles {
      ledger.note(layout.tree.path(of: file), .leftOut(because: "XML of another format"))
    }
    for entry in layout.entries {
      let isUsed = images[entry.id] != nil
      ledger.note(
        layout.tree.path(of: entry.file),
        isUsed ? .used(as: "annotation files") : .leftOut(because: "annotations that no list names")
      )
    }
    let folders = Set(
      layout.entries.compactMap { $0.locations.first?.folder }
        + layout.entries.compactMap { images[$0.id] }
        .map { folderPart(String($0.path.dropFirst(path.count + 1))) })
    let isListed = !listed.lists.isEmpty
    var missing: [String] = []
    for image in layout.tree.images where folders.contains(folderPart(image)) {
      let path = layout.tree.path(of: image)
      guard !used.contains(path) else { continue }
      missing.append(path)
      ledger.note(
        path,
        .leftOut(because: isListed ? "images that no list names" : "images without an annotation"))
    }
    for image in used { ledger.note(image, .used(as: "images")) }
    if options.needsImages, !isListed, missing.count >= 9 * used.count, let first = missing.first {
      throw AnnotationError.fewAnnotated(
        path: path, missing: missing.count, of: missing.count + used.count, image: first,
        lookedFor: stem(lastPart(first)) + ".xml")
    }
    return ledger.close()
  }
}
