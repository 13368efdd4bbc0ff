import Foundation

/// What lies directly in a folder, sorted by the bytes of its names; hidden things are left out.
struct FolderListing {
  let path: String
  let folders: [String]
  let files: [String]

  /// Lists a folder; one that cannot be read has nothing in it.
  init(_ path: String) {
    self.path = path
    var (folders, files): ([String], [String]) = ([], [])
    let url = URL(fileURLWithPath: path, isDirectory: true)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    for name in names where !name.hasPrefix(".") {
      // Asking the system about every image would cost more than listing them.
      if Self.isImage(name) {
        files.append(name)
        continue
      }
      var isFolder: ObjCBool = false
      let full = url.appendingPathComponent(name).path
      guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue { folders.append(name) } else { files.append(name) }
    }
    self.folders = Self.byBytes(folders)
    self.files = Self.byBytes(files)
  }

  /// The files that are images by their names.
  var images: [String] { files.filter(Self.isImage) }

  /// Whether there is an image.
  var hasImages: Bool { files.contains(where: Self.isImage) }

  /// Where something in the folder lies.
  func path(of name: String) -> String { path.hasSuffix("/") ? path + name : path + "/" + name }

  /// What is there, for people: a few names, and how many more.
  var words: String {
    let names = folders.map { $0 + "/" } + files
    guard !names.isEmpty else { return "nothing" }
    let rest = names.count - 6
    return names.prefix(6).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }

  private static let extensions = ["jpg", "jpeg", "png"]

  static func isImage(_ name: String) -> Bool {
    guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")) else { return false }
    return extensions.contains(String(name[name.utf8.index(after: dot)...]).lowercased())
  }

  /// By bytes, as a file system of any language sorts, and not by what looks alike.
  private static func byBytes(_ names: [String]) -> [String] {
    names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
