import Foundation

/// What one of several processes finds out for all: the list of a folder's files, their annotations, and what their
/// headers and masks say.
public enum SharedDiscovery {
  /// How it is handed over; nil for a process by itself.
  @TaskLocal public static var share: Share?

  /// Hands what a body gives in one process to all of them.
  ///
  /// A struct and not the closure alone: Swift 6.3's optimizer finds no type description for a closure that takes a
  /// closure, and a task-local value of that type crashes in release builds.
  public struct Share: Sendable {
    let bytes: @Sendable (() throws -> Data) throws -> Data

    /// - Parameter bytes: returns the bytes of the body that is given to it, from whichever process ran it.
    public init(_ bytes: @escaping @Sendable (() throws -> Data) throws -> Data) {
      self.bytes = bytes
    }
  }

  static func value<Value: Codable>(_ body: () throws -> Value) throws -> Value {
    guard let share else { return try body() }
    let encoder = PropertyListEncoder()
    encoder.outputFormat = .binary
    var own: Value?
    let bytes = try share.bytes {
      let value = try body()
      own = value
      return try encoder.encode(value)
    }
    return try own ?? PropertyListDecoder().decode(Value.self, from: bytes)
  }
}
