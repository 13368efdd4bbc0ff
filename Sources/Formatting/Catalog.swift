/// Something that can be asked for by name.
public protocol CatalogEntry: Sendable {
  /// The name under which it is listed and written to files.
  var name: String { get }
  /// Other names for it, beyond other spellings of `name`.
  var aliases: [String] { get }
  /// What it is, in a few words.
  var summary: String { get }
}

/// What can be asked for by name, each name in any spelling: `resnet18` and `ResNet_18` are `resnet-18`.
///
///     let colors = Catalog("color", [Color(name: "light-red", aliases: ["pink"], summary: "...")])
///     colors["Light Red"]?.name           // "light-red"
///     try colors.entry(named: "pinc")     // throws: There is no color 'pinc'; did you mean 'light-red'? ...
///
/// See `foldedSpelling(_:)` for what counts as a spelling of a name.
public struct Catalog<Entry: CatalogEntry>: Sendable {
  /// What an entry is: `model`.
  public let noun: String
  /// The entries, in the order in which they are listed.
  public let entries: [Entry]

  private let index: [String: Int]
  private let family: (@Sendable (String) -> Entry?)?

  /// Creates a catalog.
  ///
  /// - Parameters:
  ///   - noun: what an entry is, for messages.
  ///   - family: makes entries for names that are not listed, such as `unet-24x3`; it is given the
  ///     folded name.
  /// - Precondition: no two entries share a name in any spelling.
  public init(
    _ noun: String, _ entries: some Sequence<Entry>,
    family: (@Sendable (_ folded: String) -> Entry?)? = nil
  ) {
    let entries = Array(entries)
    self.noun = noun
    self.entries = entries
    self.family = family
    index = Dictionary(
      entries.enumerated().flatMap { number, entry in
        ([entry.name] + entry.aliases).map { (foldedSpelling($0), number) }
      },
      uniquingKeysWith: { first, second in
        precondition(
          first == second,
          "The \(noun)s '\(entries[first].name)' and '\(entries[second].name)' share a name.")
        return first
      })
  }

  /// The names that are listed.
  public var names: [String] { entries.map(\.name) }

  /// The entry with a name, in any spelling, or nil.
  public subscript(name: String) -> Entry? {
    let folded = foldedSpelling(name)
    return index[folded].map { entries[$0] } ?? family?(folded)
  }

  /// Finds an entry by its name, in any spelling.
  ///
  /// - Throws: `UnknownName` with the nearest name.
  public func entry(named name: String) throws(UnknownName) -> Entry {
    guard let entry = self[name] else { throw UnknownName(name, noun: noun, known: names) }
    return entry
  }
}
