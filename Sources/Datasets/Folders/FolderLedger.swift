import Numbers

/// Notes what becomes of files while a folder is read, and at the end accounts for all that lie there.
///
///     var ledger = FolderLedger(folder)
///     ledger.note(folder + "/cat/1.jpg", .used(as: "training images"))
///     ledger.noteAll(below: folder + "/runs", .leftOut(because: "in folders without images"))
///     let account = ledger.close()
///
/// So no reader can pass a file over in silence: what nobody noted is found by `close()`, and left out
/// for a reason that its name gives.
struct FolderLedger {
  private let root: String
  private let strayImages: String
  private var fates: [FolderAccount.Fate] = []
  private var positions: [FolderAccount.Fate: Int32] = [:]
  /// Fates by path below the root, byte for byte: to Swift, names in two Unicode forms are one.
  private var files: [[UInt8]: Int32] = [:]
  private var folders: [[UInt8]: Int32] = [:]

  /// Begins an account of a folder.
  ///
  /// - Parameter strayImages: why images are left out that nobody notes.
  init(_ folder: String, strayImages: String = "images in folders that are not searched") {
    root = PathBelow.normalized(folder)
    self.strayImages = strayImages
  }

  /// Notes what becomes of a file; the last note counts.
  ///
  /// - Parameter path: the folder's path and what follows below it, as `FolderListing.path(of:)` gives it.
  mutating func note(_ path: String, _ fate: FolderAccount.Fate) {
    files[key(path)] = position(of: fate)
  }

  /// Notes what becomes of all files below a folder that have no note of their own.
  mutating func noteAll(below folder: String, _ fate: FolderAccount.Fate) {
    folders[key(folder)] = position(of: fate)
  }

  /// Looks for every file below the folder, and says what becomes of each.
  ///
  /// Uses come in the order in which they were noted, reasons in that in which a walk through the folder by
  /// the bytes of names meets them. What was noted of files that lie elsewhere is added.
  ///
  /// - Parameter reason: why a file is left out that nobody noted, by its path below the folder; nil where its name says
  ///   it.
  consuming func close(reason: (String) -> String? = { _ in nil }) -> FolderAccount {
    var (found, met) = (FolderAccount(), 0)
    var walk = FolderWalk(root)
    while let file = walk.next() {
      // Nothing is taken out, which would copy a list of millions that somebody else holds.
      if let own = files[file.bytes] {
        met += 1
        found.add(fates[Int(own)], file.displayPath)
      } else {
        let own = FolderAccount.Fate.leftOut(
          because: reason(file.displayPath) ?? file.reasonToLeaveOut(strayImages: strayImages))
        found.add(inherited(file) ?? own, file.displayPath)
      }
    }
    for (path, fate) in met == files.count ? [] : filesElsewhere() {
      found.add(fates[Int(fate)], String(decoding: path, as: UTF8.self))
    }
    var account = FolderAccount()
    for fate in fates {
      for entry in found.entries where entry.isUsed && entry.fate == fate {
        account.add(fate, entry.first, count: entry.count)
      }
    }
    for entry in found.entries where !entry.isUsed {
      account.add(entry.fate, entry.first, count: entry.count)
    }
    return account
  }

  /// What was noted of files that do not lie below the folder, by their paths.
  private func filesElsewhere() -> [(key: [UInt8], value: Int32)] {
    var (rest, walk) = (files, FolderWalk(root))
    while let file = walk.next() { rest.removeValue(forKey: file.bytes) }
    return rest.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  private func inherited(_ file: FolderWalk.File) -> FolderAccount.Fate? {
    guard !folders.isEmpty else { return nil }
    var above = file.bytes[...]
    repeat {
      above = above.prefix(above.lastIndex(of: UInt8(ascii: "/")) ?? 0)
      if let fate = folders[Array(above)] { return fates[Int(fate)] }
    } while !above.isEmpty
    return nil
  }

  private mutating func position(of fate: FolderAccount.Fate) -> Int32 {
    if let position = positions[fate] { return position }
    let position = Int32(fates.count)
    fates.append(fate)
    positions[fate] = position
    return position
  }

  private func key(_ path: String) -> [UInt8] {
    Array(PathBelow.relative(path, to: root).utf8)
  }
}

/// Paths compared by what they are written as, without a look at the disk.
private enum PathBelow {
  /// A path without double and closing slashes and without `.`.
  static func normalized(_ path: String) -> String {
    guard path.contains("//") || path.contains("./") || path.hasSuffix("/") || path.hasSuffix("/.")
    else { return path }
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == "..", let last = parts.last, last != ".." {
        parts.removeLast()
      } else {
        parts.append(part)
      }
    }
    let joined = parts.joined(separator: "/")
    return path.hasPrefix("/") ? "/" + joined : joined.isEmpty ? "." : joined
  }

  /// What of a path follows below a normalized root, or all of it where it lies elsewhere.
  static func relative(_ path: String, to root: String) -> String {
    let path = normalized(path)
    if root == "." { return path == "." ? "" : path }
    if path.utf8.elementsEqual(root.utf8) { return "" }
    let prefix = root.hasSuffix("/") ? root : root + "/"
    guard path.utf8.starts(with: prefix.utf8) else { return path }
    return String(path.utf8.dropFirst(prefix.utf8.count)) ?? path
  }
}
