/// Signs in a folder's names that it is a data set of another task: images beside their masks or boxes.
struct LayoutClues {
  private static let imageWords = Set(FolderNames.imagesOfMasks + ["leftimg"])
  private static let maskWords = Set(FolderNames.masks + ["segmentationobject", "gtfine", "gtcoarse"])
  /// Words that mean masks only beside a folder that is called after images.
  private static let maskWordsBesideImages: Set = [
    "annots", "annot", "labelcol", "labelcolor", "labelcolors", "alpha", "alphas", "matte",
    "mattes",
    "depth", "depths",
  ]
  private static let boxWords: Set = [
    "annotations", "annotation", "labels", "label", "bboxes", "boxes", "xml", "xmls",
  ]
  /// What the name of a mask has more than its image's: `a_mask.png`.
  private static let suffixes = [
    "mask", "masks", "label", "labels", "labelids", "gt", "seg", "segmentation", "groundtruth",
  ]

  let listing: FolderListing

  /// Looks at the names in a folder.
  init(_ listing: FolderListing) { self.listing = listing }

  /// Refuses a folder with images beside their masks or annotations.
  ///
  /// - Throws: `LayoutError.otherTask`, with the layout in which they are read.
  func refuseOtherTasks() throws {
    guard let found = pair else { return }
    try refuseBoxes()
    throw LayoutError.otherTask(
      folder: listing.path, images: found.images, labels: found.labels, found.kind)
  }

  /// Refuses a folder with boxes in a format that is read.
  private func refuseBoxes() throws {
    guard let format = AnnotationFormat.recognized(at: listing.path) else { return }
    throw LayoutError.boxes(folder: listing.path, format)
  }

  /// The folders of images and of their labels; nil where there are none.
  private var pair: (images: String, labels: String, kind: LayoutError.Labels)? {
    let labels = listing.folders.filter {
      Self.isNamed($0, Self.maskWords.union(Self.boxWords).union(Self.maskWordsBesideImages))
        || $0.lowercased().hasPrefix("segmentationclass")
    }
    for name in labels {
      let isSaid = !Self.isNamed(name, Self.maskWordsBesideImages)
      let own = FolderListing(listing.path(of: name))
      guard let kind = Self.kind(of: own) else { continue }
      for images in listing.folders where images != name {
        let isImages = Self.isNamed(images, Self.imageWords) && !labels.contains(images)
        guard isImages || isSaid && kind == .masks && belong(own, to: images)
        else { continue }
        guard ImageTree.hasImages(listing.path(of: images)) else { continue }
        return (images, name, kind)
      }
    }
    return nil
  }

  /// Refuses images without folders of classes beside labels in a format that is not read.
  ///
  /// - Parameter images: the folders in this folder in which the images lie; empty where they lie in it.
  /// - Throws: `LayoutError.unreadLabels`.
  func refuseUnreadLabels(of images: [String]) throws {
    try refuseBoxes()
    let places = [("", listing)] + images.map { ($0 + "/", FolderListing(listing.path(of: $0))) }
    for (prefix, place) in places {
      for (ending, kind) in [
        (".xml", LayoutError.UnreadLabels.cvat), (".json", .json), (".csv", .table),
      ] {
        let found = place.files.first {
          let name = $0.lowercased()
          return name.hasSuffix(ending) && !name.contains("submission")
            && (kind != .cvat || name == "annotations.xml")
        }
        guard let found else { continue }
        throw LayoutError.unreadLabels(folder: listing.path, file: prefix + found, kind)
      }
    }
  }

  // MARK: Below folders of classes

  /// How many folders below a class's are looked into.
  private static let deepest = 3

  /// Refuses folders of classes with masks in them, which would be trained on as images of the class.
  ///
  /// - Parameter classes: the folders of classes in this folder.
  /// - Throws: `LayoutError.masksInClasses`, with the layout in which they are read.
  func refuseMasks(in classes: [String]) throws {
    for name in classes {
      guard let found = Self.masks(in: listing.path(of: name), below: 0) else { continue }
      throw LayoutError.masksInClasses(folder: listing.path, name: name, found)
    }
  }

  private static func masks(in folder: String, below depth: Int) -> LayoutError.Masks? {
    let listing = FolderListing(folder)
    let clues = LayoutClues(listing)
    if let found = clues.pair, found.kind == .masks {
      let (images, masks) = (
        FolderListing(listing.path(of: found.images)).images.count,
        FolderListing(listing.path(of: found.labels)).images.count
      )
      return images == 1 && masks > 0
        ? .ofObjects(images: found.images, masks: found.labels)
        : .inFolder(images: found.images, masks: found.labels)
    }
    if let mask = clues.maskBesideImage { return .byName(image: mask.image, mask: mask.mask) }
    if let masks = clues.folderOfMasks { return .inFolder(images: nil, masks: masks) }
    guard depth < deepest else { return nil }
    return listing.folders.lazy.compactMap { masks(in: listing.path(of: $0), below: depth + 1) }
      .first
  }

