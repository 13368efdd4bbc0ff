/// Where the images and masks of a folder lie.
///
/// Folders are known by their common names, in any letter case: `images/` or `JPEGImages/` beside `masks/`,
/// `labels/`, `SegmentationClass/` and the like, above, below or beside the folders of splits.
struct MaskLayout {
  /// Two folders, of images and of their masks, which may be the same one.
  struct Part {
    /// What the split is for, `train`, `val` or `test`; nil where all splits lie together.
    var name: String?
    /// The folder that named it, for display.
    var folder: String?
    var images: String
    var masks: String
    /// Whether the masks are maps of instances by their folder's name.
    var isInstances: Bool

    /// Whether images and masks lie in one folder, told apart by the masks' names.
    var isTogether: Bool { images == masks }
  }

  /// A folder of outputs beside labels may be a model's.
  static let maskNames =
    FolderNames.usualMasks + ["labels", "label", "annotations", "annotation"] + FolderNames.rarerMasks
    + ["annots", "annot"]

  /// The folders of images and masks in a folder; none where nothing is recognized.
  static func parts(of listing: FolderListing) -> [Part] {
    if let whole = part(of: listing) {
      if FolderListing(whole.images).hasImages { return [whole] }
      let parts = parts(in: whole)
      return parts.isEmpty && ImageTree.hasImages(whole.images) ? [whole] : parts
    }
    let inParts = listing.folders.compactMap { folder -> Part? in
      guard let name = partName(folder) else { return nil }
      let own = FolderListing(listing.path(of: folder))
      var found = part(of: own) ?? beside(folder, listing) ?? together(own)
      found?.name = name
      found?.folder = folder
      return found
    }
    if !inParts.isEmpty { return inParts }
    return together(listing).map { [$0] } ?? []
  }

  /// What a folder's split is for, as `MaskFolderReader` names splits.
  static func partName(_ folder: String) -> String? {
    guard SplitUse.isFolder(folder), let purpose = SplitUse(folder) else { return nil }
    switch purpose {
    case .both, .train: return "train"
    case .validation: return "val"
    case .test: return "test"
    }
  }

  /// Images beside masks.
  private static func part(of listing: FolderListing) -> Part? {
    func folder(_ names: [String], where isGood: (String) -> Bool) -> String? {
      names.lazy.flatMap { name in listing.folders.filter { $0.lowercased() == name } }
        .first { isGood(listing.path(of: $0)) }
    }
    guard let images = folder(FolderNames.imagesOfMasks, where: ImageTree.hasImages) else { return nil }
    // Folders by these names may hold other annotations; by masks and instances they are what they say.
    guard let masks = folder(maskNames, where: ImageTree.hasImages) else { return nil }
    return Part(
      images: listing.path(of: images), masks: listing.path(of: masks),
      isInstances: FolderNames.instances.contains(masks.lowercased()))
  }

  /// `images/train` and `masks/train`.
  private static func parts(in whole: Part) -> [Part] {
    let (images, masks) = (FolderListing(whole.images), FolderListing(whole.masks))
    return images.folders.compactMap { folder in
      guard let name = partName(folder) else { return nil }
      let other = masks.folders.first { $0.lowercased() == folder.lowercased() }
      guard let other else { return nil }
      return Part(
        name: name, folder: folder, images: images.path(of: folder), masks: masks.path(of: other),
        isInstances: whole.isInstances)
    }
  }

  /// `train` and `train_masks` or `trainannot`, as SegNet's and Carvana's sets have them.
  private static func beside(_ folder: String, _ listing: FolderListing) -> Part? {
    let own = FolderListing(listing.path(of: folder))
    guard own.hasImages else { return nil }
    let masks = listing.folders.first { other in
      let (name, part) = (other.lowercased(), folder.lowercased())
      guard name.hasPrefix(part), name != part else { return false }
      let rest = name.dropFirst(part.count).drop { $0 == "_" || $0 == "-" || $0 == " " }
      return maskNames.contains(String(rest))
    }
    guard let masks, FolderListing(listing.path(of: masks)).hasImages else { return nil }
    return Part(
      images: own.path, masks: listing.path(of: masks),
      isInstances: FolderNames.instances.contains { masks.lowercased().hasSuffix($0) })
  }

  /// Images and masks in one folder: most images have a mask that is called as they are, with an ending.
  private static func together(_ listing: FolderListing) -> Part? {
    let names = Set(listing.images.map(stem))
    let masks = names.filter { MaskNames.image(ofMask: $0).map(names.contains) ?? false }
    guard !masks.isEmpty, masks.count * 3 >= names.count else { return nil }
    return Part(images: listing.path, masks: listing.path, isInstances: false)
  }
}

/// How masks are called after their images.
enum MaskNames {
  private static let endings = [
    "mask", "masks", "seg", "segmentation", "gt", "label", "labels", "labelids", "groundtruth",
    "instances", "l",
  ]
  private static let imageEndings = ["image", "img", "leftimg8bit", "rgb"]
  private static let beginnings = ["mask", "seg", "gt", "label"]

  /// The image's name of a mask that is called as it is, with an ending or a beginning: of `a_mask` it is
  /// `a`; nil where the name is plain.
  static func image(ofMask name: String) -> String? {
    without(endings, name)
      ?? beginnings.lazy.compactMap { word in
        let lower = name.lowercased()
        guard lower.hasPrefix(word + "_") || lower.hasPrefix(word + "-"),
          lower.count > word.count + 1
        else { return nil }
        return String(name.dropFirst(word.count + 1))
      }.first
  }

  /// An image's name without an ending that says that it is one.
  static func plain(image name: String) -> String { without(imageEndings, name) ?? name }

  private static func without(_ words: [String], _ name: String) -> String? {
    let lower = name.lowercased()
    for word in words.sorted(by: { $0.count > $1.count }) {
      for mark in ["_", "-", ".", " "] where lower.hasSuffix(mark + word) {
        let rest = name.dropLast(word.count + 1)
        return rest.isEmpty ? nil : String(rest)
      }
    }
    return nil
  }
}
