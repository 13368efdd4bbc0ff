import Foundation
import Words

/// Files that are whole or not there.
///
/// A file is written under another name in the same folder, brought to the disk, and renamed into
/// place. Killed at any moment, or with the disk full, the file that was there before is still there.
public enum AtomicFile {
  /// Ends the names of files that are not whole yet.
  public static let suffix = ".partial"

  /// Writes data.
  ///
  /// - Throws: `RunError.notReplaced`.
  public static func write(_ data: Data, to file: URL) throws {
    try write(to: file) { temporary in
      try Data().write(to: temporary)
      let handle = try FileHandle(forWritingTo: temporary)
      defer { try? handle.close() }
      try handle.write(contentsOf: data)
    }
  }

  /// Lets the body write a file at a temporary place, and moves it into its own.
  ///
  /// - Throws: `RunError.notReplaced` with the body's reason; the temporary file is removed.
  public static func write(to file: URL, _ body: (URL) throws -> Void) throws {
    let temporary = file.appendingPathExtension("partial")
    do {
      try body(temporary)
      try synchronize(temporary)
      guard rename(temporary.path, file.path) == 0 else { throw SystemFailure(code: errno) }
      try? synchronize(file.deletingLastPathComponent())
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw RunError.notReplaced(path: file.path, reason: reason(of: error))
    }
  }

  /// Removes what a killed process left unfinished in a folder.
  static func sweep(_ folder: URL) {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for file in files where file.hasSuffix(suffix) {
      try? FileManager.default.removeItem(at: folder.appendingPathComponent(file))
    }
  }

  private struct SystemFailure: Error {
    let code: Int32
  }

  private static func synchronize(_ file: URL) throws {
    let descriptor = open(file.path, O_RDONLY)
    guard descriptor >= 0 else { throw SystemFailure(code: errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemFailure(code: errno) }
  }

  private static func reason(of error: any Error) -> String {
    if let failure = error as? SystemFailure { return systemReason(failure.code) }
    if let described = error as? any CustomStringConvertible & LocalizedError {
      return described.description
    }
    return systemReason(of: error)
  }
}
