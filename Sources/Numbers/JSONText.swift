import Foundation

/// Values as JSON, in which a number that is not finite is `null`: JSON has no other word for it.
///
/// Keys are sorted and slashes are not escaped, so that equal values give equal text.
public enum JSONText {
  /// Returns a value as JSON.
  ///
  ///     try JSONText.data(["dice": Double.nan])    // {"dice":null}
  ///
  /// - Parameter isPretty: whether it is written over several lines, for people.
  /// - Throws: what the value's own `encode(to:)` throws; NaN makes it fail.
  public static func data(_ value: some Encodable, isPretty: Bool = false) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: undefined, negativeInfinity: undefined, nan: undefined)
    var data = try encoder.encode(value)
    let (mark, null) = (Data("\"\(undefined)\"".utf8), Data("null".utf8))
    var position = data.startIndex
    while let found = data.range(of: mark, in: position..<data.endIndex) {
      data.replaceSubrange(found, with: null)
      position = found.lowerBound + null.count
    }
    return data
  }

  /// Returns a value as text on one line.
  public static func line(_ value: some Encodable) throws -> String {
    String(decoding: try data(value), as: UTF8.self)
  }

  /// Returns a number as JSON has it.
  ///
  ///     JSONText.number(0.5)        // "0.5"
  ///     JSONText.number(.infinity)  // "null"
  public static func number(_ value: Double) -> String {
    guard value.isFinite else { return "null" }
    // No more digits than a Float has where the number comes from one.
    return Double(Float(value)) == value ? "\(Float(value))" : "\(value)"
  }

  /// Reads a value from JSON; wrap numbers that may be `null` in `NaNAsNull` or `NaNsAsNull`.
  public static func read<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    try JSONDecoder().decode(type, from: data)
  }

  /// What the encoder writes for a number that is not finite, before it becomes `null`: no text of a
  /// value's is the same.
  private static let undefined = UUID().uuidString
}
