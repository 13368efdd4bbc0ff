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
  /// The evaluation images, where the score is the share of them that are right; nil for other scores.
  public var images: Int?

  /// Measures the gap at an evaluation; nil where the model was not evaluated on training images.
  ///
  /// - Parameter images: the evaluation images, where the score is the share of them that are right.
  public init?(at evaluation: LossCurve.Evaluation, images: Int?) {
    guard let training = evaluation.training, let loss = evaluation.loss, loss.isFinite,
      training.loss.isFinite
    else { return nil }
    update = evaluation.update
    (trainingLoss, evaluationLoss) = (training.loss, loss)
    (trainingScore, evaluationScore) = (training.score, evaluation.score)
    self.images = images
  }

  /// Whether the training images are separated, so that hardly anything is left to be learned from them: the score is
  /// 0.99; or, where that is not the share of images that are right, their loss is a tenth of the others'.
  public var isSeparated: Bool {
    if let trainingScore, trainingScore >= 0.99 || images != nil { return trainingScore >= 0.99 }
    return hasTenthOfLoss
  }

  private var hasTenthOfLoss: Bool { evaluationLoss > 0 && trainingLoss < 0.1 * evaluationLoss }

  /// Whether the model is much worse on evaluation images: by five points of a score, or ten times the loss.
  public var isWide: Bool {
    if let trainingScore, let evaluationScore { return trainingScore - evaluationScore >= 0.05 }
    return hasTenthOfLoss
  }

  /// Whether the scores differ by more than two standard errors of a share of so many evaluation images; true of other
  /// scores, of which chance is not known.
  ///
  /// The share has two right and two wrong images added, as Agresti and Coull (1998) do, so that the error of one near 1
  /// is not too small; the number of images has not, so that of a few it is not too small either.
  var isBeyondChance: Bool {
    guard let images, let trainingScore, let evaluationScore else { return true }
    let count = Double(max(1, images))
    let share = (evaluationScore * count + 2) / (count + 4)
    return trainingScore - evaluationScore > 2 * (max(0, share * (1 - share)) / count).squareRoot()
  }
}

extension DiagnosedCurve {
  /// The model has learned its training images, and much less of others.
  ///
  /// - Parameters:
  ///   - regularizers: what the run has that would hold it back more.
  ///   - count: the evaluation images, where the score is the share of them that are right.
  func overfits(_ regularizers: [Regularizer], evaluatedOn count: Int?) -> CurveFinding? {
    let ends = Set(cycles.filter { $0.end <= curve.count }.map(\.end))
    guard let last = curve.evaluations.last(where: { ends.contains($0.update) }),
      let gap = GeneralizationGap(at: last, images: count), gap.isSeparated, gap.isWide,
      gap.isBeyondChance
    else { return nil }
    return CurveFinding(.overfits(gap), change: .regularize(regularizers))
  }
}
