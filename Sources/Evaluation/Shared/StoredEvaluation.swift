import Files
import Foundation
import Metrics
import Numbers
import Runs

/// The evaluation of a checkpoint, as every task has it: printed, stored with its run, and reported.
public protocol StoredEvaluation: Codable, Sendable {
  /// The checkpoint.
  var checkpoint: String { get }
  /// The data that it was evaluated on.
  var data: String { get }
  /// The number of images that it was evaluated on.
  var images: Int { get }
  /// Images that were left out, because they are broken.
  var broken: Int { get }
  /// How many of the images the run was trained on, so that its metrics are too good; nil where that is not known, and
  /// in older files.
  var trainedImages: Int? { get }
  /// The metrics as text.
  var text: String { get }
  /// The evaluation without pictures, for a program that reads metrics.
  var withoutPictures: Self { get }
  /// Whether the numbers in it fit each other.
  var isConsistent: Bool { get }
}

extension StoredEvaluation {
  /// By default true: any numbers fit each other.
  public var isConsistent: Bool { true }

  /// Reads the last evaluation of a run; nil if there was none.
  ///
  /// - Throws: `RunError` for a file that is damaged, or whose numbers do not fit.
  public static func read(from folder: RunFolder) throws -> Self? {
    try folder.storedEvaluation(where: \.isConsistent)
  }

  /// Writes `evaluation.json`.
  public func write(to folder: RunFolder) throws {
    try AtomicFile.write(try JSONText.data(self), to: folder.evaluation)
  }
}

/// The metrics of a run's last evaluation, whatever its task, without what else is kept of it.
public struct EvaluationMetrics: Sendable, Hashable, Decodable {
  /// The metrics, by name; NaN where one is undefined.
  @NaNsAsNull public private(set) var values: [String: Double]
  /// The checkpoint that was evaluated.
  public let checkpoint: String
  /// The data that it was evaluated on.
  public let data: String

  /// Reads `evaluation.json`; nil if there is none.
  ///
  /// - Throws: `RunError` for a file that is damaged.
  public static func read(from folder: RunFolder) throws -> EvaluationMetrics? {
    try folder.storedEvaluation()
  }
}

extension RunFolder {
  /// Reads `evaluation.json`; nil if there is none.
  ///
  /// - Parameter fits: whether the numbers in it fit each other.
  /// - Throws: `RunError` for a file that is damaged, or whose numbers do not fit.
  func storedEvaluation<Kept: Decodable>(where fits: (Kept) -> Bool = { _ in true }) throws -> Kept? {
    try RecordFile.read(
      evaluation, remedy: "'rondo evaluate' writes a new one", where: fits)
  }
}
