import Foundation
import Words

/// The text of a file, without the byte-order mark that some editors put before it.
///
/// - Throws: `DataError.unreadable`.
func readText(_ file: String) throws -> String {
  do throws(TextFile.Fault) { return try TextFile.read(file) } catch {
    throw DataError.unreadable(file: file, reason: "\(error)")
  }
}

/// The lines of a text file, without their ends.
///
/// - Throws: `DataError.unreadable`.
func readLines(_ file: String) throws -> [Substring] {
  try readText(file).split(omittingEmptySubsequences: false) { $0.isNewline }
}

extension Data {
  /// The same bytes behind UTF-8's byte-order mark, or all where there is none.
  var withoutByteOrderMark: Data {
    starts(with: [0xEF, 0xBB, 0xBF]) ? Data(dropFirst(3)) : self
  }
}
