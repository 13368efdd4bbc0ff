import Boxes
import Foundation
import Metrics
import Numbers

/// The evaluation of a detector's checkpoint: COCO's metrics, curves, errors by kind, and images.
///
/// It is kept as `evaluation.json` in the run's folder, so that the report can show it.
public struct DetectionEvaluation: StoredEvaluation, Hashable, Codable {
  /// One class's line of the table.
  public struct ClassRow: Sendable, Hashable, Codable {
    /// What the class is called.
    public var name: String
    /// The number of objects of the class that are to be detected.
    public var count: Int
    /// COCO's twelve metrics by their names in small letters; NaN where there was nothing to find.
    @NaNsAsNull public var metrics: [String: Double]
    /// The share of the detections with a score of `score` or more that are correct; nil where there are none.
    @NilAsNull public var precision: Double?
    /// The share of the objects that these detections find; nil where there are none.
    @NilAsNull public var recall: Double?
    /// The number of errors of each kind, by its name, and of correct detections, `right`.
    public var errors: [String: Int]
    /// The precision at recalls from 0 to 1 in hundredths, at an overlap of 0.5; nil without objects.
    public var curve: [Double]?
  }

  /// A box on a picture.
  public struct ShownBox: Sendable, Hashable, Codable {
    /// The box in the image's own pixels.
    public var box: Box
    /// The number of the class.
    public var label: Int
    /// The confidence of a detection; nil for an object.
    public var score: Double?
    /// The kind of error, or that it is correct; nil for what does not count.
    public var kind: DetectionErrors.Kind?
  }

  /// An image with what is on it and what the model found.
  public struct Picture: Sendable, Hashable, Codable {
    /// The image's file, or its name.
    public var image: String
    /// The image's own width in pixels.
    public var width: Int
    /// The image's own height in pixels.
    public var height: Int
    /// The image as a PNG, perhaps smaller; nil where pictures are left out.
    public var png: Data?
    /// The objects on the image.
    public var truth: [ShownBox]
    /// The detections, the highest score first.
    public var detections: [ShownBox]

