import Files
import Foundation
import Metrics
import Numbers
import Runs
import Settings

/// What judging a checkpoint found, as every task has it: to be told, kept with its run, and reported.
public protocol KeptEvaluation: Encodable {
  /// The checkpoint that was judged.
  var checkpoint: String { get }
  /// The data that it was judged on.
  var data: String { get }
  /// The number of images judged.
  var images: Int { get }
  /// Images that were left out, because they are broken.
  var broken: Int { get }
  /// The figures as text.
  var text: String { get }
  /// The same without pictures, for a program that reads figures.
  var withoutPictures: Self { get }
}

extension KeptEvaluation {
  /// Writes `evaluation.json`.
  public func write(to folder: RunFolder) throws {
    try AtomicFile.write(try JSONText.data(self), to: folder.evaluation)
  }
}

/// The figures of a run's last evaluation, whatever its task, without what else is kept of it.
public struct KeptFigures: Sendable, Hashable, Decodable {
  /// The figures, by name; NaN where one is undefined.
  @Figures public private(set) var values: [String: Double]
  /// The checkpoint that was judged.
  public let checkpoint: String
  /// The data that it was judged on.
  public let data: String

  /// Reads `evaluation.json`; nil if there is none.
  ///
  /// - Throws: `RunError.badConfiguration` for a file that is damaged.
  public static func read(from folder: RunFolder) throws -> KeptFigures? {
    try folder.keptEvaluation()
  }
}

extension RunFolder {
  /// Reads `evaluation.json`; nil if there is none.
  ///
  /// - Parameter fits: whether the numbers in it fit each other.
  /// - Throws: `RunError.badConfiguration` for a file that is damaged, or whose numbers do not fit.
  func keptEvaluation<Kept: Decodable>(where fits: (Kept) -> Bool = { _ in true }) throws -> Kept? {
    guard let data = try? Data(contentsOf: evaluation) else { return nil }
    guard let found = try? JSONText.read(Kept.self, from: data), fits(found) else {
      throw RunError.badConfiguration(
        path: evaluation.path, reason: "it is damaged; 'rondo evaluate' writes it anew")
    }
    return found
  }
}

extension TaskName {
  /// What an evaluation of a run tells, by name.
  public var evaluatedFigures: [String] {
    switch self {
    case .classify: ["accuracy", "top5_accuracy", "calibration_error", "loss"]
    case .segment: SegmentationFigures.names.map(\.key)
    case .detect: COCOFigures.Name.allCases.map { $0.rawValue.lowercased() }
    }
  }
}

extension RunEvaluation: KeptEvaluation {}
extension SegmentationEvaluation: KeptEvaluation {}
extension DetectionEvaluation: KeptEvaluation {}
