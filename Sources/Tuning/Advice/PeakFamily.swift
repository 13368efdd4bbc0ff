import Foundation

/// What is known of the best peaks of a task's runs before anything is measured.
///
/// Steps are SGD's rate divided by 1 minus the momentum, and Adam's rate. Deviations are in octaves: 1 is a
/// factor of 2.
///
/// A task names one of those below, or one of its own beside its description.
public struct PeakFamily: Sendable, Hashable {
  /// What is known with an optimizer and a kind of network.
  public struct Row: Sendable, Hashable, Codable {
    /// The step at which the peak is best, at this batch size.
    let step: Double
    /// Images an update that the step is for.
    let batchSize: Double
    /// The power of the batch size with which the step grows.
    let batchPower: Double
    /// Whether the step falls with the number of classes, and for fewer than 500 images.
    let fallsWithClasses: Bool
    /// The standard deviation of the best step about it, in octaves.
    let deviation: Double
    /// The standard deviation of the best step about a clear range test's, in octaves.
    let testDeviation: Double
    /// The highest step is the range test's edge divided by this.
    let edgeRatio: Double
    /// Where the numbers come from.
    let source: String

    /// Puts down what is known; the step holds for every batch size and number of classes where nothing else is said.
    public init(
      step: Double, batchSize: Double, batchPower: Double = 0, fallsWithClasses: Bool = false,
      deviation: Double, testDeviation: Double, edgeRatio: Double, source: String
    ) {
      (self.step, self.batchSize, self.batchPower) = (step, batchSize, batchPower)
      self.fallsWithClasses = fallsWithClasses
      (self.deviation, self.testDeviation) = (deviation, testDeviation)
      (self.edgeRatio, self.source) = (edgeRatio, source)
    }

    /// The numbers, in words.
    var basis: String {
      let growth =
        batchPower == 0
        ? " with batches of any size"
        : " with batches of " + short(batchSize) + ", growing by the batch size to the power " + short(batchPower)
      return "a step of " + short(step) + growth
        + (fallsWithClasses ? ", falling with the number of classes" : "")
        + ", with a deviation of " + short(deviation) + " octaves"
    }

    private func short(_ value: Double) -> String { String(format: "%.3g", value) }
  }

  /// The rows of an optimizer; where a kind of network has none, the normalized one's holds.
  public struct Rows: Sendable, Hashable, Codable {
    /// Of networks with normalization layers.
    let normalized: Row
    /// Of networks without.
    let bare: Row?
    /// Of networks that begin with trained weights.
    let pretrained: Row?

    /// Puts down the rows of an optimizer.
    public init(normalized: Row, bare: Row? = nil, pretrained: Row? = nil) {
      (self.normalized, self.bare, self.pretrained) = (normalized, bare, pretrained)
    }
  }

  /// The name in `advice.json`.
  public let name: String
  /// Whether an untrained network with normalization gains from a rate above what a range test and short cycles show.
  let gainsFromHighRates: Bool
  /// The fewest held-out images that tell losses apart.
  let minimumHeldOut: Int
  /// The fewest updates of a run that rehearses.
  let minimumUpdates: Int
  /// With SGD.
  let sgd: Rows
  /// With Adam and AdamW.
  let adam: Rows

  /// Puts down what is known.
  ///
  /// - Parameters:
  ///   - minimumHeldOut: fewer where an image has many labels.
  ///   - minimumUpdates: the fewest updates of a run that rehearses.
  public init(
    _ name: String, gainsFromHighRates: Bool = false, minimumHeldOut: Int, minimumUpdates: Int,
    sgd: Rows, adam: Rows
  ) {
    (self.name, self.gainsFromHighRates) = (name, gainsFromHighRates)
    (self.minimumHeldOut, self.minimumUpdates) = (minimumHeldOut, minimumUpdates)
    (self.sgd, self.adam) = (sgd, adam)
  }

  /// The row of a situation.
  func row(for situation: PeakSituation) -> Row {
    let rows = situation.optimizer == .sgd ? sgd : adam
    let own =
      situation.isPretrained
      ? rows.pretrained : situation.isNormalized ? rows.normalized : rows.bare
    return own ?? rows.normalized
  }
}

