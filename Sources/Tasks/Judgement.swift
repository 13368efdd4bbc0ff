import Datasets
import Foundation
import Planning
import Runs
import Training

/// A model's figures on a data set.
public struct Judgement: Sendable, Hashable, Codable {
  /// The checkpoint that was judged.
  public let checkpoint: String
  /// The data that it was judged on.
  public let data: String
  /// The number of images.
  public let images: Int
  /// The figures, by name.
  public let values: [String: Double]
}

/// Judges a run's newest checkpoint, or a named one, on the run's evaluation data or on another's.
///
/// - Throws: `RunError` where there is no run; `TrainingError` where the checkpoint is missing, cut
///   short or another model's.
public func judge(
  run path: String, checkpoint: String? = nil, data: String? = nil, device: String? = nil
) throws -> Judgement {
  let folder = try RunFolder.open(path)
  var settings = try RunSettings.read(from: folder.configuration.path)
  if let data { settings.data = data }
  if let device { settings.device = device }
  guard let file = checkpoint.map({ URL(fileURLWithPath: $0) }) ?? folder.newestCheckpoint else {
    throw TrainingError.nothingToResume(folder: path, because: "it has no checkpoint yet")
  }
  let run = try ClassificationRun(settings)
  try Checkpoint.load(into: run.task.model, from: file)
  let members = checkpoint == nil ? try snapshots(of: folder, settings) : []
  let score =
    members.isEmpty ? try evaluate(run.task) : try evaluate(run.task, ensembleOf: members)
  return Judgement(
    checkpoint: file.path, data: run.data.name, images: run.data.test.count,
    values: Dictionary(
      score.values.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
}

/// The checkpoints that answer together, where the run is judged by an ensemble.
private func snapshots(of folder: RunFolder, _ settings: RunSettings) throws -> [URL] {
  guard settings.average == AverageName.snapshots.rawValue,
    let plan = try RunPlan.read(from: folder), let last = folder.listCheckpoints().last
  else { return [] }
  let troughs = plan.plan.troughs(upTo: plan.budget.totalSteps)
  return TroughAverage(.snapshots, troughs: troughs, in: folder).files(after: last.update)
}
