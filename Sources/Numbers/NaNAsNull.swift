/// A number of a record that may be undefined: `null` in JSON, NaN in memory.
///
///     struct Example: Codable { @NaNAsNull var dice: Double }
@propertyWrapper
public struct NaNAsNull: Sendable, Hashable, Codable {
  /// The number; NaN where it is undefined.
  public var wrappedValue: Double

  /// Wraps a number.
  public init(wrappedValue: Double) { self.wrappedValue = wrappedValue }

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

  /// Reads numbers, or `null`s.
  public init(from decoder: any Decoder) throws {
    wrappedValue = try [String: NaNAsNull](from: decoder).mapValues(\.wrappedValue)
  }

  /// Writes the numbers, or `null`s.
  public func encode(to encoder: any Encoder) throws {
    try wrappedValue.mapValues { NaNAsNull(wrappedValue: $0) }.encode(to: encoder)
  }
}
