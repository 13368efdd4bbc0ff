import Formatting

/// The rule for names of classes, whichever reader finds them: a name, without line breaks and control
/// characters.
///
/// A model's file keeps the names one a line, and a terminal obeys control characters.
enum ClassNames {
  /// Checks names.
  ///
  /// - Parameter location: the file or folder that has them.
  /// - Throws: `DataError.badClassName` or `.noClassName` for the first that is against the rule.
  static func check(_ names: some Sequence<String>, in location: String) throws {
    for name in names {
      if name.allSatisfy({ $0 == " " }) { throw DataError.noClassName(location: location) }
      guard !name.unicodeScalars.contains(where: \.isLineBreakOrControl) else {
        throw DataError.badClassName(location: location, name: name)
      }
    }
  }

  /// A sentence for each two names that differ in letter case, or in spaces at their ends, alone.
  static func notes(_ names: [String]) -> [String] {
    var known: [String: String] = [:]
    return names.compactMap { name in
      let plain = name.lowercased().split(separator: " ").joined(separator: " ")
      guard let other = known.updateValue(name, forKey: plain) else { return nil }
      return "'\(other)' and '\(name)' are two classes, though only letter case or spaces differ"
    }
  }
}
