import Formatting
import Foundation
import Numbers

/// What lies directly in a folder, sorted by the bytes of its names; hidden things, and what other systems
/// and programs put everywhere for themselves, are left out.
struct FolderListing {
  let path: String
  let folders: [String]
  let files: [String]
  /// What of it is a link to something else.
  let links: [String]
  /// The folders whose names are no UTF-8, so that no path leads to them; for display.
  let foldersWithoutName: [String]
  /// Why the folder cannot be listed, in the system's words; it has then nothing in it.
  let fault: String?

  /// Lists a folder.
  init(_ path: String) {
    self.path = path
    var (folders, files, links): ([String], [String], [String]) = ([], [], [])
    var nameless: [String] = []
    let bytes = Array(path.utf8)
    switch FolderEntry.all(in: bytes) {
    case .failure(let fault): self.fault = fault.reason
    case .success(let entries):
      fault = nil
      for entry in entries {
        guard let name = entry.text else {
          if entry.isFolder(below: bytes) {
            nameless.append(String(decoding: entry.name, as: UTF8.self))
          }
          continue
        }
        guard !name.hasPrefix("."), !Self.isSystems(name) else { continue }
        if entry.isLink { links.append(name) }
        if entry.isFolder(below: bytes) { folders.append(name) } else { files.append(name) }
      }
    }
    (self.folders, self.files, self.links) = (folders, files, links)
    foldersWithoutName = nameless
  }

  /// Lists a folder that has to be read whole.
  ///
  /// - Parameter root: the folder that no link may leave; nil where links may lead anywhere.
  /// - Throws: `DataError.unreadable`, `DataError.linkLeaves`; `LayoutError.nameNotUTF8` for a folder in it
  ///   that no path leads to.
  static func checked(_ folder: String, root: String?) throws -> FolderListing {
    let listing = FolderListing(folder)
    if let fault = listing.fault { throw DataError.unreadable(file: folder, reason: fault) }
    if let name = listing.foldersWithoutName.first {
      throw LayoutError.nameNotUTF8(folder: folder, name: name)
    }
    if let root { try listing.checkLinks(stayWithin: root) }
    return listing
  }

  /// Checks that no link in the folder leads out of another one, in which it lies.
  ///
  /// - Throws: `DataError.linkLeaves`.
  func checkLinks(stayWithin root: String) throws {
    for name in links { try checkLink(path(of: name), staysWithin: root) }
  }

  /// The files that are images by their names.
  var images: [String] { files.filter(Self.isImage) }

  /// Whether the folder is one of Rondo's runs, in which no data lie.
  var isRun: Bool { FolderGlance.isRun(path) }

  /// Whether there is an image.
  var hasImages: Bool { files.contains(where: Self.isImage) }

  /// Where something in the folder lies.
  func path(of name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

  /// What is there, for display: a few names, and how many more.
  var contents: String {
    let names = folders.map { $0 + "/" } + files
    return names.isEmpty ? "nothing" : listed(names, atMost: 6)
  }

  // MARK: Names

  private static let extensions: Set = [
    "jpg", "jpeg", "jpe", "jfif", "mpo", "png", "apng", "webp", "tif", "tiff", "bmp", "dib", "gif",
  ]
  private static let unreadExtensions: Set = [
    "heic", "heif", "avif", "jxl", "jp2", "j2k", "ppm", "pgm", "pbm", "pnm", "tga", "ico", "svg",
    "psd", "exr", "hdr", "pcx", "dds", "dng", "cr2", "cr3", "nef", "arw", "raf", "orf", "rw2",
    "dcm", "nii", "npy", "xcf", "eps", "webm", "mp4", "avi", "mov",
  ]

  /// The kinds of image that are read, for display.
  static let kinds = "JPEG, PNG, WebP, TIFF, BMP, GIF"

  /// Whether a file is an image of a kind that is read, by its name.
  static func isImage(_ name: String) -> Bool { ending(of: name).map(extensions.contains) ?? false }

  /// Whether a file is an image or a film of a kind that is not read, by its name.
  static func isUnreadImage(_ name: String) -> Bool {
    ending(of: name).map(unreadExtensions.contains) ?? false
  }

  private static func ending(of name: String) -> String? {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
    return name[name.utf8.index(after: dot)...].lowercased()
  }

  /// Names that systems and programs give to what they put beside people's files, in small letters.
  private static let systemsNames: Set = [
    "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "__macosx", "__pycache__",
    "$recycle.bin", "recycler", "system volume information", "lost+found", "thumbs.db",
    "ehthumbs.db", "desktop.ini", ".ds_store", ".ipynb_checkpoints", ".git", ".svn", ".dvc",
    ".appledouble", ".spotlight-v100", ".fseventsd", ".trashes", "icon\r",
  ]

  /// Whether a file or folder of this name is another system's or program's own.
  static func isSystems(_ name: String) -> Bool {
    systemsNames.contains(name.lowercased()) || name.hasPrefix("._") || name.hasPrefix(".Trash-")
      || name.hasSuffix("@SynoEAStream") || name.hasSuffix("@SynoResource")
  }
}