  /// The first mask that lies beside its image, where at least half of the images have one by its name.
  private var maskBesideImage: (image: String, mask: String)? {
    let files = listing.images
    guard !files.isEmpty else { return nil }
    // Most folders have no such name, and a folder may have a million: a few of them are looked at first.
    let step = max(1, files.count / 100)
    let sample = stride(from: 0, to: files.count, by: step).map { files[$0] }
    let called = sample.count { Self.image(ofMask: $0) != nil }
    guard called * 6 >= sample.count else { return nil }
    let images = Dictionary(
      files.map { (stem($0).lowercased(), $0) }, uniquingKeysWith: { first, _ in first })
    var withMask: Set<String> = []
    var first: (image: String, mask: String)?
    var masks = 0
    for file in files {
      guard let name = Self.image(ofMask: file), let image = images[name], image != file else {
        continue
      }
      masks += 1
      withMask.insert(name)
      if first == nil { first = (image, file) }
    }
    return withMask.count * 2 >= files.count - masks ? first : nil
  }

  /// The name of a mask's image, in lower case, where the name says that it is a mask.
  private static func image(ofMask file: String) -> String? {
    let name = stem(file).lowercased()
    let digits = name.reversed().prefix { $0.isNumber }
    // `benign (1)_mask_1` is a second mask of the same image.
    let numbered = name.dropLast(digits.count)
    let plain =
      !digits.isEmpty && numbered.hasSuffix("_") && numbered.dropLast().hasSuffix("_mask")
      ? String(numbered.dropLast()) : name
    guard let position = plain.lastIndex(where: { $0 == "_" || $0 == "-" || $0 == " " }),
      suffixes.contains(String(plain[plain.index(after: position)...])), position > plain.startIndex
    else { return nil }
    return String(plain[..<position])
  }

  /// A folder of masks of the images that lie beside it.
  private var folderOfMasks: String? {
    guard listing.hasImages else { return nil }
    let known = Set(listing.images.map { stem($0).lowercased() })
    return listing.folders.first { name in
      guard Self.isNamed(name, Self.maskWords) else { return false }
      let names = FolderListing(listing.path(of: name)).images.map {
        Self.withoutSuffix(stem($0).lowercased())
      }
      return !names.isEmpty && names.count(where: known.contains) * 10 >= names.count * 9
    }
  }

  // MARK: Names

  /// Words that make of a mask one that is worn, or none.
  private static let otherWords: Set = [
    "with", "without", "no", "not", "non", "un", "wearing", "weared", "wear", "worn", "incorrect",
    "incorrectly", "correct", "correctly", "improper", "proper", "face", "surgical", "cloth",
  ]

  /// Whether one of a name's words is among these; case and what stands between words do not count.
  private static func isNamed(_ name: String, _ wanted: Set<String>) -> Bool {
    let words = name.lowercased().split { !$0.isLetter }.map(String.init)
    guard Self.otherWords.isDisjoint(with: words) else { return false }
    return wanted.contains(words.joined()) || words.contains(where: wanted.contains)
  }

  /// What a folder of labels holds, in it or in the folders of its splits; nil where it holds nothing.
  private static func kind(
    of listing: FolderListing, below depth: Int = 0
  ) -> LayoutError.Labels? {
    if listing.hasImages { return .masks }
    for (ending, kind) in [(".xml", LayoutError.Labels.voc), (".txt", .yolo), (".json", .coco)] {
      let files = listing.files.filter { $0.lowercased().hasSuffix(ending) }
      guard !files.isEmpty else { continue }
      // KITTI's and VisDrone's labels are text as well.
      let isOther = kind == .yolo && AnnotationScan.isKITTIOrVisDrone(listing.path(of: files[0]))
      return isOther ? .text : kind
    }
    guard depth < deepest else { return listing.files.isEmpty ? nil : .other }
    for name in listing.folders {
      if let kind = kind(of: FolderListing(listing.path(of: name)), below: depth + 1) {
        return kind
      }
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
    guard let position = stem.lastIndex(where: { $0 == "_" || $0 == "-" }),
      suffixes.contains(String(stem[stem.index(after: position)...]))
    else { return stem }
    return String(stem[..<position])
  }
}
