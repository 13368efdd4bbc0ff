import Foundation
import Planning
import Runs
import Settings
import Torch

/// What is made of a model's states at the ends of cycles: their mean, or an ensemble.
///
/// Of n cycles that have ended it takes the last n / 2 + 1, rounded down: of two both, of three two, of four
/// three. The earlier states are less trained. All of them are checkpoints, so nothing else has to be kept,
/// and a run that is resumed makes the same of them.
///
/// - Source: Izmailov et al., *Averaging Weights Leads to Wider Optima* (2018); Huang et al.,
///   *Snapshot Ensembles* (2017).
public struct TroughAverage {
  /// What is made of them.
  public let kind: AverageName
  private let troughs: [Int]
  private let folder: RunFolder

  /// Creates the average of a run's states at these updates.
  public init(_ kind: AverageName, troughs: [Int], in folder: RunFolder) {
    self.kind = kind
    self.troughs = troughs
    self.folder = folder
  }

  /// The checkpoints whose states are taken after so many updates; none within a cycle, and none where
  /// fewer than two have ended.
  public func files(after step: Int) -> [URL] {
    let ended = troughs.filter { $0 <= step }
    guard ended.count > 1, ended.last == step else { return [] }
    return ended.suffix(ended.count / 2 + 1).map(folder.checkpoint)
  }

  /// Puts the mean of the states into a model, which is itself the last of them.
  func installMean(into model: any Module, after step: Int) throws {
    let mean = try ModelCopy(of: model).named.map(\.1)
    let weights = model.namedTensors.map(\.1)
    // Counts are no weights: they stay the model's.
    let positions = weights.indices.filter { weights[$0].type == .float32 }
    for (index, file) in files(after: step).dropLast().enumerated() {
      try Checkpoint.loadWeights(into: model, from: file)
      // The mean of n becomes that of n + 1.
      try checked {
        Tensor.move(
          positions.map { mean[$0] }, towards: positions.map { weights[$0] },
          by: 1 / Double(index + 2))
      }
    }
    try checked {
      withoutGradient { for (tensor, mean) in zip(weights, mean) { tensor.copy(from: mean) } }
    }
  }
}
