import Foundation

/// A file or folder under a name that nobody else has, beside what it is to become.
///
/// The name is `.rondo-` and 16 random digits, and it is created only where nothing has that name. The
/// process that made it holds a lock on it, so that `sweep` removes what dead processes left, and nothing
/// of another process at work, nor of a user.
struct TemporaryFile {
  let path: String
  let descriptor: Int32

  private static let prefix = ".rondo-"
  private static let suffix = ".partial"

  /// Creates an empty file, or a folder, in a folder.
  ///
  /// - Throws: `FileError.notWritten`, which names what was to be written.
  init(beside target: String, isFolder: Bool = false) throws(FileError) {
    let parent = parentFolder(of: target)
    while true {
      let path = (parent.isEmpty ? "" : parent + "/") + Self.newName()
      if isFolder, mkdir(path, 0o777) != 0 {
        if errno == EEXIST { continue }
        throw .notWritten(path: target, code: errno)
      }
      let flags = isFolder ? O_RDONLY | O_DIRECTORY : O_RDWR | O_CREAT | O_EXCL
      let opened = open(path, flags | O_CLOEXEC, 0o666)
      if opened < 0 {
        // A folder may have been swept between its making and its lock.
        if errno == EEXIST || (isFolder && errno == ENOENT) { continue }
        throw .notWritten(path: target, code: errno)
      }
      // A file system without locks has no sweeping either.
      _ = flock(opened, LOCK_EX)
      var status = stat()
      if stat(path, &status) == 0 {
        self.path = path
        descriptor = opened
        return
      }
      close(opened)
    }
  }

  private static func newName() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return prefix + String(repeating: "0", count: 16 - digits.count) + digits + suffix
  }

  /// Lets go of it, under whatever name it has by now.
  func closeDescriptor() { close(descriptor) }

  /// Removes it.
  func remove() {
    try? FileManager.default.removeItem(atPath: path)
    close(descriptor)
  }

  /// Removes what killed processes left in a folder.
  static func sweep(_ folder: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names where isOurs(name) {
      let path = folder + "/" + name
      let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        try? FileManager.default.removeItem(atPath: path)
      }
      close(descriptor)
    }
  }

  private static func isOurs(_ name: String) -> Bool {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return false }
    let digits = name.dropFirst(prefix.count).dropLast(suffix.count)
    return digits.utf8.count == 16 && digits.allSatisfy { $0.isHexDigit && !$0.isUppercase }
  }
}
