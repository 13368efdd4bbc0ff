import Foundation

/// What a run is like, as far as the best peak of its learning rate depends on it.
public struct PeakSituation: Sendable, Hashable, Codable {
  /// The family of the optimizer.
  public enum Optimizer: String, Sendable, Hashable, Codable, CaseIterable {
    /// SGD with momentum; its step is the rate divided by 1 minus the momentum.
    case sgd
    /// Adam and AdamW; their step is the rate.
    case adam
  }

  /// What is known of the peaks of the run's task.
  public var task: PeakFamily
  /// The family of the optimizer.
  public var optimizer: Optimizer
  /// Whether the network has normalization layers.
  public var isNormalized: Bool
  /// Whether it starts from trained weights.
  public var isPretrained: Bool
  /// Images an update.
  public var batchSize: Int
  /// Training images.
  public var images: Int
  /// Classes.
  public var classes: Int
  /// Updates of the run, its advice included.
  public var updates: Int
  /// Passes over the training images.
  public var epochs: Double

  /// Creates a situation.
  ///
  /// - Parameter epochs: those that the numbers of updates and images give where it is nil; they do not where
  ///   an image has several crops an epoch.
  public init(
    task: PeakFamily = .classes, optimizer: Optimizer = .sgd, isNormalized: Bool = true,
    isPretrained: Bool = false, batchSize: Int, images: Int, classes: Int = 10, updates: Int,
    epochs: Double? = nil
  ) {
    self.task = task
    self.optimizer = optimizer
    self.isNormalized = isNormalized
    self.isPretrained = isPretrained
    self.batchSize = max(1, batchSize)
    self.images = max(1, images)
    self.classes = max(1, classes)
    self.updates = max(1, updates)
    self.epochs =
      epochs ?? Double(self.updates) * Double(self.batchSize) / Double(self.images)
  }

  /// Whether a range test's edge bounds the peak.
  ///
  /// That of an untrained classifier with normalization does not: training moves the curvature to the rate. ResNet-11
  /// on 10,000 images of CIFAR-10 diverges above a rate of 0.35 in the test, and is best at 0.6 or more.
  var isBoundedByEdge: Bool { !task.gainsFromHighRates || !isNormalized || isPretrained }

  /// Whether the best step is higher than a range test or a short cycle can see: classifiers with
  /// normalization that pass often over their images need a high rate as a regularizer.
  var isDataLimited: Bool { dataLimitedOctaves(after: epochs) > 0 }

  /// The epochs that a run is taken to have whose end nobody knows.
  public static var epochsWithoutEnd: Double { PeakTable.epochsWithoutEnd.value }

  /// By what the best step is multiplied for the epochs of the run; 1 where a range test and short cycles see it.
  public var factorOfEpochs: Double { exp2(dataLimitedOctaves(after: epochs)) }

  /// By how many octaves the best step of so many epochs is higher than that of a few.
  func dataLimitedOctaves(after epochs: Double) -> Double {
    guard task.gainsFromHighRates, isNormalized, !isPretrained else { return 0 }
    let power = optimizer == .sgd ? PeakTable.dataLimitedPower : PeakTable.dataLimitedAdamPower
    let doublings = log2(max(1, epochs / PeakTable.dataLimitedEpochs.value))
    return min(PeakTable.maximumDataLimited.value, power.value * doublings)
  }
}
