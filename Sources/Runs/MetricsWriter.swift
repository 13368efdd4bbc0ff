import Files
import Formatting
import Foundation
import Numbers

/// Writes `metrics.csv`, row by row.
///
/// Rows gather in a buffer and go to the file when it is full or a second old, so that whoever watches the run
/// sees them, and to the disk when `flush` is called: before every checkpoint, so that a checkpoint never knows
/// more than the table.
public final class MetricsWriter {
  /// The names of the task's own columns.
  public let columns: [String]
  private let file: URL
  private let handle: FileHandle
  private var buffer: [UInt8] = []
  private var written = ContinuousClock.now
  private static let capacity = 1 << 16

  /// Opens the table of a run with these columns of the task's, and keeps what is in it up to an
  /// update: the rows of a run that was killed after its last checkpoint are written anew.
  ///
  /// - Throws: `RunError` if the file cannot be read or replaced, or if a line before the update is no row: what could
  ///   not be read would be lost.
  public init(file: URL, columns: [String], keepingUpTo update: Int) throws {
    self.file = file
    self.columns = columns
    let header = MetricsTable.header(columns)
    var kept = [Substring(header)]
    if update > 0, let text = try Self.text(of: file) {
      var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      lines.removeLast()
      let rows = try lines.dropFirst().prefix { line in
        guard let number = Int(line.prefix { $0 != "," }) else {
          let number = 1 + (lines.firstIndex { $0.startIndex == line.startIndex } ?? 0)
          throw RunError.badLine(
            path: file.path, line: number,
            reason:
              "it begins with no update; correct the line, or move the file away to continue without its rows"
          )
        }
        return number <= update
      }
      kept +=
        lines.first == kept[0]
        ? Array(rows) : try Self.widened(rows, from: lines.first ?? "", to: header, file: file)
    }
    let text = kept.joined(separator: "\n") + "\n"
    try AtomicFile.write(Data(text.utf8), to: file)
    do {
      handle = try FileHandle(forWritingTo: file)
      try handle.seekToEnd()
    } catch {
      throw RunError.cannotWrite(path: file.path, reason: systemReason(of: error))
    }
    buffer.reserveCapacity(Self.capacity + 1024)
  }

  deinit { try? handle.close() }

  /// The table's text; nil where there is none.
  private static func text(of file: URL) throws -> String? {
    guard isThere(file.path) else { return nil }
    do throws(TextFile.Fault) { return try TextFile.read(file.path) } catch {
      throw RunError.cannotRead(
        path: file.path,
        reason: "\(error); correct it, or move it away to continue without its rows")
    }
  }

  /// Columns that an older version named otherwise.
  private static let olderColumns = ["centre": "centerness"]

  /// Returns the rows of a table that lacks some of the columns, with empty cells in these: an older version
  /// that had fewer metrics wrote it.
  private static func widened(
    _ rows: ArraySlice<Substring>, from old: Substring, to new: String, file: URL
  ) throws -> [Substring] {
    let old = old.split(separator: ",").map { olderColumns[String($0)] ?? String($0) }
    let new = new.split(separator: ",").map(String.init)
    let positions = new.map { old.firstIndex(of: $0) }
    guard positions.compactMap(\.self) == Array(old.indices) else {
      throw RunError.badLine(path: file.path, line: 1, reason: "the columns are not this run's")
    }
    return rows.map { row in
      let cells = row.split(separator: ",", omittingEmptySubsequences: false)
      return Substring(
        positions.map { $0.flatMap { cells.indices.contains($0) ? cells[$0] : nil } ?? "" }
          .joined(separator: ","))
    }
  }

  /// Adds a row.
  ///
  /// - Throws: `RunError.cannotWrite` if the rows were due and the disk is full.
  public func append(_ row: MetricsRow) throws {
    append(row.update)
    append(row.epoch)
    buffer.append(contentsOf: row.split.rawValue.utf8)
    append(row.learningRate)
    append(row.momentum)
    append(row.weightDecay)
    append(row.loss)
    // What is undefined has NaN; a loss that diverged keeps its nan or inf.
    for value in row.values { append(value.flatMap { $0.isFinite ? $0 : nil }) }
    append((row.seconds * 1000).rounded() / 1000)
    buffer.append(UInt8(ascii: "\n"))
    if buffer.count >= Self.capacity || ContinuousClock.now - written > .seconds(1) { try write() }
  }

  /// Writes out what has gathered, and brings it to the disk: a checkpoint that follows must not
  /// outlive its rows when the power fails.
  ///
  /// - Throws: `RunError.cannotWrite`.
  public func flush() throws {
    try write()
    do { try handle.synchronize() } catch {
      throw RunError.cannotWrite(path: file.path, reason: systemReason(of: error))
    }
  }

  private func write() throws {
    do { try handle.write(contentsOf: buffer) } catch {
      throw RunError.cannotWrite(path: file.path, reason: systemReason(of: error))
    }
    buffer.removeAll(keepingCapacity: true)
    written = .now
  }

  private func append(_ number: Int) {
    buffer.append(contentsOf: String(number).utf8)
    buffer.append(UInt8(ascii: ","))
  }

  /// Adds a cell with its leading comma, in the shortest form that reads back equal.
  private func append(_ number: Double?) {
    buffer.append(UInt8(ascii: ","))
    if let number { buffer.append(contentsOf: number.description.utf8) }
  }
}
