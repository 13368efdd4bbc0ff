import Foundation
import Metrics
import Numbers

/// The evaluation of a checkpoint: metrics, the confusion matrix, and the worst mistakes.
///
/// It is kept as `evaluation.json` in the run's folder, so that the report can show it.
public struct ClassificationEvaluation: StoredEvaluation, Hashable, Codable {
  /// One class's line of the table; a share is nil where nothing is divided by nothing.
  public struct ClassRow: Sendable, Hashable, Codable {
    /// What the class is called.
    public var name: String
    /// The number of images of the class.
    public var count: Int
    /// The share of the images predicted as this class that have it.
    @NilAsNull public var precision: Double?
    /// The share of this class's images that are predicted as it.
    @NilAsNull public var recall: Double?
    /// The harmonic mean of both.
    @NilAsNull public var f1: Double?
  }

  /// Predictions of about the same confidence.
  public struct CalibrationBin: Sendable, Hashable, Codable {
    /// The number of predictions in the bin.
    public var count: Int
    /// The share of them that are correct.
    @NilAsNull public var accuracy: Double?
    /// The mean confidence of the predictions.
    @NilAsNull public var confidence: Double?
  }

  /// A confident wrong prediction.
  public struct Mistake: Sendable, Hashable, Codable {
    /// The image's file, or its number among the evaluated images, from 0.
    public var image: String
    /// The true class.
    public var truth: String
    /// The predicted class.
    public var prediction: String
    /// The predicted probability of that class.
    @NaNAsNull public var probability: Double
    /// What the model saw, as a PNG; nil where pictures are left out.
    public var picture: Data?

    /// Creates the record of a mistake.
    public init(
      image: String, truth: String, prediction: String, probability: Double, picture: Data?
    ) {
      self.image = image
      self.truth = truth
      self.prediction = prediction
      self.probability = probability
      self.picture = picture
    }

    /// Reads a mistake, also of an older file.
    public init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      image = try values.decode(String.self, forKey: .image)
      truth = try values.decode(String.self, forKey: .truth)
      prediction = try decoder.value("prediction", older: "answer")
      _probability = try values.decode(NaNAsNull.self, forKey: .probability)
      picture = try values.decodeIfPresent(Data.self, forKey: .picture)
    }
  }

  /// The checkpoint that was evaluated.
  public var checkpoint: String
  /// The data that it was evaluated on.
  public var data: String
  /// The number of images evaluated.
  public var images: Int
  /// Images that were left out, because they are broken.
  public var broken: Int
  /// How many of the images the run was trained on, so that its metrics are too good; nil where that is not known.
  public var trainedImages: Int?
  /// The metrics, by the names of `ClassificationMetric.metrics`: those that are defined.
  @NaNsAsNull public var values: [String: Double]
  /// The classes, in the order of their numbers.
  public var classes: [ClassRow]
  /// Images by their true class (a row) and the predicted one (a column).
  public var confusionMatrix: [[Int]]
  /// Predictions by their confidence, from 0 to 1 in steps of a fifteenth.
  public var calibration: [CalibrationBin]
  /// The most confident wrong predictions, the most confident first.
  public var mistakes: [Mistake]

  enum CodingKeys: String, CodingKey {
    case checkpoint, data, images, broken, values, classes, calibration, mistakes
    case confusionMatrix = "confusion_matrix"
    case trainedImages = "trained_images"
  }

  /// Puts metrics into a form that can be kept.
  public init(
    checkpoint: String, data: String, broken: Int, trainedImages: Int? = nil, classNames: [String],
    metric: ClassificationMetric, mistakes: [Mistake]
  ) {
    self.checkpoint = checkpoint
    self.data = data
    self.broken = broken
    self.trainedImages = trainedImages
    self.mistakes = mistakes
    images = metric.count
    values = Dictionary(
      uniqueKeysWithValues: ClassificationMetric.metrics.compactMap { declared in
        declared.value(metric).map { (declared.description.name, $0) }
      })
    classes = classNames.enumerated().map { label, name in
      let metrics = metric.confusion.metrics(of: label)
      return ClassRow(
        name: name, count: metrics.count, precision: metrics.precision, recall: metrics.recall,
        f1: metrics.f1)
    }
    confusionMatrix = metric.confusion.rows
    calibration = metric.calibration.bins.map {
      CalibrationBin(count: $0.count, accuracy: $0.accuracy, confidence: $0.confidence)
    }
  }

  /// A copy of the evaluation without pictures, for a program that reads metrics.
  public var withoutPictures: ClassificationEvaluation {
    var plain = self
    for index in plain.mistakes.indices { plain.mistakes[index].picture = nil }
    return plain
  }

  /// Pairs of classes by how often an image of the first was predicted as the second, the most frequent
  /// first; correct predictions are none.
  public var confusions: [(truth: Int, prediction: Int, count: Int)] {
    confusionMatrix.enumerated().flatMap { truth, row in
      row.enumerated().compactMap { prediction, count in
        count > 0 && prediction != truth ? (truth, prediction, count) : nil
      }
    }
    .sorted { ($1.count, $0.truth, $0.prediction) < ($0.count, $1.truth, $1.prediction) }
  }

  /// Whether the confusion matrix has a row and a column for each class, and counts that can be added up.
  public var isConsistent: Bool {
    confusionMatrix.count == classes.count
      && confusionMatrix.allSatisfy { row in
        row.count == classes.count && row.allSatisfy((0...1 << 40).contains)
      }
  }
}
