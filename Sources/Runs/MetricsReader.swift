import Formatting
import Foundation
import Numbers

/// Reads a `metrics.csv` that grows, each row once.
///
/// A run that is resumed or rolled back replaces the file by a shorter one; then all of it is read anew.
public struct MetricsReader: Sendable {
  /// A row, and where its line begins in the file, in bytes.
  public typealias Taker = (_ row: MetricsRow, _ offset: Int) -> Void

  /// The path of `metrics.csv`.
  public let file: URL
  /// The names of the task's own columns; empty before there is a header.
  public private(set) var columns: [String] = []
  /// The bytes of whole lines that have been read.
  public private(set) var offset = 0
  /// The last bytes that have been read, by which the file is known again.
  private var mark: [UInt8] = []

  /// Creates the reader of a table that may not be there yet.
  public init(_ file: URL) { self.file = file }

  /// Reads the rows that have been added; a last line without its line break is left for the next time.
  ///
  /// - Parameter begin: called with the task's columns before the first row, also of a file that has been replaced.
  /// - Throws: `RunError` for a line that is no row; rows before it have been passed on, and the line is read
  ///   again the next time.
  public mutating func read(begin: (_ columns: [String]) -> Void, _ take: Taker) throws {
    guard let descriptor = try Self.open(file) else { return }
    defer { close(descriptor) }
    if mark != Self.bytes(of: descriptor, before: offset) {
      offset = 0
      columns = []
    }
    defer { mark = Self.bytes(of: descriptor, before: offset) }
    try Self.lines(of: descriptor, from: offset, to: nil) { line, start in
      if start == 0 {
        columns = try MetricsTable.columns(
          ofHeader: Substring(decoding: line, as: UTF8.self), file: file)
        begin(columns)
      } else {
        take(try row(line, start), start)
      }
      offset = start + line.count + 1
    }
  }

  /// Reads the rows of a part of the file again.
  ///
  /// - Parameter range: from the beginning of one line to that of another, in bytes.
  /// - Throws: `RunError`.
  public func read(_ range: Range<Int>, _ take: Taker) throws {
    guard let descriptor = try Self.open(file) else {
      throw RunError.cannotRead(path: file.path, reason: systemReason(ENOENT))
    }
    defer { close(descriptor) }
    try Self.lines(of: descriptor, from: range.lowerBound, to: range.upperBound) { line, start in
      if start > 0 { take(try row(line, start), start) }
    }
  }

  /// Reads a table's columns and its last rows.
  ///
  /// - Throws: `RunError`.
  public static func last(of file: URL, bytes most: Int = 1 << 14) throws -> MetricsTable {
    var reader = MetricsReader(file)
    guard let descriptor = try open(file) else { return MetricsTable(columns: [], rows: []) }
    defer { close(descriptor) }
    let size = Int(clamping: Int64(lseek(descriptor, 0, SEEK_END)))
    var header = bytes(of: descriptor, before: min(size, 1 << 13), most: 1 << 13)
    guard let end = header.firstIndex(of: UInt8(ascii: "\n")) else {
      return MetricsTable(columns: [], rows: [])
    }
    header.removeSubrange(end...)
    reader.columns = try MetricsTable.columns(
      ofHeader: Substring(decoding: header, as: UTF8.self), file: file)
    var rows: [MetricsRow] = []
    let first = max(0, size - most)
    try lines(of: descriptor, from: first, to: size) { line, start in
      // The first line is the header, or was begun before.
      if start > first { rows.append(try reader.row(line, start)) }
    }
    return MetricsTable(columns: reader.columns, rows: rows)
  }

  /// Opens a table; nil where there is none.
  ///
  /// A pipe or a device is refused, since it would be waited for.
  private static func open(_ file: URL) throws -> Int32? {
    let descriptor = Foundation.open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw RunError.cannotRead(path: file.path, reason: systemReason())
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw RunError.cannotRead(path: file.path, reason: "it is not a regular file")
    }
    return descriptor
  }

  /// The bytes before a place in a file, as far as they are there.
  private static func bytes(of descriptor: Int32, before end: Int, most: Int = 64) -> [UInt8] {
    let start = max(0, end - most)
    return [UInt8](unsafeUninitializedCapacity: end - start) { bytes, count in
      count = max(0, pread(descriptor, bytes.baseAddress, end - start, off_t(start)))
    }
  }

  private func row(_ line: UnsafeRawBufferPointer, _ start: Int) throws -> MetricsRow {
    let count = MetricsTable.before.count + columns.count + MetricsTable.after.count
    do throws(MetricsRow.Fault) { return try MetricsRow(line, columns: count) } catch {
      throw RunError.badLine(
        path: file.path, line: Self.number(ofLineAt: start, in: file), reason: "\(error)")
    }
  }

  /// Counts the lines before a byte, for a message.
  private static func number(ofLineAt start: Int, in file: URL) -> Int {
    let data = (try? Data(contentsOf: file, options: .alwaysMapped)) ?? Data()
    return 1 + data.prefix(start).count { $0 == UInt8(ascii: "\n") }
  }

  /// Passes on the whole lines of a part of a file, read a quarter of a mebibyte at a time.
  private static func lines(
    of descriptor: Int32, from first: Int, to last: Int?,
    _ body: (_ line: UnsafeRawBufferPointer, _ start: Int) throws -> Void
  ) throws {
    let size = 1 << 18
    var rest: [UInt8] = []
    var position = first
    while last.map({ position < $0 }) ?? true {
      let wanted = last.map { min(size, $0 - position) } ?? size
      let held = rest.count
      let part = [UInt8](unsafeUninitializedCapacity: wanted) { bytes, count in
        count = max(0, pread(descriptor, bytes.baseAddress, wanted, off_t(position)))
      }
      guard !part.isEmpty else { return }
      rest += part
      let start = position - held
      position += part.count
      var begun = 0
      try rest.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return }
        var at = held
        while at < bytes.count, let found = memchr(base + at, 0x0A, bytes.count - at) {
          let end = UnsafeRawPointer(found) - base
          try body(UnsafeRawBufferPointer(rebasing: bytes[begun..<end]), start + begun)
          begun = end + 1
          at = begun
        }
      }
      rest.removeFirst(begun)
    }
  }
}
