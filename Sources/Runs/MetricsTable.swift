import Formatting
import Foundation
import Numbers

/// A row of `metrics.csv`: an update, or an evaluation.
public struct MetricsRow: Sendable, Hashable {
  /// The data that the metrics are of.
  public enum Split: String, Sendable, Hashable, Codable {
    /// The batch of an update.
    case train
    /// The validation images, on which the model is evaluated while it is trained, where there are such.
    case validation
    /// The test images, on which it is evaluated where there are no validation images; in older folders
    /// these rows may be of validation images too.
    case test
    /// The same images as those of the row before, evaluated by what the run averages and not by the model
    /// itself.
    case average
    /// Training images as they are without augmentation, evaluated by the model at the ends of cycles and
    /// of the run.
    case trainingImages = "training-images"

    /// Whether the metrics are of the model itself on images that it was not trained on.
    public var isEvaluation: Bool { self == .validation || self == .test }
  }

  /// Updates applied, this one included.
  public var update: Int
  /// The epoch, from 0.
  public var epoch: Int
  /// The data that the metrics are of.
  public var split: Split
  /// The learning rate of the update.
  public var learningRate: Double?
  /// The momentum of the update, if it is planned.
  public var momentum: Double?
  /// The weight decay of the update, if it is planned.
  public var weightDecay: Double?
  /// The loss.
  public var loss: Double?
  /// The task's own columns.
  public var values: [Double?]
  /// Seconds since training began.
  public var seconds: Double

  /// Creates a row.
  public init(
    update: Int, epoch: Int, split: Split, learningRate: Double?, momentum: Double?,
    weightDecay: Double?, loss: Double?, values: [Double?], seconds: Double
  ) {
    self.update = update
    self.epoch = epoch
    self.split = split
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.loss = loss
    self.values = values
    self.seconds = seconds
  }
}

/// `metrics.csv`, read: the task's columns and the rows.
public struct MetricsTable: Sendable, Hashable {
  /// The names of the task's own columns.
  public let columns: [String]
  /// The rows, in the order in which they were written.
  public let rows: [MetricsRow]

  /// Creates a table.
  public init(columns: [String], rows: [MetricsRow]) {
    self.columns = columns
    self.rows = rows
  }

  static let before = [
    "update", "epoch", "split", "learning_rate", "momentum", "weight_decay", "loss",
  ]
  static let after = ["seconds"]

  static func header(_ columns: [String]) -> String {
    (before + columns + after).joined(separator: ",")
  }

  /// Returns a sentence on updates of which the table has no row, up to the last of a checkpoint; nil where it
  /// has them all.
  public func gap(upTo last: Int) -> String? {
    guard last > 0 else { return nil }
    let written = Set(rows.lazy.filter { $0.split == .train && $0.update <= last }.map(\.update))
    let count = last - written.count
    guard count > 0, let first = (1...last).first(where: { !written.contains($0) }) else {
      return nil
    }
    return
      "metrics.csv has no rows of \(count) of the \(last) updates before the checkpoint, first of "
      + "update \(first): they were lost, and curves and findings have a gap there"
  }

  /// Reads a table; a last line that was cut short by a kill is skipped.
  ///
  /// - Throws: `RunError` naming the file and the line.
  public static func read(_ file: URL) throws -> MetricsTable {
    let text: String
    do throws(TextFile.Fault) { text = try TextFile.read(file.path) } catch {
      throw RunError.cannotRead(path: file.path, reason: "\(error)")
    }
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // What follows the last line break was never finished.
    lines.removeLast()
    guard let header = lines.first else { return MetricsTable(columns: [], rows: []) }
    let columns = try columns(ofHeader: Substring(header), file: file)
    let count = before.count + columns.count + after.count
    let rows = try lines.dropFirst().enumerated().map { index, line in
      do throws(MetricsRow.Fault) { return try MetricsRow(line, columns: count) } catch {
        throw RunError.badLine(path: file.path, line: index + 2, reason: "\(error)")
      }
    }
    return MetricsTable(columns: columns, rows: rows)
  }

  /// Returns the task's own columns.
  ///
  /// - Throws: `RunError` for a line that is no header of such a table.
  static func columns(ofHeader header: Substring, file: URL) throws -> [String] {
    let names = header.split(separator: ",").map(String.init)
    guard names.count >= before.count + 1, Array(names.prefix(before.count)) == before,
      names.last == after[0]
    else {
      throw RunError.badLine(path: file.path, line: 1, reason: "these are not the columns of a run")
    }
    return Array(names[before.count..<names.count - 1])
  }
}
