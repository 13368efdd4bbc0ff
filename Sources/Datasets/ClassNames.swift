/// The rule for names of classes, whichever reader finds them: a name, without line breaks and control
/// characters.
///
/// A model's file keeps the names one a line, and a terminal obeys control characters.
enum ClassNames {
  /// Whether a character breaks a line or controls a terminal.
  private static func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// Checks names.
  ///
  /// - Parameter place: the file or folder that has them.
  /// - Throws: `DataError.badClassName` or `.noClassName` for the first that is against the rule.
  static func check(_ names: some Sequence<String>, in place: String) throws {
    for name in names {
      if name.allSatisfy({ $0 == " " }) { throw DataError.noClassName(place: place) }
      guard !name.unicodeScalars.contains(where: isForbidden) else {
        throw DataError.badClassName(place: place, name: name)
      }
    }
  }

  /// A name with what must not be in it written out: `a\nb`, `\u{1B}[31m`.
  static func escaped(_ name: String) -> String {
    name.unicodeScalars.map { isForbidden($0) ? $0.escaped(asASCII: true) : String($0) }.joined()
  }
}
