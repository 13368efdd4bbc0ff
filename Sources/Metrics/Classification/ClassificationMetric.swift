/// The metrics of a classifier: accuracy, top-5 accuracy, loss, calibration, and the confusion matrix.
///
///     var metric = ClassificationMetric(classes: 10)
///     metric.add(ClassPrediction(logits: logits), truth: 3)
///     metric.accuracy     // 1
///
/// - Source: equal to scikit-learn's `accuracy_score`, `top_k_accuracy_score`, `log_loss` and
///   `confusion_matrix` in the tests.
public struct ClassificationMetric: Sendable, Hashable, Codable {
  /// The confusion matrix.
  public private(set) var confusion: ConfusionMatrix
  /// How far the confidence is from the share of correct predictions.
  public private(set) var calibration = Calibration()
  /// The number of images.
  public private(set) var count = 0
  private var correct = 0
  private var amongFive = 0
  private var lossSum = 0.0

  /// Creates a metric without images.
  public init(classes: Int) { confusion = ConfusionMatrix(classes: classes) }

  /// Adds an image.
  ///
  /// - Precondition: the truth is one of the prediction's classes, of which there are as many as here.
  public mutating func add(_ prediction: ClassPrediction, truth: Int) {
    let rank = prediction.rank(of: truth)
    let best = prediction.best
    count += 1
    correct += rank == 0 ? 1 : 0
    amongFive += rank < 5 ? 1 : 0
    lossSum += prediction.loss(of: truth)
    confusion.add(truth: truth, prediction: best)
    calibration.add(confidence: prediction.probabilities[best], isCorrect: best == truth)
  }

  /// Adds what another process, or another part of the data, has accumulated.
  public mutating func merge(_ other: ClassificationMetric) {
    confusion.merge(other.confusion)
    calibration.merge(other.calibration)
    count += other.count
    correct += other.correct
    amongFive += other.amongFive
    lossSum += other.lossSum
  }

  /// The share of images whose most likely class is the true one; nil without images.
  public var accuracy: Double? { mean(Double(correct)) }
  /// The share of images whose true class is among the five most likely; nil without images, and
  /// where five are all there are.
  public var topFiveAccuracy: Double? { confusion.classes > 5 ? mean(Double(amongFive)) : nil }
  /// The mean cross-entropy, without label smoothing; nil without images.
  public var loss: Double? { mean(lossSum) }

  /// What an evaluation of a classifier reports, in the order in which it is shown.
  public static let metrics: [MetricDeclaration<ClassificationMetric>] =
    ClassCounts.metrics.map { metric in metric.of { $0.confusion.classCounts } } + [
      .init("top5_accuracy", "top-5 accuracy", isLogged: false) { $0.topFiveAccuracy },
      .init("loss", "loss", better: .smaller) { $0.loss },
      .init("calibration_error", "calibration error", better: .smaller, isLogged: false) {
        $0.calibration.error
      },
    ]

  private func mean(_ sum: Double) -> Double? { count == 0 ? nil : sum / Double(count) }
}
