import Formatting
import Foundation
import Numbers
import Runs
import Settings

/// The results of a cross-validation so far.
public struct CrossValidationResults: Sendable, Hashable, Codable {
  /// What came out of one fold's run.
  public struct Row: Sendable, Hashable, Codable {
    /// The fold that was held out, from 1.
    public var fold: Int
    /// The metrics on the images of the fold, by name; NaN where one is undefined.
    @NaNsAsNull public var heldOut: [String: Double]
    /// The metrics on the test images.
    @NaNsAsNull public var test: [String: Double]
    /// Updates applied.
    public var updates: Int
    /// Seconds of training.
    @NaNAsNull public var seconds: Double

    enum CodingKeys: String, CodingKey {
      case fold, test, updates, seconds
      case heldOut = "held_out"
    }
  }

  /// What the task's first metric is called.
  public var metric: String
  /// How many folds there are.
  public var folds: Int
  /// The runs that ended.
  public var rows: [Row]
  /// The sentences with which runs failed, by their folds.
  public var failures: [String: String]
  /// The metric on the held-out folds, without those that are undefined; nil where all are.
  @NilAsNull public var heldOut: MeanWithInterval?
  /// The metric on the test images, in the same way.
  @NilAsNull public var test: MeanWithInterval?

  enum CodingKeys: String, CodingKey {
    case metric, folds, rows, failures, test
    case heldOut = "held_out"
  }

  /// Reads what there is in a cross-validation's folder.
  ///
  /// - Throws: `RunError` for a file that is damaged.
  public init(of validation: CrossValidation, task: TaskDescription, in folder: URL) throws {
    let metric = task.primaryMetric.name
    (self.metric, folds, failures, rows) = (metric, validation.folds, [:], [])
    for fold in 1...validation.folds {
      let run = CrossValidation.folder(of: fold, in: folder)
      if let failure = try? TextFile.read(run.failure.path) {
        failures["\(fold)"] = failure
      } else if let summary = try RunSummary.read(from: run) {
        rows.append(
          Row(
            fold: fold, heldOut: summary.validation ?? [:], test: summary.final,
            updates: summary.updates, seconds: summary.seconds))
      }
    }
    _heldOut = NilAsNull(wrappedValue: nil)
    _test = NilAsNull(wrappedValue: nil)
    heldOut = MeanWithInterval(rows.compactMap { $0.heldOut[metric] }.filter(\.isFinite))
    test = MeanWithInterval(rows.compactMap { $0.test[metric] }.filter(\.isFinite))
  }

  /// The table: its head, a row a fold, and the mean with its interval.
  public var cells: [[String]] {
    func mean(_ spread: MeanWithInterval?) -> String { formatted(spread?.mean) }
    func half(_ spread: MeanWithInterval?) -> String {
      spread?.halfWidth.map { "±" + formatted($0) } ?? "-"
    }
    let ended = rows.map { row in
      [
        "\(row.fold)", formatted(row.heldOut[metric]), formatted(row.test[metric]),
        "\(row.updates)", formatted(row.seconds, digits: 0),
      ]
    }
    let failed = failures.keys.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }.map {
      [$0, "failed", "-", "-", "-"]
    }
    return [["fold", "held-out \(metric)", "test \(metric)", "updates", "seconds"]] + ended + failed
      + [
        ["mean", mean(heldOut), mean(test), "", ""], ["95 %", half(heldOut), half(test), "", ""],
      ]
  }

  /// The table as text.
  public var text: String { alignedColumns(cells).joined(separator: "\n") }
}
