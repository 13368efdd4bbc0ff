import Foundation

/// A file that Rondo keeps for itself under a fixed name: the lock of a run, a download that has come in part.
///
/// Whoever may write to its folder could put a link there; what is written would then go into another file.
public enum OwnFile {
  /// Opens it for reading and writing, and creates it where it is not there.
  ///
  /// - Returns: its descriptor, which the caller closes.
  /// - Throws: `FileError.isLink`, `FileError.notWritten`.
  public static func open(_ path: String) throws(FileError) -> Int32 {
    try check(path)
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw errno == ELOOP ? .isLink(path: path) : .notWritten(path: path, code: errno)
    }
    return descriptor
  }

  /// Checks that nothing else lies at its path: a link, a second name of another file, a pipe, a device.
  ///
  /// - Throws: `FileError.isLink`.
  public static func check(_ path: String) throws(FileError) {
    var status = stat()
    guard lstat(path, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw .notWritten(path: path, code: EISDIR)
    case S_IFREG where status.st_nlink <= 1: return
    default: throw .isLink(path: path)
    }
  }
}
