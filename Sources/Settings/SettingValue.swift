import Formatting

/// What a setting is declared as: a value, or an optional one, which may stay open in a resolved run.
public protocol Settable: Sendable {
  /// What is typed.
  associatedtype Given: SettingValue
  /// What a resolved run has: the same, or an optional.
  associatedtype Resolved
  /// Returns what a resolved run has, of what was given or is the default; nil where a value is needed.
  static func resolved(_ given: Given?) -> Resolved?
}

extension Optional: Settable where Wrapped: SettingValue {
  /// The type of what is typed.
  public typealias Given = Wrapped
  /// What a resolved run has.
  public typealias Resolved = Wrapped?
  /// Returns what was given, which may be nothing.
  public static func resolved(_ given: Wrapped?) -> Wrapped?? { .some(given) }
}

/// A value that can stand in a file and on the command line.
public protocol SettingValue: Settable, Hashable where Given == Self, Resolved == Self {
  /// What stands in a file.
  associatedtype Raw: SettingRaw
  /// Reads what stands in a file; nil for what cannot be meant.
  init?(raw: Raw)
  /// What is written to a file.
  var raw: Raw { get }
  /// The words that are understood, if it is one of a closed set.
  static var known: [String] { get }
  /// What is expected, in words that follow "must be": `a number`.
  static var expected: String { get }
  /// Returns the word of a closed set that is meant by one that is not in it; nil where none is like it.
  static func nearest(to word: String) -> String?
}

extension SettingValue {
  /// Returns what was given; nil where nothing was.
  public static func resolved(_ given: Self?) -> Self? { given }
  /// By default empty: the values are no closed set of words.
  public static var known: [String] { [] }
  /// Returns the known word that is nearest by its letters.
  public static func nearest(to word: String) -> String? { Formatting.nearest(to: word, among: known) }
  /// What the kind of value in a file is.
  public static var expected: String { Raw.expected }

  /// How it is typed: one text, or one for each time that its flag is repeated.
  public var texts: [String] { raw.texts }

  /// The value as one text: the typed texts, joined by commas.
  public var text: String { texts.joined(separator: ",") }
}

// MARK: What files know

/// A kind of value that files know.
public protocol SettingRaw: SettingValue, Codable where Raw == Self {
  /// Reads what was typed, which is one text or, of a repeated option, several.
  init?(texts: [String])
  /// How it is typed.
  var texts: [String] { get }
  /// How it is written on the command line.
  static var syntax: Declaration.Syntax { get }
}

extension SettingRaw {
  /// Takes it as it stands.
  public init?(raw: Self) { self = raw }
  /// The value as it stands.
  public var raw: Self { self }
  /// An option with a value.
  public static var syntax: Declaration.Syntax { .option }
}

extension SettingRaw where Self: LosslessStringConvertible {
  /// Reads the last text that was typed.
  public init?(texts: [String]) {
    guard let last = texts.last, let value = Self(last) else { return nil }
    self = value
  }
  /// The value as the only text.
  public var texts: [String] { [description] }
}

extension Double: SettingRaw {
  /// What is expected, in words.
  public static var expected: String { "a number" }
}
extension Int: SettingRaw {
  /// What is expected, in words.
  public static var expected: String { "a whole number" }
}
extension UInt64: SettingRaw {
  /// What is expected, in words.
  public static var expected: String { "a whole number from 0 to \(UInt64.max)" }
}
extension String: SettingRaw {
  /// What is expected, in words.
  public static var expected: String { "a word" }
}
extension Bool: SettingRaw {
  /// What is expected, in words.
  public static var expected: String { "true or false" }
  /// A flag and its `--no-` form.
  public static var syntax: Declaration.Syntax { .flag }
}

/// A list of texts.
public struct RawList: SettingRaw {
  /// The texts.
  public let texts: [String]
  /// Creates a list.
  public init(texts: [String]) { self.texts = texts }
  /// Reads a list.
  public init(from decoder: any Decoder) throws { texts = try [String](from: decoder) }
  /// Writes the list.
  public func encode(to encoder: any Encoder) throws { try texts.encode(to: encoder) }
  /// What is expected, in words.
  public static var expected: String { "a list" }
  /// An option for each element.
  public static var syntax: Declaration.Syntax { .repeatedOption }
}

// MARK: Kinds of values

/// One of a few words: an enumeration.
public protocol SettingChoice: SettingValue, Named where Raw == String {}

extension SettingChoice {
  /// Finds one by its name in any spelling, or by an alias.
  public init?(raw: String) { self.init(spelled: raw) }
  /// The name of the choice.
  public var raw: String { rawValue }
  /// The names that are listed.
  public static var known: [String] { names }
}

/// A value with a text form of its own: `4ep`, `0.75,1.5`.
public protocol SettingText: SettingValue, LosslessStringConvertible where Raw == String {
  /// The form, and an example: `two scales: 0.75,1.5`.
  static var expected: String { get }
}

extension SettingText {
  /// Reads a value from its text; nil for one that cannot be read.
  public init?(raw: String) { self.init(raw) }
  /// The text from which the value reads back.
  public var raw: String { description }
}

extension Array: Settable where Element: SettingText {}
extension Array: SettingValue where Element: SettingText {
  /// Reads each text; nil where one cannot be read.
  public init?(raw: RawList) {
    self = raw.texts.compactMap { Element($0) }
    guard count == raw.texts.count else { return nil }
  }
  /// The texts.
  public var raw: RawList { RawList(texts: map(\.description)) }
  /// What an element must look like.
  public static var expected: String { Element.expected }
}

/// Returns the numbers of a list such as `0.4,0.4`; nil where the text is no such list.
func numbers(in text: String) -> [Double]? {
  let words = text.split(separator: ",", omittingEmptySubsequences: false)
  let numbers = words.compactMap { Double(String($0.filter { $0 != " " })) }
  return numbers.count == words.count && numbers.allSatisfy(\.isFinite) ? numbers : nil
}
