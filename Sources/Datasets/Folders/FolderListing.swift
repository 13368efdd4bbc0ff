import Foundation
import Words

/// What lies directly in a folder, sorted by the bytes of its names; hidden things are left out.
struct FolderListing {
  let path: String
  let folders: [String]
  let files: [String]
  /// What of it is a link to something else.
  let links: [String]
  /// Why the folder cannot be listed, in the system's words; it has then nothing in it.
  let fault: String?

  /// Lists a folder.
  init(_ path: String) {
    self.path = path
    var (folders, files, links): ([String], [String], [String]) = ([], [], [])
    let (entries, fault) = Self.entries(of: path)
    for (name, kind) in entries where !name.hasPrefix(".") {
      if kind == .link { links.append(name) }
      // Asking the system about every image would cost more than listing them.
      if Self.isImage(name) {
        files.append(name)
        continue
      }
      var isFolder: ObjCBool = false
      let full = Self.join(path, name)
      guard FileManager.default.fileExists(atPath: full, isDirectory: &isFolder) else { continue }
      if isFolder.boolValue { folders.append(name) } else { files.append(name) }
    }
    self.folders = Self.byBytes(folders)
    self.files = Self.byBytes(files)
    self.links = Self.byBytes(links)
    self.fault = fault
  }

  private enum Kind { case link, other }

  /// Reads the names in a folder, and which are links: the system says it with the name.
  private static func entries(of path: String) -> (entries: [(String, Kind)], fault: String?) {
    guard let folder = opendir(path) else { return ([], systemReason()) }
    defer { closedir(folder) }
    var entries: [(String, Kind)] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: name.pointee)) {
          String(cString: $0)
        }
      }
      var kind = Int32(entry.pointee.d_type) == Int32(DT_LNK) ? Kind.link : .other
      if Int32(entry.pointee.d_type) == Int32(DT_UNKNOWN) {
        var status = stat()
        if lstat(join(path, name), &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
          kind = .link
        }
      }
      entries.append((name, kind))
    }
    return (entries, nil)
  }

  /// Checks that no link in the folder leads out of another one, in which it lies.
  ///
  /// - Throws: `DataError.linkLeaves`.
  func checkLinks(stayWithin root: String) throws {
    guard !links.isEmpty, let home = Self.resolved(root) else { return }
    for name in links {
      let link = self.path(of: name)
      guard let target = Self.resolved(link) else { continue }
      guard target == home || target.hasPrefix(home + "/") else {
        throw DataError.linkLeaves(link: link, target: target, folder: root)
      }
    }
  }

  private static func resolved(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The files that are images by their names.
  var images: [String] { files.filter(Self.isImage) }

  /// Whether there is an image.
  var hasImages: Bool { files.contains(where: Self.isImage) }

  /// Where something in the folder lies.
  func path(of name: String) -> String { Self.join(path, name) }

  private static func join(_ folder: String, _ name: String) -> String {
    folder.hasSuffix("/") ? folder + name : folder + "/" + name
  }

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
