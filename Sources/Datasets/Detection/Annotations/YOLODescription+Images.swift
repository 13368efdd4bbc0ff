import Foundation

/// The images of a YOLO data set: by lists, by folders of splits, or all.
extension YOLODescription {
  /// The images of a folder without a description: by lists, by folders of splits, or all.
  func splits(of folder: String) throws -> [Split] {
    let listing = FolderListing(folder)
    // Darknet's lists, as CVAT exports them.
    let lists = listing.files.filter {
      fileExtension($0) == "txt" && SplitUse.isFolder(stem($0))
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
      SplitUse.isFolder($0) && ImageTree.hasImages(listing.path(of: $0))
    }
    if !parts.isEmpty {
      return try parts.map { try split($0, sources: [Self.images(in: listing.path(of: $0))]) }
    }
    return [try split("all", sources: [folder])]
  }

  /// The folder of images in a split's folder, or that itself.
  private static func images(in folder: String) -> String {
    let listing = FolderListing(folder)
    let images = listing.folders.first { FolderNames.images.contains($0.lowercased()) }
    return images.map { listing.path(of: $0) } ?? folder
  }

  /// The images of one purpose, from folders and lists.
  ///
  /// - Throws: `AnnotationError` for a list that names what is not there.
  func split(_ name: String, sources: [String]) throws -> Split {
    var images = try sources.flatMap { source in
      fileExtension(source) == "txt" ? try listed(in: source) : try inFolder(source)
    }
    // Of several folders, or of a list from everywhere, two images may have one name.
    if Set(images.map(\.name)).count < images.count {
      let common = Self.commonFolder(images.map(\.path))
      for position in images.indices {
        images[position].name = String(images[position].path.dropFirst(common.count + 1))
      }
    }
    return Split(
      name: name, images: images,
      ownsItsLabels: !sources.contains { fileExtension($0) == "txt" })
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
        let others = try finder.images(endingAs: written)
        guard others.count < 2 else {
          throw AnnotationError.ambiguousImage(
            file: list, field: "line \(index + 1)", name: written, images: others)
        }
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
    let labels = labelFolders.named(Self.labelFile(of: path))
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
    let range =
      labels.range(of: "/images/", options: .backwards)
      ?? labels.range(of: "/images/", options: [.backwards, .caseInsensitive])
    if let range {
      labels.replaceSubrange(range, with: "/labels/")
    }
    return labels
  }
}

/// The folders of labels by their names on the disk, which may be in any letter case.
final class LabelFolders {
  private var known: [String: String] = [:]

  /// A label file's path with its folder `labels` as it is called there.
  func named(_ file: String) -> String {
    guard let range = file.range(of: "/labels/", options: .backwards) else { return file }
    let above = String(file[..<range.lowerBound])
    let name =
      known[above]
      ?? FolderListing(above).folders.filter { $0.lowercased() == "labels" }
      .max { ($0 == "labels" ? 1 : 0) < ($1 == "labels" ? 1 : 0) } ?? "labels"
    known[above] = name
    return above + "/" + name + "/" + file[range.upperBound...]
  }
}
