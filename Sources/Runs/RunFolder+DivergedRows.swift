import Files
import Formatting
import Foundation
import Numbers

/// Stretches from which a run was rolled back: their rows go out of `metrics.csv`, and are kept.
extension RunFolder {
  /// The rows of the stretch from which the run was rolled back for this time, from 1.
  public func diverged(_ number: Int) -> URL {
    url.appendingPathComponent("diverged-\(number).csv")
  }

  /// Copies the rows of `metrics.csv` after an update into a table of their own.
  ///
  /// - Throws: `RunError` if the table cannot be read, or the copy not be written.
  public func keepDivergedRows(after update: Int, as number: Int) throws {
    try copyRows(after: update, to: diverged(number))
  }

  /// Copies the rows of `metrics.csv` after an update into another table.
  func copyRows(after update: Int, to file: URL) throws {
    let text: String
    do throws(TextFile.Fault) { text = try TextFile.read(metrics.path) } catch {
      throw RunError.cannotRead(path: metrics.path, reason: "\(error)")
    }
    let lines = text.split(separator: "\n")
    let rows = lines.dropFirst().filter { line in
      Int(line.prefix { $0 != "," }).map { $0 > update } ?? false
    }
    let kept = (lines.prefix(1) + rows).joined(separator: "\n") + "\n"
    try AtomicFile.write(Data(kept.utf8), to: file)
  }

  /// Reads the tables of all stretches from which the run was rolled back, in order.
  ///
  /// - Throws: `RunError` for one that is damaged.
  public func readDivergedRows() throws -> [MetricsTable] {
    var tables: [MetricsTable] = []
    while FileManager.default.fileExists(atPath: diverged(tables.count + 1).path) {
      tables.append(try MetricsTable.read(diverged(tables.count + 1)))
    }
    return tables
  }
}
