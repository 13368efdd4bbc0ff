import Foundation
import TestSupport

extension TemporaryDirectory {
  func read(_ name: String) throws -> String { try String(contentsOf: url(name), encoding: .utf8) }

  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
  }

  func mode(_ name: String) -> UInt32 {
    var status = stat()
    return lstat(path(name), &status) == 0 ? UInt32(status.st_mode) & 0o7777 : 0
  }
}
