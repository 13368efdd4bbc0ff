/// The model on its training images, as they are without augmentation, and on images that it was not
/// trained on.
///
/// Where it is right on nearly all of the former and on far fewer of the latter, it overfits. The loss on
/// augmented batches does not show that: it is of harder images, and of a model with dropout.
public struct GeneralizationGap: Sendable, Hashable, Codable {
  /// Updates applied.
  public var update: Int
  /// The loss on training images.
  public var trainingLoss: Double
  /// The loss on evaluation images.
  public var evaluationLoss: Double
  /// The score on training images, such as the accuracy, if there is one.
  public var trainingScore: Double?
  /// The score on evaluation images.
  public var evaluationScore: Double?

  /// Measures the gap at an evaluation; nil where the model was not evaluated on training images.
  public init?(at evaluation: LossCurve.Evaluation) {
    guard let training = evaluation.training, let loss = evaluation.loss, loss.isFinite,
      training.loss.isFinite
    else { return nil }
    update = evaluation.update
    (trainingLoss, evaluationLoss) = (training.loss, loss)
    (trainingScore, evaluationScore) = (training.score, evaluation.score)
  }

  /// Whether the training images are separated, so that hardly anything is left to be learned from them: 99
  /// of a hundred are right, or their loss is a tenth of the others'.
  public var isSeparated: Bool {
    if let trainingScore { return trainingScore >= 0.99 }
    return evaluationLoss > 0 && trainingLoss < 0.1 * evaluationLoss
  }

  /// Whether the model is much worse on evaluation images: by five points of a score, or ten times the loss.
  public var isWide: Bool {
    if let trainingScore, let evaluationScore { return trainingScore - evaluationScore >= 0.05 }
    return evaluationLoss > 0 && trainingLoss < 0.1 * evaluationLoss
  }

  /// Whether the scores differ by more than two standard errors of a share of so many evaluation images; true where the
  /// number is not known.
  ///
  /// The share has two right and two wrong images added, as Agresti and Coull (1998) do, so that the error of one near 1
  /// is not too small; the number of images has not, so that of a few it is not too small either.
  func isBeyondChance(ofImages count: Int?) -> Bool {
    guard let count, let trainingScore, let evaluationScore else { return true }
    let images = Double(max(1, count))
    let share = (evaluationScore * images + 2) / (images + 4)
    return trainingScore - evaluationScore > 2 * (max(0, share * (1 - share)) / images).squareRoot()
  }
}

extension DiagnosedCurve {
  /// The model has learned its training images, and much less of others.
  ///
  /// - Parameters:
  ///   - regularizers: what the run has that would hold it back more.
  ///   - count: the evaluation images, where that is known and the score is a share of them.
  func overfits(_ regularizers: [Regularizer], evaluatedOn count: Int?) -> CurveFinding? {
    let ends = Set(cycles.filter { $0.end <= curve.count }.map(\.end))
    guard let last = curve.evaluations.last(where: { ends.contains($0.update) }),
      let gap = GeneralizationGap(at: last), gap.isSeparated, gap.isWide,
      gap.isBeyondChance(ofImages: count)
    else { return nil }
    return CurveFinding(.overfits(gap), change: .regularize(regularizers))
  }
}
