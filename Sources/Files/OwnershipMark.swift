import CFiles
import Foundation

/// A mark by which Rondo knows a file again that it wrote and nobody has changed since.
///
/// It is an extended attribute with the size and the time of the last change. A copy has another time, and
/// some file systems keep no attributes: such files count as another user's.
enum OwnershipMark {
  private static let name = "user.rondo.output"

  /// Marks an open file whose last byte was written.
  static func set(_ descriptor: Int32) {
    guard let mark = mark(of: descriptor) else { return }
    _ = mark.withUnsafeBufferPointer {
      rondo_set_attribute(descriptor, name, $0.baseAddress, $0.count)
    }
  }

  /// Whether the file at a path has the mark that is right for it.
  static func isThere(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var found = [UInt8](repeating: 0, count: 100)
    let count = rondo_attribute(descriptor, name, &found, found.count)
    return count > 0 && mark(of: descriptor).map { $0 == Array(found.prefix(count)) } ?? false
  }

  private static func mark(of descriptor: Int32) -> [UInt8]? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let time = status.st_mtimespec
    #else
      let time = status.st_mtim
    #endif
    return Array("\(status.st_size) \(time.tv_sec) \(time.tv_nsec)".utf8)
  }
}
