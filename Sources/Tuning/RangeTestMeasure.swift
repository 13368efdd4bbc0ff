import Formatting

/// What a range test's curve is made of.
public enum RangeTestMeasure: Sendable, Hashable, Codable, LosslessStringConvertible {
  /// The loss of one batch of training images, the same each time.
  case trainingLoss
  /// The mean loss on a part of the evaluation data.
  case validationLoss
  /// A metric on that part of which more is better, such as accuracy, as in Smith's own tests.
  case metric(String)

  /// Reads `train`, `validation`, or a metric's name, in any spelling.
  public init(_ word: String) {
    self =
      switch spelled(word, among: Self.names) {
      case Self.train: .trainingLoss
      case Self.validation: .validationLoss
      // Metrics are columns, in small letters: `boundary_iou`.
      default: .metric(word.lowercased().replacing("-", with: "_").replacing(" ", with: "_"))
      }
  }

  /// The words that are not a metric's name.
  public static let names = [train, validation]
  private static let train = "train"
  private static let validation = "validation"

  /// The word from which it reads back.
  public var description: String {
    switch self {
    case .trainingLoss: Self.train
    case .validationLoss: Self.validation
    case .metric(let name): name
    }
  }

  /// What the metric is called in tables and pictures.
  public var name: String {
    switch self {
    case .trainingLoss: "loss"
    case .validationLoss: "validation_loss"
    case .metric(let name): name
    }
  }

  /// Whether more of it is better.
  public var isHigherBetter: Bool {
    if case .metric = self { true } else { false }
  }

  /// Returns the loss as which a measured value counts.
  ///
  /// A metric of which more is better is taken as 1 minus it: what counts is how far it falls
  /// and rises, not where it lies.
  public func loss(ofMetric value: Double) -> Double { isHigherBetter ? 1 - value : value }

  /// Returns the measured value that a loss stands for.
  public func metric(ofLoss loss: Double) -> Double { isHigherBetter ? 1 - loss : loss }
}

/// The evaluation images on which a range test measured, and after how many updates each time.
public struct RangeTestSample: Sendable, Hashable, Codable {
  /// Evaluation images, the same each time; nil for all that there are.
  public var images: Int?
  /// Updates from one measurement to the next.
  public var every: Int

  /// The most evaluation images of a measurement.
  public static let maximumImages = 512

  /// The training images, the same after each update, whose loss is measured: enough for a steady curve,
  /// and at a third of an update's cost an image, no more than two thirds of the update's.
  public static func maximumFixedImages(updateSize: Int) -> Int { min(2 * updateSize, 128) }

  /// Creates a sample.
  public init(images: Int?, every: Int) {
    self.images = images
    self.every = every
  }
}

extension RangeTestSample: CustomStringConvertible {
  /// The sample in words.
  public var description: String {
    "on \(images.map { "\($0)" } ?? "all") evaluation images after "
      + (every == 1 ? "each update" : "every \(every) updates")
  }
}
