import Foundation

/// A folder that goes away with its owner.
final class TemporaryDirectory {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("rondo-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func write(_ text: String, _ name: String) throws {
    try Data(text.utf8).write(to: url.appendingPathComponent(name))
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
  }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }

  func mode(_ name: String) -> UInt32 {
    var status = stat()
    return lstat(path(name), &status) == 0 ? UInt32(status.st_mode) & 0o7777 : 0
  }
}
