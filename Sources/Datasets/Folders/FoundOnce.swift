import Foundation

/// What one of several processes finds out for all: the list of a folder's files, and what their headers say.
public enum FoundOnce {
  /// Hands what a body gives in one process to all of them.
  public typealias Share = @Sendable (() throws -> Data) throws -> Data

  /// How it is handed over; nil for a process by itself.
  @TaskLocal public static var share: Share?

  static func value<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    guard let share else { return try body() }
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    var own: Value?
    let bytes = try share {
      let value = try body()
      own = value
      return try encoder.encode(value)
    }
    return try own ?? PropertyListDecoder().decode(Value.self, from: bytes)
  }
}
