import Formatting
import Foundation
import Numbers

/// Every file below a folder, hidden ones too, in the order of their names' bytes.
///
/// Links are followed; a folder that was entered is not entered again, whichever way leads to it, since the ways
/// may be many more than the folders. Names are bytes, since not every name is UTF-8.
struct FolderWalk: Sequence, IteratorProtocol {
  /// A file, or something else that is no folder.
  struct File {
    /// Its path below the folder.
    let bytes: [UInt8]
    /// Why there is only the name of a folder: it cannot be listed, or was entered by another name.
    fileprivate(set) var closedFolder: String?

    /// The path for display; bytes that are no UTF-8 are shown as such.
    var displayPath: String { String(decoding: bytes, as: UTF8.self) }

    /// Why a file is left out that nobody asked for.
    ///
    /// - Parameter strayImages: the reason for an image.
    func reasonToLeaveOut(strayImages: String) -> String {
      if let closedFolder { return closedFolder }
      guard let path = String(validating: bytes, as: UTF8.self) else {
        return "whose names are not UTF-8"
      }
      let names = path.split(separator: "/").map(String.init)
      if names.contains(where: FolderListing.isSystems) { return "of other systems or programs" }
      if names.contains(where: { $0.hasPrefix(".") }) { return "hidden" }
      guard let name = names.last else { return "without an image extension" }
      if FolderListing.isUnreadImage(name) {
        return "of unsupported formats (convert them to PNG or JPEG)"
      }
      guard FolderListing.isImage(name) else { return "without an image extension" }
      return strayImages
    }
  }

  private struct Level {
    let path: [UInt8]
    var entries: ArraySlice<FolderEntry>
    let identity: FileIdentity?
  }

  private var entered: Set<FileIdentity> = []

  private let root: [UInt8]
  private var levels: [Level] = []
  private var waiting: File?

  /// Begins with a folder's first file.
  init(_ folder: String) {
    root = Array(folder.utf8)
    enter([])
  }

  /// Returns the next file, or nil behind the last.
  mutating func next() -> File? {
    while let level = levels.last {
      if let waiting {
        self.waiting = nil
        return waiting
      }
      guard let entry = level.entries.first else {
        levels.removeLast()
        continue
      }
      levels[levels.count - 1].entries.removeFirst()
      let path = level.path.isEmpty ? entry.name : level.path + [UInt8(ascii: "/")] + entry.name
      guard entry.isFolder(below: full(level.path)) else { return File(bytes: path) }
      enter(path)
    }
    defer { waiting = nil }
    return waiting
  }

  private func full(_ path: [UInt8]) -> [UInt8] {
    path.isEmpty ? root : root + [UInt8(ascii: "/")] + path
  }

  private mutating func enter(_ path: [UInt8]) {
    let position = full(path)
    let identity = FileIdentity(of: position)
    guard identity == nil || !levels.contains(where: { $0.identity == identity }) else {
      waiting = File(bytes: path, closedFolder: "links that lead back to a folder above them")
      return
    }
    if let identity, !entered.insert(identity).inserted {
      waiting = File(bytes: path, closedFolder: "folders that are read under another name (links)")
      return
    }
    switch FolderEntry.all(in: position) {
    case .success(let entries):
      levels.append(Level(path: path, entries: entries[...], identity: identity))
    case .failure(let fault):
      waiting = File(bytes: path, closedFolder: "folders that cannot be read (\(fault.reason))")
    }
  }
}

/// Which file or folder of the system's a path leads to, so that a link to it is known.
struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64
  /// Its size in bytes.
  let size: Int

  /// Asks the system; nil where nothing is there.
  init?(of path: String) { self.init(of: Array(path.utf8)) }

  fileprivate init?(of path: [UInt8]) {
    var status = stat()
    guard stat(path.systemPath, &status) == 0 else { return nil }
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
    size = Int(status.st_size)
    // Some file systems number nothing.
    guard number != 0 else { return nil }
  }
}

/// A name in a folder, as the system gives it.
struct FolderEntry {
  /// Why a folder cannot be listed, in the system's words.
  struct Fault: Error {
    let reason: String
  }

  /// What a name stands for.
  enum Kind { case folder, link, other, unknown }

  /// The name's bytes, which need not be UTF-8.
  let name: [UInt8]
  let kind: Kind

  /// Whether the system says that it is a link to something else.
  var isLink: Bool { kind == .link }

  /// The name as text, or nil where it is no UTF-8.
  var text: String? { String(validating: name, as: UTF8.self) }

  /// Lists a folder, sorted by the bytes of the names.
  static func all(in folder: [UInt8]) -> Result<[FolderEntry], Fault> {
    var entries: [FolderEntry] = []
    let fault = forEach(in: folder) { name, kind in
      entries.append(FolderEntry(name: Array(name), kind: kind))
    }
    if let fault { return .failure(fault) }
    return .success(entries.sorted { $0.name.lexicographicallyPrecedes($1.name) })
  }

  /// Gives each name in a folder, in the system's order, to a body that keeps nothing of its bytes.
  ///
  /// - Returns: why the folder cannot be listed; nil where it can.
  static func forEach(in folder: [UInt8], _ body: (UnsafeRawBufferPointer, Kind) -> Void) -> Fault? {
    guard let listing = opendir(folder.systemPath) else { return Fault(reason: systemReason()) }
    defer { closedir(listing) }
    while let entry = readdir(listing) {
      withUnsafeBytes(of: &entry.pointee.d_name) { field in
        let name = UnsafeRawBufferPointer(rebasing: field.prefix { $0 != 0 })
        let dot = UInt8(ascii: ".")
        guard !(name.count <= 2 && name.allSatisfy { $0 == dot }) else { return }
        body(name, kind(entry.pointee.d_type, name, folder))
      }
    }
    return nil
  }

  /// What a name stands for; the system is asked where its list does not say it.
  private static func kind(_ type: UInt8, _ name: UnsafeRawBufferPointer, _ folder: [UInt8]) -> Kind {
    switch Int32(type) {
    case Int32(DT_DIR): return .folder
    case Int32(DT_LNK): return .link
    case Int32(DT_UNKNOWN):
      var status = stat()
      let path = folder + [UInt8(ascii: "/")] + name
      guard lstat(path.systemPath, &status) == 0 else { return .unknown }
      return status.st_mode & S_IFMT == S_IFLNK ? .link : status.st_mode & S_IFMT == S_IFDIR ? .folder : .other
    default: return .other
    }
  }

  /// Whether it is a folder, or a link to one; the system is asked about links only.
  func isFolder(below folder: [UInt8]) -> Bool {
    switch kind {
    case .folder: return true
    case .other, .unknown: return false
    case .link:
      var status = stat()
      let path = folder + [UInt8(ascii: "/")] + name
      return stat(path.systemPath, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
  }
}

extension [UInt8] {
  /// The bytes as a path of the system's, closed by a zero.
  fileprivate var systemPath: [CChar] { map { CChar(bitPattern: $0) } + [0] }
}
