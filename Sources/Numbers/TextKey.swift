/// A key of a coded value that is known only when it is read or written: a metric's name, a class, a setting.
///
///     try container.encode(0.5, forKey: TextKey("accuracy"))
public struct TextKey: CodingKey, Sendable {
  /// The key.
  public let stringValue: String
  /// Always nil: the key is text.
  public var intValue: Int? { nil }

  /// Creates a key.
  public init(_ text: String) { stringValue = text }
  /// Creates a key.
  public init(stringValue: String) { self.init(stringValue) }
  /// Fails: the key is text.
  public init?(intValue: Int) { nil }
}
