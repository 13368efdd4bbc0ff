import CFiles
import Foundation
import Numbers

/// Bytes as a file that has a path and lies in memory: what came by a network is read as any other file is.
///
/// The file goes away with its owner.
public final class MemoryFile: Sendable {
  private let descriptor: Int32

  /// Makes a file of some bytes.
  ///
  /// - Throws: `FileError.notWritten` where the system has no room for it.
  public init(_ bytes: Data) throws(FileError) {
    descriptor = rondo_memory_file()
    guard descriptor >= 0 else { throw .notWritten(path: "", code: errno) }
    let code = bytes.withUnsafeBytes { [descriptor] bytes -> Int32 in
      var count = 0
      while count < bytes.count, let start = bytes.baseAddress {
        let written = write(descriptor, start + count, bytes.count - count)
        if written < 0, errno != EINTR { return errno }
        count += max(0, written)
      }
      return 0
    }
    guard code == 0 else {
      close(descriptor)
      throw .notWritten(path: "", code: code)
    }
  }

  deinit { close(descriptor) }

  /// The file's path, valid in this process and as long as the file is.
  public var path: String { "/dev/fd/\(descriptor)" }
}
