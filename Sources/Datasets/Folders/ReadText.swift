import Formatting
import Foundation

/// The text of a file, without the byte-order mark that some editors put before it.
///
/// - Throws: `DataError.unreadable`.
func readText(_ file: String) throws -> String {
  do throws(TextFile.Fault) { return try TextFile.read(file) } catch {
    throw DataError.unreadable(file: file, reason: "\(error)")
  }
}

/// The bytes of a regular file.
///
/// - Throws: `DataError.unreadable`.
func readBytes(_ file: String, atMost most: Int = .max) throws -> Data {
  do throws(TextFile.Fault) { return try TextFile.data(file, atMost: most) } catch {
    throw DataError.unreadable(file: file, reason: "\(error)")
  }
}

/// Opens a regular file; nil for anything else, such as a pipe, which would be waited for.
func openRegular(_ file: String) -> FileHandle? {
  let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { return nil }
  let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  var status = stat()
  guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
  return handle
}

/// The lines of a text file, without their ends.
///
/// - Throws: `DataError.unreadable`.
func readLines(_ file: String) throws -> [Substring] {
  try readText(file).split(omittingEmptySubsequences: false) { $0.isNewline }
}

extension Data {
  /// The bytes behind UTF-8's byte-order mark, or all where there is none.
  var withoutByteOrderMark: Data {
    starts(with: [0xEF, 0xBB, 0xBF]) ? Data(dropFirst(3)) : self
  }
}
