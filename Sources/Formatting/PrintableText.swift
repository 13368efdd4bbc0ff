extension StringProtocol {
  /// The text as it can be shown in one line: what breaks a line, controls a terminal or turns the direction of
  /// writing is written out, everything else stays.
  ///
  ///     "a\nb".printable               // #"a\nb"#
  ///     "\u{1B}[31mred".printable      // #"\u{1B}[31mred"#
  ///     "gpj.\u{202E}png".printable    // #"gpj.\u{202E}png"#
  ///
  /// Names of files, classes and keys come from data that others made, so that whatever shows them to people goes
  /// through here: every line on standard error, every cell of a table, every text of a page.
  public var printable: String { printable(keepingLines: false) }

  /// Returns the text as it can be shown, with its own line breaks kept or escaped.
  public func printable(keepingLines keepsLines: Bool) -> String {
    guard unicodeScalars.contains(where: \.isUnprintable) else { return String(self) }
    return unicodeScalars.map {
      $0.isUnprintable && !(keepsLines && $0 == "\n") ? $0.escaped(asASCII: true) : String($0)
    }
    .joined()
  }
}

extension Unicode.Scalar {
  /// Whether it breaks a line or controls a terminal.
  public var isLineBreakOrControl: Bool {
    if isASCII { return value < 0x20 || value == 0x7F }
    return switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }

  /// Whether it is written out where a text is shown: beside line breaks and controls, the marks that make what
  /// follows run from right to left or back.
  fileprivate var isUnprintable: Bool {
    isLineBreakOrControl || !isASCII && properties.isBidiControl
  }
}
