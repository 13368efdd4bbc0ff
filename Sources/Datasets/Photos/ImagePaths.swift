import Files
import Formatting
import Foundation

/// Image files one after another, as they are named on a command line: files, folders, and lists.
///
/// A folder stands for the images below it, in the order of their names' bytes; hidden ones are left
/// out, and a folder that links lead back into is entered once. `-` stands for a list, one path a line, which is
/// read while it is asked for; where it has zero bytes, as of `find -print0`, these are between the paths. An
/// image that is named several times comes once.
///
///     for path in ImagePaths(["a.jpg", "photos"]) { print(path) }
public struct ImagePaths: Sequence, IteratorProtocol {
  private enum Item {
    case path(String)
    case image(String)
    case list
  }

  /// What is still to come, the next one last.
  private var waiting: [Item]
  private var entered: Set<String> = []
  private let nextLine: () -> String?
  private var isFirstLine = true
  /// The beginning of a path behind the last zero byte of a list; nil where a list has had none.
  private var begun: String?

  /// The images that have come, and the real paths of their folders.
  private var given: Set<String> = []
  private var folders: [String: String] = [:]
  /// How often an image was named that had come before, and the first of these.
  public private(set) var repeated = 0, firstRepeated: String?

  /// Names files, folders, and by `-` a list.
  ///
  /// - Parameter nextLine: gives the list's next line; by default standard input's.
  public init(_ names: [String], nextLine: @escaping () -> String? = { readLine() }) {
    waiting = names.reversed().map { $0 == "-" ? .list : .path($0) }
    self.nextLine = nextLine
  }

  /// Returns the next file's path, or nil at the end.
  public mutating func next() -> String? {
    while let path = nextNamed() {
      if given.insert(identity(of: path)).inserted { return path }
      repeated += 1
      firstRepeated = firstRepeated ?? path
    }
    return nil
  }

  /// An image's name in the real path of its folder: links of other names are images of their own.
  private mutating func identity(of path: String) -> String {
    let folder = folderPart(path)
    let real = folders[folder] ?? realPath(folder.isEmpty ? "." : folder) ?? folder
    folders[folder] = real
    return real + "/" + lastPart(path)
  }

  private mutating func nextNamed() -> String? {
    while let item = waiting.popLast() {
      switch item {
      case .image(let path): return path
      case .path(let path):
        guard isFolder(path) else { return path }
        enter(path)
      case .list:
        guard var line = nextLine() else {
          if let last = begun, !last.isEmpty { waiting.append(.path(last)) }
          begun = nil
          continue
        }
        if isFirstLine { line = TextFile.withoutMark(line) }
        isFirstLine = false
        waiting.append(.list)
        let named = paths(in: line)
        waiting += named.reversed().map { .path($0) }
      }
    }
    return nil
  }

  /// Whether something lies under a name: a file, a folder, or the archives of a pattern.
  public static func isThere(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: name) || ShardNames.isName(name) && name.contains("{")
  }

  /// The names, with the images of tar archives in the place of an archive, a pattern, or a folder that has archives and no
  /// image.
  ///
  /// - Throws: `ShardError`, `DataError`.
  public static func unpacked(_ names: [String]) throws -> [String] {
    try names.flatMap { name in
      guard name != "-", ShardNames.areAll(of: name) else { return [name] }
      return try ShardNames.files(of: name).flatMap { archive in
        try Shard.images(in: archive).map { TarMember($0, of: archive).path }
      }
    }
  }

  /// The file in which an image lies: itself, or the archive of which it is a member.
  public static func file(of path: String) -> String { TarMember(path)?.archive ?? path }

  /// What becomes of the files below the named folders: which are images, and why others are left out.
  public static func account(of names: [String]) -> FolderAccount {
    var account = FolderAccount()
    for name in names where name != "-" && isFolder(name) {
      var walk = FolderWalk(name)
      while let file = walk.next() {
        let reason = file.reasonToLeaveOut(strayImages: "")
        account.add(
          reason.isEmpty ? .used(as: "images") : .leftOut(because: reason),
          name + "/" + file.displayPath)
      }
    }
    return account
  }

  /// What is to be known of image files before they are read: which have more pages or frames than the one that is.
  public static func notes(on paths: [String]) -> [String] { ImageSurvey.noteOfSeveral(paths) }

  /// The paths that a line ends: itself, or between zero bytes, where a line's end is part of a name.
  private mutating func paths(in line: String) -> [String] {
    guard begun != nil || line.contains("\0") else { return line.isEmpty ? [] : [line] }
    let text = begun.map { $0 + "\n" + line } ?? line
    var paths = text.split(separator: "\0", omittingEmptySubsequences: false).map(String.init)
    begun = paths.popLast()
    return paths.filter { !$0.isEmpty }
  }

  private mutating func enter(_ folder: String) {
    guard entered.insert(URL(fileURLWithPath: folder).resolvingSymlinksInPath().path).inserted
    else { return }
    let listing = FolderListing(folder)
    waiting += listing.folders.reversed().map { .path(listing.path(of: $0)) }
    waiting += listing.images.reversed().map { .image(listing.path(of: $0)) }
  }
}
