import Evaluation
import Formatting
import Foundation
import Runs
import Settings

/// An evaluation with the section of a report that shows it: one conformance for each task.
public protocol ReportedEvaluation: StoredEvaluation {
  /// The section's heading.
  static var heading: String { get }
  /// The result in a few words; empty where the body has it.
  var headline: String { get }
  /// The section below the heading and the sentence on what was evaluated, as HTML.
  var body: String { get }
}

extension ReportedEvaluation {
  /// The section; nothing where no image was evaluated.
  var section: String {
    guard images > 0 else { return "" }
    let file = URL(fileURLWithPath: checkpoint).lastPathComponent
    let left = broken == 0 ? "" : " \(broken) broken images were left out."
    let trained = trainedImages ?? 0
    let warning =
      trained == 0
      ? "" : " The run was trained on \(trained) of the images, so that its metrics are too good."
    let what = "\(file) on \(quantity(images, "image")) of \(data)" + (headline.isEmpty ? "" : ": \(headline)")
    return """
      <h2>\(Self.heading)</h2>
      <p>\(escaped("\(what).\(left)\(warning)"))</p>
      \(body)
      """
  }
}

extension TaskDescription {
  /// How a run's evaluation is read; a task is one line here.
  private static let evaluations: [TaskDescription: any ReportedEvaluation.Type] = [
    .classify: ClassificationEvaluation.self,
    .segment: SegmentationEvaluation.self,
    .detect: DetectionEvaluation.self,
  ]

  /// Reads the last evaluation of a run of the task; nil if there was none.
  ///
  /// - Throws: `RunError.badConfiguration` for a file that is damaged.
  func readEvaluation(from folder: RunFolder) throws -> (any ReportedEvaluation)? {
    try Self.evaluations[self]?.read(from: folder)
  }
}
