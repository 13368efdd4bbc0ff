import Foundation

/// The text of a file, without the byte-order mark that some editors put before it.
///
/// - Throws: `DataError.unreadable`.
func readText(_ file: String) throws -> String {
  guard let data = FileManager.default.contents(atPath: file) else {
    throw DataError.unreadable(file: file, reason: "it is not there or not allowed")
  }
  return String(decoding: data.withoutByteOrderMark, as: UTF8.self)
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
