import Foundation

/// A new folder that goes away with its owner.
public final class TemporaryDirectory: Sendable {
  /// Where it lies.
  public let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("rondo-\(UUID().uuidString)")

  /// Makes the folder; where that cannot be, whatever is written into it says so.
  public init() {
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  /// Returns where a file in it lies.
  public func url(_ name: String) -> URL { url.appendingPathComponent(name) }

  /// Returns the path of a file in it.
  public func path(_ name: String) -> String { url(name).path }

  /// Writes a file, and makes the folders above it.
  public func write(_ data: Data, _ name: String) throws {
    let file = url(name)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }

  /// Writes a file, and makes the folders above it.
  public func write(_ bytes: [UInt8], _ name: String) throws { try write(Data(bytes), name) }

  /// Writes a file in UTF-8, and makes the folders above it.
  public func write(_ text: String, _ name: String) throws { try write(Data(text.utf8), name) }
}
