import Formatting
import Foundation
import Numbers

/// What was read of some files, which are read again when one of them has another time or size.
struct CachedFile<Value> {
  /// What was read last.
  private(set) var value: Value
  /// Why it could not be read last, in a sentence; the value before stays.
  private(set) var problem: String?
  private var stamps: [FileStamp?]?

  init(_ value: Value) { self.value = value }

  /// Reads the files again if one of them has changed.
  mutating func refresh(_ files: URL..., read: () throws -> Value) {
    let now = files.map { FileStamp($0) }
    guard now != stamps else { return }
    do {
      value = try read()
      problem = nil
    } catch {
      problem = sentence(for: error)
    }
    stamps = now
  }
}

/// How a file stands: one that has changed has another stamp.
struct FileStamp: Hashable {
  /// When it was written, in seconds since 1970.
  let modified: Double
  /// Its bytes.
  let size: Int

  /// Looks at a file; nil where there is none.
  init?(_ file: URL) {
    var status = stat()
    guard stat(file.path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    modified = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    size = Int(status.st_size)
  }
}
