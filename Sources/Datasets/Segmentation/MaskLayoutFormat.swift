import Foundation

/// A format in which images lie beside their masks.
public enum MaskLayoutFormat: Sendable, Hashable {
  /// `images/` beside `masks/` or `instances/`, perhaps below a folder for each split, or with one in each.
  case folders
  /// PASCAL VOC's: `JPEGImages/`, `SegmentationClass/` and lists in `ImageSets/Segmentation/`.
  case voc
  /// Tar shards in which each image has its mask under its name.
  case shards

  /// Recognizes the format of what lies at a path; nil for neither.
  public static func recognized(at path: String) -> MaskLayoutFormat? {
    let listing = FolderListing(path)
    if vocFolders(in: listing) != nil { return .voc }
    let parts = MaskLayout.parts(of: listing)
    guard !parts.isEmpty else { return ShardContent.first(of: path) == .masks ? .shards : nil }
    // Folders called masks or instances are what they say; of others the names of files must tell.
    return parts.contains { isSaid($0) || MaskPairs.hasPairs($0) } ? .folders : nil
  }

  private static func isSaid(_ part: MaskLayout.Part) -> Bool {
    ["masks", "mask", "instances", "instance", "segmentationclass"].contains(
      lastPart(part.masks).lowercased())
      || part.masks.lowercased().split(separator: "/").suffix(2).contains {
        $0 == "masks" || $0 == "instances"
      }
  }

  /// VOC's folders of images and of masks, in any letter case.
  static func vocFolders(in listing: FolderListing) -> (images: String, masks: String)? {
    func folder(_ name: String) -> String? {
      listing.folders.first { $0.lowercased() == name }.map(listing.path(of:))
    }
    guard let images = folder("jpegimages"), let masks = folder("segmentationclass"),
      FolderListing(masks).hasImages
    else { return nil }
    return (images, masks)
  }

  /// What a folder comes nearest to where no format is recognized, and what is missing; nil where it is
  /// like none.
  public static func nearest(at path: String) -> String? {
    let listing = FolderListing(path)
    func first(_ names: [String]) -> String? {
      listing.folders.first { names.contains($0.lowercased()) }
    }
    if let masks = first(MaskLayout.maskNames), ImageTree.hasImages(listing.path(of: masks)),
      first(FolderNames.imagesOfMasks) == nil
    {
      return "\(masks)/ has pictures that may be masks, but there is no images/ beside it with the "
        + "images that they are of"
    }
    if let images = first(FolderNames.imagesOfMasks), let masks = first(MaskLayout.maskNames),
      ImageTree.hasImages(listing.path(of: images)),
      ImageTree.hasImages(listing.path(of: masks))
    {
      return
        "\(images)/ and \(masks)/ look like images and masks, but no mask has an image's "
        + "name; give each mask its image's name, as masks/ID.png"
    }
    return nil
  }
}
