import Files

/// What a name below a folder stands for: its parts, none of which leads out of the folder.
///
/// Names come out of files that others wrote, so nothing is opened or written by such a name before it
/// has gone through here. Slashes and backslashes separate parts; `.` and doubled separators are left out,
/// and `..` is resolved, without a look at the disk.
///
///     try RelativePath(#"images\0.jpg"#).description     // "images/0.jpg"
///     try RelativePath("a/../b.jpg").description         // "b.jpg"
///     try RelativePath("../../notes.png")                // throws `Fault.leaves`
public struct RelativePath: Sendable, Hashable, CustomStringConvertible {
  /// Why a name does not lead to a place below a folder.
  public enum Fault: Error, Sendable, Hashable {
    /// The name is empty, or has only `.` in it.
    case empty
    /// The name begins at the root of a file system, or with a drive.
    case absolute
    /// The name leads out of the folder by `..`.
    case leaves
    /// The name has a zero byte, at which the system would cut it off.
    case zeroByte
  }

  /// The folders and the file, from the outermost on; never empty.
  public let parts: [String]

  /// Reads a name.
  ///
  /// - Throws: `Fault`.
  public init(_ name: String) throws(Fault) {
    guard !name.utf8.contains(0) else { throw .zeroByte }
    guard !Self.isAbsolute(name) else { throw .absolute }
    var parts: [String] = []
    for piece in Self.pieces(name) {
      if piece == ".." {
        guard parts.popLast() != nil else { throw .leaves }
      } else if piece != "." {
        parts.append(piece)
      }
    }
    guard !parts.isEmpty else { throw .empty }
    self.parts = parts
  }

  /// The parts with slashes between them.
  public var description: String { parts.joined(separator: "/") }

  /// The parts of any name, without what leads to a root, a drive or out of a folder.
  ///
  ///     RelativePath.tail(of: #"C:\photos\..\0.jpg"#)    // ["0.jpg"]
  static func tail(of name: String) -> [String] {
    var parts: [String] = []
    for (position, piece) in pieces(name).enumerated() where piece != "." {
      if position == 0, isDrive(piece) { continue }
      if piece == ".." { _ = parts.popLast() } else { parts.append(piece) }
    }
    return parts
  }

  /// Pieces between separators, by bytes: a letter's accent behind a slash must not hide it.
  private static func pieces(_ name: String) -> [String] {
    name.utf8.split { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func isAbsolute(_ name: String) -> Bool {
    guard let first = name.utf8.first else { return false }
    if first == UInt8(ascii: "/") || first == UInt8(ascii: "\\") { return true }
    return pieces(name).first.map(isDrive) ?? false
  }

  /// Whether a part begins with a drive, as in `C:`.
  private static func isDrive(_ part: String) -> Bool {
    let bytes = Array(part.utf8.prefix(2))
    guard bytes.count == 2, bytes[1] == UInt8(ascii: ":") else { return false }
    return (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[0] | 0x20)
  }
}

// MARK: Parts of paths that are known to be good

/// A file's name without its extension; folders before it stay.
func stem(_ name: String) -> String {
  guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")),
    !name.utf8[dot...].contains(UInt8(ascii: "/"))
  else { return name }
  return String(name[..<dot])
}

/// A file's extension in lower case; empty where it has none.
func fileExtension(_ name: String) -> String {
  let last = lastPart(name)
  guard let dot = last.utf8.lastIndex(of: UInt8(ascii: ".")) else { return "" }
  return String(last[last.utf8.index(after: dot)...]).lowercased()
}

/// The extension of what lies at a path, in lower case; empty where it has none, and for a folder.
func fileExtension(at path: String) -> String { isFolder(path) ? "" : fileExtension(path) }

/// What is behind a path's last slash.
func lastPart(_ path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return path }
  return String(path[path.utf8.index(after: slash)...])
}

/// What is before a path's last slash; empty where there is none.
func folderPart(_ path: String) -> String {
  guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
  return String(path[..<slash])
}

/// Two paths joined by a slash; an empty one is left out.
func joined(_ folder: String, _ name: String) -> String {
  if folder.isEmpty { return name }
  if name.isEmpty { return folder }
  return folder.hasSuffix("/") ? folder + name : folder + "/" + name
}
