import Evaluation
import Formatting
import Foundation
import Planning
import Runs
import Settings
import Tuning

/// What a run's folder says of it; a run in progress, or one that was killed, has less to say.
public struct RunRecord: Sendable {
  /// The folder's name.
  public var title: String
  /// The command that makes the same run again, if its settings are kept.
  public var repeating: String?
  /// The settings, as they stand in the file.
  public var configuration: String?
  /// The plan.
  public var plan: RunPlan?
  /// The range test's curve.
  public var rangeTest: RangeTestCurve?
  /// What the peak follows from.
  public var advice: AdviceRecord?
  /// Training images as the network sees them.
  public var samples: SampleImages?
  /// The rows of updates and evaluations.
  public var metrics: MetricsTable?
  /// The rows of the stretches from which the run was rolled back.
  public var diverged: [MetricsTable] = []
  /// The final metrics; nil where the run has not ended, or goes on since its end.
  public var summary: RunSummary?
  /// The last evaluation of a checkpoint.
  public var evaluation: (any ReportedEvaluation)?

  /// Creates a record of nothing but a name.
  public init(title: String) { self.title = title }

  /// The evaluation split's name; a run that has not ended does not say.
  public var evaluationSplit: String { summary?.evaluationSplit.rawValue ?? "evaluation" }

  /// Which part of the data the evaluations while it trained are of, in a word.
  public var curveSplit: String {
    if metrics?.rows.contains(where: { $0.split == .validation }) == true { return "validation" }
    return evaluationSplit
  }

  /// What the loss curve says, if there are a plan and a curve.
  public var diagnosis: Diagnosis? {
    guard let plan, let metrics else { return nil }
    return plan.diagnosis(of: LossCurve(metrics))
  }

  /// The task of the run's model; nil where its settings cannot be read.
  private static func task(of folder: RunFolder, _ plan: RunPlan?) -> TaskDescription? {
    let settings =
      plan?.settings ?? (try? RunSettings.read(from: folder.configuration.path))?.resolved
    return settings?.data.task
  }

  /// Whether a summary is of the run's end: of a run that was made longer since, it is not.
  private func isEnd(_ summary: RunSummary) -> Bool {
    guard (metrics?.rows.last?.update ?? 0) <= summary.updates else { return false }
    guard let plan, summary.updates < plan.budget.totalSteps else { return true }
    return !plan.plan.changes.contains { $0.step >= summary.updates }
  }

  /// Reads a run's folder.
  ///
  /// - Throws: `RunError` for a file that is there and damaged.
  public static func read(from folder: RunFolder) throws -> RunRecord {
    var record = RunRecord(title: folder.url.lastPathComponent)
    func isThere(_ file: URL) -> Bool { FileManager.default.fileExists(atPath: file.path) }
    if isThere(folder.configuration) {
      record.repeating = folder.repeating
      let path = folder.configuration.path
      do throws(TextFile.Fault) {
        record.configuration = try TextFile.read(path, atMost: TextFile.maximumBytesOfSettings)
      } catch { throw RunError.cannotRead(path: path, reason: "\(error)") }
    }
    record.plan = try RunPlan.read(from: folder)
    record.advice = try AdviceRecord.read(from: folder)
    let task = Self.task(of: folder, record.plan) ?? .classify
    record.evaluation = try task.readEvaluation(from: folder)
    record.samples = try SampleImages.read(from: folder)
    if isThere(folder.metrics) { record.metrics = try MetricsTable.read(folder.metrics) }
    record.summary = try RunSummary.read(from: folder).flatMap { record.isEnd($0) ? $0 : nil }
    record.diverged = try folder.readDivergedRows()
    if isThere(folder.rangeTest) {
      // A run that found no range has no plan, only its settings.
      let settings =
        record.plan?.settings ?? (try? RunSettings.read(from: folder.configuration.path))?.resolved
      record.rangeTest = try RangeTestCurve.read(
        csv: folder.rangeTest.path, measure: settings?.rangeTest.measure ?? .trainingLoss)
    }
    return record
  }
}