    /// Puts an image and its detections of a score or more into a form that can be kept.
    public init(
      image: String, width: Int, height: Int, png: Data?, evaluated: EvaluatedImage,
      atScore score: Double
    ) {
      self.image = image
      self.width = width
      self.height = height
      self.png = png
      let missed = Set(DetectionErrors.missed(of: evaluated, atScore: score))
      truth = evaluated.truth.enumerated().map { position, object in
        ShownBox(
          box: object.box, label: object.label,
          kind: object.isCrowd ? nil : missed.contains(position) ? .missed : .right)
      }
      detections = DetectionErrors.kinds(of: evaluated).filter { $0.detection.score >= score }
        .map { detection, kind in
          ShownBox(
            box: detection.box, label: detection.label, score: detection.score, kind: kind)
        }
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
  /// The score from which on detections are counted in `errors`, precision and recall.
  @NaNAsNull public var score: Double
  /// COCO's twelve metrics by their names in small letters, and the loss where it is known.
  ///
  /// They are `ap`, `ap50` and so on to `arl`; NaN where there was nothing to find.
  @NaNsAsNull public var values: [String: Double]
  /// The classes, in the order of their numbers.
  public var classes: [ClassRow]
  /// Images with errors, the most first.
  public var pictures: [Picture]

  enum CodingKeys: String, CodingKey {
    case checkpoint, data, images, broken, score, values, classes, pictures
    case trainedImages = "trained_images"
  }

  /// Puts metrics into a form that can be kept.
  ///
  /// - Parameter others: further metrics by name, such as the loss.
  public init(
    checkpoint: String, data: String, broken: Int, trainedImages: Int? = nil, classNames: [String], metric: COCOMetric,
    errors: DetectionErrors, others: [String: Double] = [:], pictures: [Picture] = []
  ) {
    self.checkpoint = checkpoint
    self.data = data
    self.broken = broken
    self.trainedImages = trainedImages
    self.pictures = pictures
    images = metric.images.count
    let score = errors.bestScore
    self.score = score
    let summary = metric.summary()
    values = others.merging(summary.mean.metrics, uniquingKeysWith: { $1 })
    let counts = errors.counts(atScore: score)
    let objects = errors.objectCounts
    let curves = metric.curves()
    classes = classNames.enumerated().map { label, name in
      let right = counts[label][.right] ?? 0
      let given = counts[label].filter { $0.key != .missed }.values.reduce(0, +)
      return ClassRow(
        name: name, count: objects[label],
        metrics: summary.perClass[label].metrics,
        precision: given == 0 ? nil : Double(right) / Double(given),
        recall: objects[label] == 0 ? nil : Double(right) / Double(objects[label]),
        errors: Dictionary(
          uniqueKeysWithValues: counts[label].map { ($0.key.rawValue, $0.value) }),
        curve: curves[label]?.precisions)
    }
  }

  /// How often something of a kind went wrong, or right, over all classes.
  public func count(_ kind: DetectionErrors.Kind) -> Int {
    classes.reduce(0) { $0 + ($1.errors[kind.rawValue] ?? 0) }
  }

  /// A copy of the evaluation without pictures, for a program that reads metrics.
  public var withoutPictures: DetectionEvaluation {
    var plain = self
    plain.pictures = []
    return plain
  }

  /// Whether each box is of a class that there is, and each curve has a precision for each recall.
  public var isConsistent: Bool {
    let labels = pictures.flatMap { $0.truth + $0.detections }.map(\.label)
    let recalls = PrecisionRecallCurve.recalls.count
    return labels.allSatisfy(classes.indices.contains)
      && classes.allSatisfy { $0.curve.map { $0.count == recalls } ?? true }
  }
}

extension COCOSummary.Row {
  /// The metrics by their names in small letters, NaN where there was nothing to find.
  public var metrics: [String: Double] {
    Dictionary(
      uniqueKeysWithValues: COCOSummary.Name.allCases.map { name in
        (name.metric.name, self[name] < 0 ? .nan : self[name])
      })
  }
}

extension DetectionErrors.Kind {
  /// The name in tables.
  public var displayName: String {
    switch self {
    case .right: "correct"
    case .missed: "missed"
    case .background: "background"
    case .wrongClass: "wrong class"
    case .poorLocalization: "poor localization"
    case .wrongClassAndLocation: "wrong class, poor localization"
    case .duplicate: "duplicate"
    }
  }
}

// MARK: For people

extension DetectionEvaluation {
  /// The kinds in the order in which they are shown.
  public static let kinds: [DetectionErrors.Kind] = [
    .right, .missed, .background, .wrongClass, .poorLocalization, .wrongClassAndLocation,
    .duplicate,
  ]

  /// The metrics as a page's first sentence says them.
  public var headline: String {
    ["ap", "ap50", "ap75"].compactMap { name in
      values[name].map { "\(name.uppercased()) \(formatted($0))" }
    }
    .joined(separator: ", ")
  }
}

extension DetectionEvaluation.ClassRow {
  /// Reads a line, also of an older file.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      name: try values.decode(String.self, forKey: .name),
      count: try values.decode(Int.self, forKey: .count),
      metrics: try decoder.value("metrics", older: "figures", as: NaNsAsNull.self).wrappedValue,
      precision: try values.decodeIfPresent(Double.self, forKey: .precision),
      recall: try values.decodeIfPresent(Double.self, forKey: .recall),
      errors: Dictionary(
        try values.decode([String: Int].self, forKey: .errors)
          .map { (DetectionErrors.Kind(named: $0.key)?.rawValue ?? $0.key, $0.value) },
        uniquingKeysWith: +),
      curve: try values.decodeIfPresent([Double].self, forKey: .curve))
  }
}
