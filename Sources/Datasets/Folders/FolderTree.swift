import Foundation

/// Every file below a folder, by its path from there: `train/images/a.jpg`.
///
/// Hidden files and Rondo's run folders are left out. A link to a folder, or to anything but an image, must stay within the root
/// unless links are trusted; a link to an image may lead anywhere, as those do that `data convert` makes.
struct FolderTree: Sendable {
  let root: String
  /// The files, folder by folder, in each sorted by the bytes of their names.
  private(set) var files: [String] = []
  /// The folders, each before those in it.
  private(set) var folders: [String] = []

  /// Lists a folder and those below it.
  ///
  /// - Throws: `DataError.unreadable` for a folder that cannot be listed, `DataError.linkLeaves`.
  init(_ root: String, allowsLinks: Bool = false) throws {
    self.root = root
    var waiting = [""]
    // Only links lead in circles, so only the folders that links lead to have to be known.
    var entered: Set<String> = [realPath(root) ?? root]
    while let folder = waiting.popLast() {
      let listing = FolderListing(joined(root, folder))
      if let fault = listing.fault {
        throw DataError.unreadable(file: listing.path, reason: fault)
      }
      if listing.isRun { continue }
      let links = Set(listing.links)
      for name in listing.links where !FolderListing.isImage(name) && !allowsLinks {
        try checkLink(listing.path(of: name), staysWithin: root)
      }
      files += listing.files.map { joined(folder, $0) }
      var below: [String] = []
      for name in listing.folders {
        if links.contains(name), let real = realPath(listing.path(of: name)),
          !entered.insert(real).inserted
        {
          continue
        }
        below.append(joined(folder, name))
      }
      folders += below
      waiting += below.reversed()
    }
  }

  /// The images among the files.
  var images: [String] { files.filter(FolderListing.isImage) }

  /// Where a file lies.
  func path(of file: String) -> String { joined(root, file) }

  /// The folders in one of them, by their last parts in lower case.
  func folders(in folder: String, named names: [String]) -> [String] {
    let there = folders.filter { folderPart($0) == folder }
    return names.flatMap { name in there.filter { lastPart($0).lowercased() == name } }
  }
}
