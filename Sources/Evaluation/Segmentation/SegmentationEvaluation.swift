import Foundation
import Metrics
import Numbers

/// The evaluation of a segmentation's checkpoint: metrics, classes, cases, and pictures of some.
///
/// It is kept as `evaluation.json` in the run's folder, so that the report can show it.
public struct SegmentationEvaluation: StoredEvaluation, Hashable, Codable {
  /// One class's line of the table.
  public struct ClassRow: Sendable, Hashable, Codable {
    /// What the class is called.
    public var name: String
    /// The metrics of the class.
    public var metrics: SegmentationSummary.Row
  }

  /// One image's line of the table; a metric is nil where nothing defines it.
  public struct CaseRow: Sendable, Hashable, Codable {
    /// What the image is called.
    public var name: String
    /// The mean Dice of its classes but the background.
    @NilAsNull public var dice: Double?
    /// The mean intersection over union of its classes but the background.
    @NilAsNull public var iou: Double?
    /// The mean HD95 of its classes but the background, in pixels.
    @NilAsNull public var hd95: Double?
    /// The mean boundary IoU of its classes but the background.
    @NilAsNull public var boundaryIoU: Double?
    /// The mean boundary F1 of its classes but the background.
    @NilAsNull public var boundaryF1: Double?
    /// TP / (TP + FP + FN) of its instances at an overlap above 0.5.
    public var ap50: Double?

    enum CodingKeys: String, CodingKey {
      case name, dice, iou, hd95, ap50
      case boundaryIoU = "boundary_iou"
      case boundaryF1 = "boundary_f1"
    }

    /// Takes an image's metrics.
    public init(name: String, _ metrics: CaseMetrics) {
      self.name = name
      dice = metrics.dice
      iou = metrics.iou
      hd95 = metrics.hd95
      boundaryIoU = metrics.boundaryIoU
      boundaryF1 = metrics.boundaryF1
      ap50 = metrics.instances?.ap50
    }
  }

  /// An image with the outlines of truth and prediction.
  public struct Example: Sendable, Hashable, Codable {
    /// Which end of the list it is from.
    public enum Kind: String, Sendable, Hashable, Codable {
      /// One of the lowest Dice.
      case worst
      /// One of the highest Dice.
      case best
    }

    /// What the image is called.
    public var name: String
    /// Which end of the list it is from.
    public var kind: Kind
    /// The Dice of the image; NaN where it is undefined.
    @NaNAsNull public var dice: Double
    /// The picture, as a PNG.
    public var picture: Data

    /// Creates an example.
    public init(name: String, kind: Kind, dice: Double, picture: Data) {
      self.name = name
      self.kind = kind
      self.dice = dice
      self.picture = picture
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
  /// The metrics, by name, NaN where one is undefined; `Guides/segmentation.md` defines them.
  @NaNsAsNull public var values: [String: Double]
  /// The classes, in the order of their numbers.
  public var classes: [ClassRow]
  /// The images, in the order of the data.
  public var cases: [CaseRow]
  /// Pictures, the worst first.
  public var examples: [Example]

  enum CodingKeys: String, CodingKey {
    case checkpoint, data, images, broken, values, classes, cases, examples
    case trainedImages = "trained_images"
  }

  /// Puts metrics into a form that can be kept.
  ///
  /// - Parameter names: what the images are called, by their numbers.
  public init(
    checkpoint: String, data: String, broken: Int, trainedImages: Int? = nil, classNames: [String], names: [String],
    metric: SegmentationMetric, examples: [Example]
  ) {
    self.checkpoint = checkpoint
    self.data = data
    self.broken = broken
    self.trainedImages = trainedImages
    self.examples = examples
    let summary = metric.summary
    images = summary.images
    values = Dictionary(summary.values.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    classes = zip(classNames, summary.rows).map { ClassRow(name: $0, metrics: $1) }
    cases = metric.cases.map { own in
      CaseRow(name: names.indices.contains(own.index) ? names[own.index] : "\(own.index)", own)
    }
  }

  /// A copy of the evaluation without pictures, for a program that reads metrics.
  public var withoutPictures: SegmentationEvaluation {
    var plain = self
    plain.examples = []
    return plain
  }

  /// The metrics in the order in which they are shown, with what they are called.
  public var namedValues: [(metric: MetricDescription, value: Double)] {
    SegmentationSummary.metrics.map(\.description).compactMap { metric in
      values[metric.name].map { (metric, $0) }
    }
  }
}

extension SegmentationEvaluation.ClassRow {
  /// Reads a line, also of an older file.
  public init(from decoder: any Decoder) throws {
    self.init(
      name: try decoder.container(keyedBy: CodingKeys.self).decode(String.self, forKey: .name),
      metrics: try decoder.value("metrics", older: "figures"))
  }
}
