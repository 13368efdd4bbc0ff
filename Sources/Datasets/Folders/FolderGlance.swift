import Foundation

/// What has to be known of a folder to tell classes from others, without the names of its files, of which there may be
/// many thousands.
struct FolderGlance {
  /// Whether an image lies directly in the folder.
  let hasImages: Bool
  /// The paths of the folders in it, but for hidden ones.
  let folders: [String]

  /// Looks at a folder; one that cannot be listed has nothing in it.
  init(_ folder: String) {
    let path = Array(folder.utf8)
    var (hasImages, folders) = (false, [FolderEntry]())
    _ = FolderEntry.forEach(in: path) { name, kind in
      guard kind != .other || !hasImages, name.first != UInt8(ascii: ".") else { return }
      let entry = FolderEntry(name: Array(name), kind: kind)
      if entry.isFolder(below: path) {
        folders.append(entry)
      } else if !hasImages, let text = entry.text {
        hasImages = FolderListing.isImage(text) && !FolderListing.isSystems(text)
      }
    }
    self.hasImages = hasImages
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    // In one order on every file system.
    self.folders = folders.compactMap(\.text).filter { !FolderListing.isSystems($0) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { prefix + $0 }
  }

  /// Whether a folder is one of Rondo's runs, in which no data lie.
  static func isRun(_ folder: String) -> Bool {
    func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + name) }
    return isThere("config.yaml") && (isThere("metrics.csv") || isThere("checkpoints"))
  }
}
