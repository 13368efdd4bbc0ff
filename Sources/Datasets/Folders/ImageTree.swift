/// The images below a folder, at any depth, as torchvision's `ImageFolder` reads a class.
enum ImageTree {
  /// Whether there is an image in a folder or below it.
  static func hasImages(_ folder: String) -> Bool { hasImages(folder, above: []) }

  private static func hasImages(_ folder: String, above: [FileIdentity]) -> Bool {
    let listing = FolderListing(folder)
    if listing.hasImages { return true }
    guard !listing.folders.isEmpty, let own = FileIdentity(of: folder), !above.contains(own)
    else {
      return false
    }
    return listing.folders.contains { hasImages(listing.path(of: $0), above: above + [own]) }
  }

  /// The paths of a folder's images: its own by the bytes of their names, then those of its folders.
  ///
  /// - Parameter root: the folder that no link may leave; nil where links may lead anywhere.
  /// - Throws: `DataError` for a folder that cannot be read and a link that leaves; `LayoutError` for a
  ///   name that is no UTF-8 and a link that leads to a folder above it.
  static func images(below folder: String, root: String?) throws -> [String] {
    let above = [folder, folder + "/.."].compactMap { FileIdentity(of: $0) }
    let listing = try FolderListing.checked(folder, root: root)
    return try listing.images.map(listing.path(of:))
      + listing.folders.flatMap { try images(below: listing.path(of: $0), root, above: above) }
  }

  private static func images(
    below folder: String, _ root: String?, above: [FileIdentity]
  ) throws -> [String] {
    let own = FileIdentity(of: folder)
    if let own, above.contains(own) { throw LayoutError.linkToAbove(link: folder) }
    let listing = try FolderListing.checked(folder, root: root)
    let above = above + [own].compactMap(\.self)
    return try listing.images.map(listing.path(of:))
      + listing.folders.flatMap { try images(below: listing.path(of: $0), root, above: above) }
  }
}
