import Foundation

/// Finds the images that a data set's files name, below the folder that the set lies in.
///
/// A name that is absolute or leads out, as programs write that ran on another machine, stands for the
/// image of its longest ending that lies below the folder, if there is just one.
final class FileFinder {
  /// The folder that nothing may lead out of.
  let root: String
  /// Whether names and links may lead out of it all the same.
  let allowsLinks: Bool

  /// The images below the root by their last parts, listed when they are first wanted.
  private var index: [String: [String]]?
  private var staying: Set<String> = []

  init(root: String, allowsLinks: Bool) {
    self.root = root
    self.allowsLinks = allowsLinks
  }

  /// Where a name leads that is written for a folder; nil where nothing is there.
  ///
  /// - Throws: `DataError.linkLeaves` for a folder that is a link out of the root.
  func path(of written: String, in folder: String) throws -> String? {
    guard let name = try? RelativePath(written) else {
      guard allowsLinks, !written.utf8.contains(0), !written.isEmpty else { return nil }
      let path = written.hasPrefix("/") ? written : joined(folder, written)
      return FileManager.default.fileExists(atPath: path) ? path : nil
    }
    // A file of a system that takes backslashes for letters may have one in its name.
    let names = written.utf8.contains(UInt8(ascii: "\\")) ? [written, "\(name)"] : ["\(name)"]
    for name in names
    where !name.utf8.split(separator: UInt8(ascii: "/")).contains(where: Self.isDots) {
      let path = joined(folder, name)
      guard FileManager.default.fileExists(atPath: path) else { continue }
      try check(path)
      return path
    }
    return nil
  }

  private static func isDots(_ part: Substring.UTF8View) -> Bool {
    part.elementsEqual("..".utf8)
  }

  /// The one image below the root whose path ends as a name does, with as many parts as possible; nil for
  /// none or several.
  ///
  /// - Parameter part: a folder's name that decides between several.
  func image(endingAs written: String, part: String? = nil) throws -> String? {
    let found = try images(endingAs: written, part: part)
    return found.count == 1 ? found[0] : nil
  }

  /// The images below the root whose paths end as a name does, with as many parts as possible.
  ///
  /// - Parameter part: a folder's name that decides between several.
  func images(endingAs written: String, part: String? = nil) throws -> [String] {
    let tail = RelativePath.tail(of: written)
    guard let last = tail.last else { return [] }
    var several: [String] = []
    let candidates = try known()[last] ?? []
    for count in stride(from: tail.count, through: 1, by: -1) {
      let ending = tail.suffix(count)
      var found = candidates.filter {
        $0.split(separator: "/").suffix(count).elementsEqual(ending) { $0 == $1 }
      }
      if found.count > 1, let part {
        if several.isEmpty { several = found }
        found = found.filter { $0.split(separator: "/").dropLast().contains { $0 == part } }
      }
      guard found.isEmpty else { return found.map { joined(root, $0) } }
    }
    return several.map { joined(root, $0) }
  }

  private func known() throws -> [String: [String]] {
    if let index { return index }
    let images = try FolderTree(root, allowsLinks: allowsLinks).images
    let index = Dictionary(grouping: images, by: lastPart)
    self.index = index
    return index
  }

  /// Checks that the folder of a file is no link out of the root, each folder once.
  private func check(_ path: String) throws {
    let folder = folderPart(path)
    guard !allowsLinks, !staying.contains(folder) else { return }
    try checkLink(folder.isEmpty ? "." : folder, staysWithin: root.isEmpty ? "." : root)
    staying.insert(folder)
  }
}
