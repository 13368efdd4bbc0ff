/// A number of a record that may be undefined: `null` in JSON, NaN in memory.
///
///     struct Example: Codable { @NaNAsNull var dice: Double }
@propertyWrapper
public struct NaNAsNull: Sendable, Hashable, Codable {
  /// The number; NaN where it is undefined.
  public var wrappedValue: Double

  /// Wraps a number.
  public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

  /// Whether both are the same number, or both undefined.
  public static func == (a: Self, b: Self) -> Bool {
    a.wrappedValue == b.wrappedValue || a.wrappedValue.isNaN && b.wrappedValue.isNaN
  }
  /// Takes in the number; all that are undefined are one.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(wrappedValue.isNaN ? nil : wrappedValue)
  }

  /// Reads a number, or `null`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? .nan : try container.decode(Double.self)
  }

  /// Writes the number, or `null`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if wrappedValue.isFinite {
      try container.encode(wrappedValue)
    } else {
      try container.encodeNil()
    }
  }
}

/// Numbers by name of which some may be undefined: `null` in JSON, NaN in memory.
///
///     struct Summary: Codable { @NaNsAsNull var final: [String: Double] }
@propertyWrapper
public struct NaNsAsNull: Sendable, Hashable, Codable {
  /// The numbers; NaN where one is undefined.
  public var wrappedValue: [String: Double]

  /// Wraps numbers.
  public init(wrappedValue: [String: Double]) { self.wrappedValue = wrappedValue }

  private var wrapped: [String: NaNAsNull] { wrappedValue.mapValues { NaNAsNull(wrappedValue: $0) } }

  /// Whether both have the same numbers by the same names, and the same undefined.
  public static func == (a: Self, b: Self) -> Bool { a.wrapped == b.wrapped }
  /// Takes in the numbers; all that are undefined are one.
  public func hash(into hasher: inout Hasher) { hasher.combine(wrapped) }

  /// Reads numbers, or `null`s.
  public init(from decoder: any Decoder) throws {
    wrappedValue = try [String: NaNAsNull](from: decoder).mapValues(\.wrappedValue)
  }

  /// Writes the numbers, or `null`s.
  public func encode(to encoder: any Encoder) throws {
    try wrapped.encode(to: encoder)
  }
}

/// A value of a record that may not be there: `null` in JSON, nil in memory; a file may also leave it out.
///
///     struct Row: Codable { @NilAsNull var precision: Double? }
@propertyWrapper
public struct NilAsNull<Value: Sendable & Hashable & Codable>: Sendable, Hashable, Codable {
  /// The value; nil where there is none.
  public var wrappedValue: Value?

  /// Wraps a value.
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  /// Reads a value, or `null`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
  }

  /// Writes the value, or `null`; a number that is not finite as `null` too.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    let isDefined = (wrappedValue as? Double)?.isFinite ?? true
    if let wrappedValue, isDefined { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension KeyedDecodingContainer {
  /// Reads a value that may be left out.
  public func decode<Value>(_ type: NilAsNull<Value>.Type, forKey key: Key) throws -> NilAsNull<Value> {
    try decodeIfPresent(type, forKey: key) ?? NilAsNull(wrappedValue: nil)
  }
}
