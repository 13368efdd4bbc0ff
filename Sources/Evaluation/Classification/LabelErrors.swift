import Datasets
import Formatting
import Foundation
import Metrics
import Numbers

/// The training images whose label the out-of-fold predictions doubt, as `label-errors.json` has them.
public struct LabelErrors: Sendable, Hashable, Codable {
  /// An image whose label is doubted.
  public struct Doubt: Sendable, Hashable, Codable {
    /// The image's file, or its number among the training images.
    public var image: String
    /// The fold in which it was held out.
    public var fold: Int
    /// The label that it has.
    public var given: String
    /// The most likely class.
    public var suggested: String
    /// The probability of the given label: the lower, the more it is doubted.
    public var quality: Double
    /// The probability of the suggested class.
    public var probability: Double
    /// A small picture of it; in no file.
    public var picture: DataReport.Picture?

    enum CodingKeys: String, CodingKey {
      case image, fold, given, suggested, quality, probability
    }
  }

  /// The data set.
  public var data: String
  /// The number of folds.
  public var folds: Int
  /// The training images that were looked at.
  public var images: Int
  /// Images that were left out, because they are broken.
  public var broken: Int
  /// The share of the images of which the most likely class is the given one.
  public var accuracy: Double
  /// The doubted labels, the most doubtful first.
  public var doubts: [Doubt]

  /// A prediction of an image by a model that was not trained on it.
  public struct Prediction: Sendable {
    /// The image, as it is shown.
    public var image: String
    /// The fold in which it was held out.
    public var fold: Int
    /// The number of the image's given class.
    public var label: Int
    /// The probability of each class.
    public var probabilities: [Double]

    /// Creates a prediction.
    public init(image: String, fold: Int, label: Int, probabilities: [Double]) {
      (self.image, self.fold, self.label) = (image, fold, label)
      self.probabilities = probabilities
    }
  }

  /// Concludes from predictions which labels are doubted.
  ///
  /// - Parameter picture: returns a small picture of an image, by its place among the predictions; nil where no more
  ///   are wanted.
  public init(
    _ predictions: [Prediction], data: String, folds: Int, broken: Int, classNames: [String],
    picture: (Int) -> DataReport.Picture?
  ) {
    (self.data, self.folds, self.broken, images) = (data, folds, broken, predictions.count)
    let learning = ConfidentLearning(
      probabilities: predictions.map(\.probabilities), labels: predictions.map(\.label),
      classes: classNames.count)
    let right = predictions.count { own in
      own.probabilities.indices.allSatisfy { own.probabilities[$0] <= own.probabilities[own.label] }
    }
    accuracy = Double(right) / Double(max(1, predictions.count))
    doubts = learning.issues.map { issue in
      Doubt(
        image: predictions[issue.image].image, fold: predictions[issue.image].fold,
        given: classNames[issue.given], suggested: classNames[issue.suggested],
        quality: issue.quality, probability: issue.probability, picture: picture(issue.image))
    }
  }

  /// The most doubts that the text lists.
  private static let maximumListed = 20

  /// How many labels are doubted, in a sentence.
  public var headline: String {
    "\(doubts.count) of \(images) labels are doubted"
  }

  /// How often the models predict the given labels, and whether they are too poor to doubt them.
  public var reliability: String {
    "out of fold the models predict \(formatted(100 * accuracy, digits: 1)) % of the labels"
      + (4 * doubts.count > images
        ? "; models that doubt more than a quarter are poor, and most labels may be right: train longer, or from --weights"
        : "")
  }

  /// The result for people: the most doubtful labels as a table.
  public var text: String {
    let rows = doubts.prefix(Self.maximumListed).map { doubt in
      [
        doubt.image, doubt.given, doubt.suggested, formatted(doubt.quality),
        formatted(doubt.probability),
      ]
    }
    let rest = doubts.count - rows.count
    let table = alignedColumns(
      [["image", "given", "suggested", "probability of given", "of suggested"]] + rows, left: 3)
    return
      ([headline, reliability, ""] + (rows.isEmpty ? [] : table)
      + (rest > 0 ? ["and \(rest) more in label-errors.csv"] : [])).joined(separator: "\n")
  }

  /// A row a doubted label: `file,given,suggested,quality,probability,fold`.
  public var csv: String {
    let rows = doubts.map { doubt in
      [
        quotedCell(doubt.image), quotedCell(doubt.given), quotedCell(doubt.suggested),
        csvCell(doubt.quality), csvCell(doubt.probability), "\(doubt.fold)",
      ].joined(separator: ",")
    }
    return (["file,given,suggested,quality,probability,fold"] + rows).joined(separator: "\n") + "\n"
  }
}
