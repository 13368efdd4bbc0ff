import Files
import Formatting
import Foundation
import Numbers

/// The shards that a name stands for: a tar archive, a folder of them, or a pattern as `train-{000..127}.tar`.
struct ShardNames {
  /// The archives to train on, to evaluate on meanwhile, and to evaluate on at the end.
  private(set) var parts: [SplitName: [String]] = [:]
  /// Where they are for evaluation and no split is to train on: the split that is evaluated, whose archives stand as
  /// `train`, and the archives of another one, which are not read.
  private(set) var evaluated: (split: SplitName, others: [String])?

  /// Whether a path is that of an archive or a pattern of archives, and not of a folder.
  static func isName(_ path: String) -> Bool { hasEnding(path) && !isFolder(path) }

  private static func hasEnding(_ name: String) -> Bool { name.lowercased().hasSuffix(".tar") }

  /// Whether a file is a compressed archive by its name.
  static func isCompressed(_ name: String) -> Bool {
    let name = name.lowercased()
    return [".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2"].contains(where: name.hasSuffix)
  }

  /// The folder in which the list of classes of a name's shards lies.
  static func folder(of name: String) -> String {
    guard isName(name) else { return name }
    let folder = folderPart(name)
    return folder.isEmpty ? "." : folder
  }

  /// A name without what makes it a pattern, fit for a folder.
  static func short(_ name: String) -> String {
    guard hasEnding(name) else { return name }
    let text = name.dropLast(4).replacing(#/\{[^}]*\}/#, with: "")
    let trimmed = text.trimmingCharacters(in: CharacterSet(charactersIn: "-_. "))
    return trimmed.isEmpty ? "shards" : trimmed
  }

  /// Finds the archives of a name, and by their names the splits of which they are.
  ///
  /// - Parameter isForEvaluation: whether nothing is trained on them, so that those of a split to evaluate on are all.
  /// - Throws: `ShardError`.
  init(_ name: String, isForEvaluation: Bool = false) throws {
    let files = try Self.files(of: name)
    let named = files.map { file in (file: file, part: Self.part(of: file, below: name)) }
    let ofParts = named.filter { $0.part != nil }
    if let one = ofParts.first, let other = named.first(where: { $0.part == nil }) {
      throw ShardError.ofNoPart(folder: name, file: other.file, part: one.file)
    }
    parts = Dictionary(grouping: named) { $0.part ?? .train }.mapValues { $0.map(\.file) }
    if isForEvaluation, parts[.train] == nil,
      let split = [SplitName.test, .validation].first(where: { parts[$0] != nil })
    {
      evaluated = (split, split == .test ? parts[.validation] ?? [] : [])
      parts = [.train: parts[split] ?? []]
    }
    guard parts[.train] != nil || files.isEmpty else {
      throw ShardError.noTrainingShards(folder: name)
    }
    // The last of the evaluation splits is for the end.
    if parts[.test] == nil {
      parts[.test] = parts[.validation]
      parts[.validation] = nil
    }
  }

  /// The archives of a name, whatever splits they are of.
  ///
  /// - Throws: `ShardError.missing`.
  static func files(of name: String) throws -> [String] {
    isName(name) ? try expanded(name) : files(in: name)
  }

  /// Whether a name stands for archives and nothing else: it is that of some, or of a folder of them without images.
  static func areAll(of name: String) -> Bool {
    isName(name) || areIn(name) && !ImageTree.hasImages(name)
  }

  /// Whether there is a shard in a folder, or in those of its splits.
  static func areIn(_ folder: String) -> Bool { !files(in: folder).isEmpty }

  private static func files(in folder: String) -> [String] {
    let top = FolderListing(folder)
    let folders = top.folders.filter { SplitName($0) != nil }.map(top.path(of:))
    return ([top] + folders.map { FolderListing($0) }).flatMap { listing in
      listing.files.filter(hasEnding).map(listing.path(of:))
    }
  }

  private static func part(of file: String, below name: String) -> SplitName? {
    let stem = String((lastPart(file) as NSString).deletingPathExtension)
    return SplitName(stem) ?? SplitName.prefixed(stem)?.part
      ?? (isName(name) ? nil : SplitName(lastPart(folderPart(file))))
  }

  /// The files that a pattern stands for.
  private static func expanded(_ name: String) throws -> [String] {
    let pattern = ShardPattern(name)
    guard pattern.count <= most else {
      throw ShardError.tooMany(name: name, count: pattern.count, most: most)
    }
    var files: [String] = []
    var missing: (first: String, count: Int)?
    for file in pattern.names {
      if access(file, F_OK) != 0 {
        missing = (missing?.first ?? file, (missing?.count ?? 0) + 1)
      } else if missing == nil {
        files.append(file)
      }
    }
    if let missing {
      throw ShardError.missing(
        name: name, first: missing.first, count: missing.count, of: pattern.count)
    }
    return files
  }

  /// The most shards of a set.
  private static let most = 1_000_000
}