extension PeakFamily {
  /// A class for each image.
  public static let classes = PeakFamily(
    "classes", gainsFromHighRates: true, minimumHeldOut: 500,
    // Monte Carlo over the 20 grids of Benchmarks/advice: below, 10 % of the run is worth more.
    minimumUpdates: 2_000,
    sgd: Rows(
      normalized: Row(
        step: 3, batchSize: 128, batchPower: 0.7, deviation: 0.6, testDeviation: 1, edgeRatio: 3,
        source:
          "Benchmarks/advice: eight short runs are best at a step of 3.1 with batches of 128, "
          + "growing by the batch size to the power 0.71, with a deviation of 0.37 octaves; "
          + "horizons.csv: 2.9 below ten epochs"),
      bare: Row(
        step: 0.6, batchSize: 128, deviation: 1, testDeviation: 1, edgeRatio: 3,
        source:
          "Benchmarks/advice: two short runs are best at a step of 0.60 with batches of 256, and of 1.5 with 32"
      ),
      pretrained: Row(
        step: 0.2, batchSize: 32, batchPower: 1, deviation: 1.3, testDeviation: 1.1, edgeRatio: 10,
        source:
          "Benchmarks/fine-tuning/results/regret.csv: ResNet-11 from five classes of CIFAR-10 to the other five is best "
          + "at a step of 0.04 with 250 images and batches of 16, of 0.1 with 1,000 and 20, of 1 with 5,000 and 100")),
    adam: Rows(
      normalized: Row(
        step: 0.013, batchSize: 128, batchPower: 0.6, deviation: 0.8, testDeviation: 1,
        edgeRatio: 60,
        source:
          "Benchmarks/advice: seven short runs are best at a rate of 0.023 with batches of 128, "
          + "growing by the batch size to the power 0.61, with a deviation of 0.73 octaves; "
          + "horizons.csv: 0.011 below five epochs; between them the short runs lose least"),
      bare: Row(
        step: 0.012, batchSize: 128, batchPower: 0.7, deviation: 0.8, testDeviation: 1,
        edgeRatio: 60,
        source:
          "Benchmarks/advice: three short runs are best at a rate of 0.019 with batches of 128, "
          + "growing by the batch size to the power 0.75, with a deviation of 0.31 octaves; "
          + "lower here, since they diverge above it"),
      pretrained: Row(
        step: 0.006, batchSize: 128, batchPower: 0.3, deviation: 1.2, testDeviation: 1.1,
        edgeRatio: 60,
        source:
          "Benchmarks/fine-tuning/results/regret.csv: ResNet-11 from five classes of CIFAR-10 to the other five is best "
          + "at 0.002 with batches of 20, at 0.006 with 100; EfficientNet-Lite0 of ImageNet on sign digits from 0.003 to "
          + "0.014 with 16, at 0.01 with 32 and three epochs"
      )))

  /// A class for each pixel.
  public static let masks = PeakFamily(
    "masks", minimumHeldOut: 50, minimumUpdates: 4_000,
    sgd: Rows(
      normalized: Row(
        step: 0.1, batchSize: 8, deviation: 1.5, testDeviation: 1.1, edgeRatio: 3,
        source: "a tenth of nnU-Net's step (rate 0.01 at momentum 0.99); not measured here")),
    adam: Rows(
      normalized: Row(
        step: 0.001, batchSize: 8, batchPower: 0.5, deviation: 0.7, testDeviation: 1.1,
        edgeRatio: 60,
        source: "the nuclei grid in Benchmarks/advice/results/boxes-and-masks.md"),
      pretrained: Row(
        step: 0.003, batchSize: 8, batchPower: 0.5, deviation: 0.8, testDeviation: 1.1,
        edgeRatio: 60,
        source:
          "Benchmarks/fine-tuning/results/README.md: U-Net on EfficientNet-Lite0, nuclei: in 150 updates best from "
          + "0.003 to 0.01, in 600 from 0.001 to 0.003")))

  /// Boxes with classes.
  public static let boxes = PeakFamily(
    "boxes", minimumHeldOut: 50, minimumUpdates: 4_000,
    sgd: Rows(
      normalized: Row(
        step: 0.2, batchSize: 16, batchPower: 1, deviation: 1, testDeviation: 1.1, edgeRatio: 3,
        source: "mmdetection: rate 0.02 at momentum 0.9 and 16 images")),
    adam: Rows(
      normalized: Row(
        step: 0.003, batchSize: 8, batchPower: 0.5, deviation: 0.8, testDeviation: 1.1,
        edgeRatio: 6,
        source: "the shapes grid in Benchmarks/advice/results/boxes-and-masks.md"),
      pretrained: Row(
        step: 0.002, batchSize: 8, fallsWithClasses: true, deviation: 1, testDeviation: 1.1,
        edgeRatio: 6,
        source: "ultralytics: 0.002 x 5 / (4 + classes), less for fewer than 500 images")))

  private static let byName = Dictionary(
    uniqueKeysWithValues: [classes, masks, boxes].map { ($0.name, $0) })
}

extension PeakFamily: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, gainsFromHighRates, minimumHeldOut, minimumUpdates, sgd, adam
  }

  /// Reads the name of one that is declared here, or all that a task's own says.
  public init(from decoder: any Decoder) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      guard let family = Self.byName[name] else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "no family of peaks '\(name)'"))
      }
      self = family
      return
    }
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      try container.decode(String.self, forKey: .name),
      gainsFromHighRates: try container.decode(Bool.self, forKey: .gainsFromHighRates),
      minimumHeldOut: try container.decode(Int.self, forKey: .minimumHeldOut),
      minimumUpdates: try container.decode(Int.self, forKey: .minimumUpdates),
      sgd: try container.decode(Rows.self, forKey: .sgd),
      adam: try container.decode(Rows.self, forKey: .adam))
  }

  /// Writes its name, or of a task's own all that it says.
  public func encode(to encoder: any Encoder) throws {
    guard Self.byName[name] != self else {
      var container = encoder.singleValueContainer()
      return try container.encode(name)
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(gainsFromHighRates, forKey: .gainsFromHighRates)
    try container.encode(minimumHeldOut, forKey: .minimumHeldOut)
    try container.encode(minimumUpdates, forKey: .minimumUpdates)
    try container.encode(sgd, forKey: .sgd)
    try container.encode(adam, forKey: .adam)
  }
}
