/// The images below a folder, at any depth, as torchvision's `ImageFolder` reads a class.
enum ImageTree {
  /// Whether there is an image in a folder or below it.
  static func hasImages(_ folder: String) -> Bool {
    var entered: Set<FileIdentity> = []
    return hasImages(folder, &entered)
  }

  private static func hasImages(_ folder: String, _ entered: inout Set<FileIdentity>) -> Bool {
    let glance = FolderGlance(folder)
    if glance.hasImages { return true }
    // With links there may be many more ways than folders.
    guard !glance.folders.isEmpty, let own = FileIdentity(of: folder),
      entered.insert(own).inserted
    else { return false }
    return glance.folders.contains { hasImages($0, &entered) }
  }

  /// The paths of a folder's images: its own by the bytes of their names, then those of its folders, each of which is
  /// read once, however many links lead to it.
  ///
  /// - Parameter root: the folder that no link may leave; nil where links may lead anywhere.
  /// - Throws: `DataError` for a folder that cannot be read and a link that leaves; `LayoutError` for a
  ///   name that is no UTF-8 and a link that leads to a folder above it.
  static func images(below folder: String, root: String?) throws -> [String] {
    let above = [folder, folder + "/.."].compactMap { FileIdentity(of: $0) }
    let listing = try FolderListing.checked(folder, root: root)
    var entered: Set<FileIdentity> = []
    return try listing.images.map(listing.path(of:))
      + listing.folders.flatMap {
        try images(below: listing.path(of: $0), root, above: above, &entered)
      }
  }

  private static func images(
    below folder: String, _ root: String?, above: [FileIdentity],
    _ entered: inout Set<FileIdentity>
  ) throws -> [String] {
    let own = FileIdentity(of: folder)
    if let own, above.contains(own) { throw LayoutError.linkToAbove(link: folder) }
    if let own, !entered.insert(own).inserted { return [] }
    let listing = try FolderListing.checked(folder, root: root)
    let above = above + [own].compactMap(\.self)
    return try listing.images.map(listing.path(of:))
      + listing.folders.flatMap {
        try images(below: listing.path(of: $0), root, above: above, &entered)
      }
  }
}
