/// Returns the known word that another is, in whatever spelling; nil where none is, or more than one.
///
///     spelled("ResNet_18", among: ["resnet-18", "resnet-34"])    // "resnet-18"
///     spelled("resnet-1-8", among: ["resnet-18", "resnet-34"])    // nil
///
/// Letters' case and the separators `-`, `_`, `.` and space do not count, but for separators between two digits:
/// `wide-resnet-16-4` is not `wide-resnet-164`.
public func spelled(_ word: String, among known: some Sequence<String>) -> String? {
  var found: String?
  let folded = foldedSpelling(word)
  for name in known {
    if name == word { return name }
    guard foldedSpelling(name) == folded else { continue }
    guard found == nil else { return nil }
    found = name
  }
  return found
}

/// Returns a word without case and separators, but for those between two digits, which become `-`.
public func foldedSpelling(_ word: String) -> String {
  var folded = ""
  var isSeparated = false
  for letter in word.lowercased() {
    if "-_ .".contains(letter) {
      isSeparated = true
    } else {
      if isSeparated, letter.isNumber, folded.last?.isNumber == true { folded += "-" }
      folded.append(letter)
      isSeparated = false
    }
  }
  return folded
}

/// Something that can be asked for by names, each in any spelling.
public protocol Named: RawRepresentable, CaseIterable where RawValue == String {
  /// Names that others use, beside other spellings of the own ones.
  static var aliases: [String: Self] { get }
}

extension Named {
  /// By default empty: there are no other names.
  public static var aliases: [String: Self] { [:] }

  /// The names that are listed.
  public static var names: [String] { allCases.map(\.rawValue) }

  /// Finds one by its name in any spelling, or by an alias.
  public init?(spelled word: String) {
    if let name = Formatting.spelled(word, among: Self.names), let found = Self(rawValue: name) {
      self = found
    } else if let alias = Formatting.spelled(word, among: Self.aliases.keys),
      let found = Self.aliases[alias]
    {
      self = found
    } else {
      return nil
    }
  }
}
