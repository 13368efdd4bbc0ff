/// What became of every file below a data set's folder: what it is used as, or why it is left out.
///
///     var account = FolderAccount()
///     account.add(.used(as: "training images"), "cat/1.jpg")
///     account.add(.leftOut(because: "hidden"), ".DS_Store")
///     account.lines  // ["used: 1 as training images", "left out: 1 file, hidden: .DS_Store"]
///
/// A reader notes what it uses and leaves out in a `FolderLedger`, which accounts for the rest.
public struct FolderAccount: Sendable, Hashable, Codable {
  /// What becomes of a file.
  public enum Fate: Sendable, Hashable {
    /// The file is used; as a plural noun: `training images`, `masks`.
    case used(as: String)
    /// The file is left out, with a reason that follows the number of files: `whose names are not UTF-8`.
    case leftOut(because: String)
  }

  /// The fate of a broken image, which is reported by name with what is wrong with it.
  static let broken = Fate.leftOut(because: "broken")

  /// The files with one fate.
  public struct Entry: Sendable, Hashable, Codable {
    /// Whether they are used.
    public let isUsed: Bool
    /// What they are used as, or why they are left out.
    public let reason: String
    /// The number of files.
    public fileprivate(set) var count: Int
    /// The first of them, below the folder.
    public let first: String

    /// What becomes of them.
    var fate: Fate { isUsed ? .used(as: reason) : .leftOut(because: reason) }
  }

  /// The files by fate: those that are used first, and each kind in the order in which it was met.
  public private(set) var entries: [Entry] = []

  /// Creates an account of no files.
  public init() {}

  /// Adds files with one fate, of which the first is named.
  public mutating func add(_ fate: Fate, _ first: String, count: Int = 1) {
    guard count > 0 else { return }
    let (isUsed, reason) =
      switch fate {
      case .used(let purpose): (true, purpose)
      case .leftOut(let reason): (false, reason)
      }
    if let position = entries.firstIndex(where: { $0.isUsed == isUsed && $0.reason == reason }) {
      entries[position].count += count
      return
    }
    let entry = Entry(isUsed: isUsed, reason: reason, count: count, first: first)
    let used = entries.prefix(while: \.isUsed).count
    entries.insert(entry, at: isUsed ? used : entries.count)
  }

  /// Adds what another account has.
  public mutating func merge(_ other: FolderAccount) {
    for entry in other.entries { add(entry.fate, entry.first, count: entry.count) }
  }

  /// The number of files that are accounted for.
  public var count: Int { entries.reduce(0) { $0 + $1.count } }

  /// The account for display: a line of what is used, and one for each reason to leave files out, but for
  /// broken images, of which each is reported with its fault.
  public var lines: [String] {
    let used = entries.filter(\.isUsed).map { "\($0.count) as \($0.reason)" }
    return (used.isEmpty ? [] : ["used: " + used.joined(separator: ", ")]) + linesOfLeftOut
  }

  /// The lines of what is left out.
  public var linesOfLeftOut: [String] {
    let told = entries.filter { !$0.isUsed && $0.fate != Self.broken }
    return told.map { entry in
      entry.count == 1
        ? "left out: 1 file, \(entry.reason): \(entry.first)"
        : "left out: \(entry.count) files, \(entry.reason); the first is \(entry.first)"
    }
  }
}
