/// Signs in a folder's names that it is a data set of another task: images beside their masks or boxes.
struct LayoutClues {
  private static let imageWords: Set = [
    "images", "image", "imgs", "img", "jpegimages", "photos", "pictures", "inputs", "input",
    "frames", "originals", "original", "rgb",
  ]
  private static let maskWords: Set = [
    "masks", "mask", "instances", "segmentation", "segmentations", "segmentationclass",
    "segmentationobject", "seg", "segs", "groundtruth", "gt", "trimaps", "trimap", "targets",
  ]
  private static let boxWords: Set = [
    "annotations", "annotation", "labels", "label", "bboxes", "boxes", "xml", "xmls",
  ]
  /// What the name of a mask has more than its image's: `a_mask.png`.
  private static let suffixes = ["mask", "masks", "label", "labels", "labelids", "gt", "seg"]

  private let listing: FolderListing

  /// Looks at the names in a folder.
  init(_ listing: FolderListing) { self.listing = listing }

  /// Refuses a folder with images beside their masks or annotations.
  ///
  /// - Throws: `LayoutError.otherTask`, with the layout in which they are read.
  func refuseOtherTasks() throws {
    let labels = listing.folders.filter { Self.isNamed($0, Self.maskWords.union(Self.boxWords)) }
    for name in labels {
      let own = FolderListing(listing.path(of: name))
      guard let kind = Self.kind(of: own) else { continue }
      for images in listing.folders where images != name {
        let isImages = Self.isNamed(images, Self.imageWords) && !labels.contains(images)
        guard isImages || kind == .masks && belong(own, to: images) else { continue }
        guard ImageTree.hasImages(listing.path(of: images)) else { continue }
        throw LayoutError.otherTask(folder: listing.path, images: images, labels: name, kind)
      }
    }
  }

  /// Whether one of a name's words is among these; case and what stands between words do not count.
  private static func isNamed(_ name: String, _ wanted: Set<String>) -> Bool {
    let words = name.lowercased().split { !$0.isLetter }.map(String.init)
    return wanted.contains(words.joined()) || words.contains(where: wanted.contains)
  }

  /// What a folder of labels holds, in it or in the folders of its parts; nil where it holds nothing.
  private static func kind(of listing: FolderListing) -> LayoutError.Labels? {
    if listing.hasImages { return .masks }
    for (ending, kind) in [(".xml", LayoutError.Labels.voc), (".txt", .yolo), (".json", .coco)] {
      if listing.files.contains(where: { $0.lowercased().hasSuffix(ending) }) { return kind }
    }
    for name in listing.folders {
      if let kind = kind(of: FolderListing(listing.path(of: name))) { return kind }
    }
    return listing.files.isEmpty ? nil : .other
  }

  /// Whether nearly every mask has an image of its name in another folder.
  ///
  /// Names of digits alone say nothing: classes are numbered too.
  private func belong(_ masks: FolderListing, to images: String) -> Bool {
    let known = Set(FolderListing(listing.path(of: images)).images.map { stem($0).lowercased() })
    let names = masks.images.map { Self.withoutSuffix(stem($0).lowercased()) }
      .filter { $0.contains(where: \.isLetter) }
    guard !names.isEmpty, !known.isEmpty else { return false }
    return names.count(where: known.contains) * 10 >= masks.images.count * 9
  }

  private static func withoutSuffix(_ stem: String) -> String {
    guard let place = stem.lastIndex(where: { $0 == "_" || $0 == "-" }),
      suffixes.contains(String(stem[stem.index(after: place)...]))
    else { return stem }
    return String(stem[..<place])
  }
}
