import Foundation
import Numbers

/// A row as it stands in a line of `metrics.csv`.
extension MetricsRow {
  /// Why a line is no row.
  enum Fault: Error, CustomStringConvertible {
    case cells(Int, columns: Int)
    case notANumber(String)
    case noUpdate

    var description: String {
      switch self {
      case .cells(let count, let columns): "\(count) cells where there are \(columns) columns"
      case .notANumber(let text): "'\(text)' is not a number"
      case .noUpdate: "update, epoch or split cannot be read"
      }
    }
  }

  /// Reads a line without its line break.
  ///
  /// - Parameter columns: the number of the table's columns, the task's own included.
  init(
    _ line: some Collection<UInt8>, columns: Int
  ) throws(Fault) {
    let cells = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard cells.count == columns else { throw .cells(cells.count, columns: columns) }
    func text(_ index: Int) -> String { String(decoding: cells[index], as: UTF8.self) }
    func value(_ index: Int) throws(Fault) -> Double? {
      if cells[index].isEmpty { return nil }
      guard let parsed = Double(text(index)) else { throw .notANumber(text(index)) }
      return parsed
    }
    // Counts that can be added to.
    let counts = 0...(1 << 53)
    guard let update = Int(text(0)), let epoch = Int(text(1)), counts ~= update, counts ~= epoch,
      let split = Split(rawValue: text(2))
    else { throw .noUpdate }
    var values: [Double?] = []
    for index in MetricsTable.before.count..<columns - 1 { values.append(try value(index)) }
    self.init(
      update: update, epoch: epoch, split: split, learningRate: try value(3),
      momentum: try value(4), weightDecay: try value(5), loss: try value(6), values: values,
      seconds: try value(columns - 1) ?? 0)
  }
}
