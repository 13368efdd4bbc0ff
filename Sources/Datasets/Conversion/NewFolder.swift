import Foundation
import Words

/// Folders that are whole or not there.
///
/// A folder is filled under a name of its own beside its place, which no other process has, and renamed
/// into it.
enum NewFolder {
  /// Something lies at the place by now.
  struct Taken: Error {
    let path: String
  }

  /// Lets the body fill a folder, and moves it to its place.
  ///
  /// - Throws: `Taken`, and what the body throws; the temporary folder is removed.
  static func write<Value>(to path: String, _ body: (String) throws -> Value) throws -> Value {
    let aside = try make(beside: path)
    do {
      let value = try body(aside)
      // An empty folder would be replaced, and any other refused.
      var status = stat()
      guard lstat(path, &status) != 0, rename(aside, path) == 0 else { throw Taken(path: path) }
      return value
    } catch {
      try? FileManager.default.removeItem(atPath: aside)
      throw error
    }
  }

  /// Makes an empty folder of a name that nobody has.
  private static func make(beside path: String) throws -> String {
    let place = URL(fileURLWithPath: path).standardizedFileURL
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    while true {
      let aside = "\(place.path).\(UUID().uuidString.prefix(8)).partial"
      if mkdir(aside, 0o777) == 0 { return aside }
      guard errno == EEXIST else {
        throw AnnotationError.notWritable(file: path, reason: systemReason())
      }
    }
  }
}
