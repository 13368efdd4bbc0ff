import Foundation
import Settings
import Torch

/// The loss of a classification: cross-entropy, or focal.
///
/// Cross-entropy is the mean over images, each of which counts as much as its class's weight. Focal is the mean of
/// (1 - p)^gamma times the weighted cross-entropy, with the probability p of the true class, so that images that are
/// classified well count little.
///
/// - Source: cross-entropy as PyTorch's `cross_entropy` with `weight` and `label_smoothing`; focal as Lin et al., *Focal
///   Loss for Dense Object Detection* (2017), equation 5, with a softmax.
struct ClassificationLoss {
  /// The probability of the target that is spread over all classes.
  var labelSmoothing = 0.0
  /// The exponent of focal; nil for cross-entropy.
  var gamma: Double?
  /// A weight for each class, or none.
  var weights: [Double]?

  /// The weights on the device where they were needed last.
  private final class PlacedWeights {
    var tensor: Tensor?
  }
  private let placed = PlacedWeights()

  /// Whether the loss of several batches is divided by a sum over all of them.
  var dependsOnWholeUpdate: Bool { weights != nil && gamma == nil }

  /// Returns the loss of logits [N, C] against classes [N], which images have by a share, and others' by the rest.
  ///
  /// - Parameters:
  ///   - partners: the classes of the images that the batch was mixed with, and the share of the own ones.
  ///   - divisor: what the weighted sum is divided by; nil for this batch's own.
  func callAsFunction(
    _ logits: Tensor, _ labels: Tensor, mixedWith partners: ClassificationTask.Batch.MixPairs?,
    dividedBy divisor: Tensor? = nil
  ) -> Tensor {
    func shared(_ term: (Tensor) -> Tensor) -> Tensor {
      guard let partners else { return term(labels) }
      return term(labels) * partners.share + term(partners.labels) * (1 - partners.share)
    }
    let weight = weightTensor(on: logits.device)
    if let gamma {
      return shared { labels in
        let logits = logits.to(.float32)
        let each = crossEntropies(logits, labels, weight: weight, labelSmoothing: labelSmoothing)
        let plain =
          weight == nil && labelSmoothing == 0 ? each : crossEntropies(logits, labels)
        // Not 0, at which a power below 1 has no gradient.
        let missing = (-(-plain).exponential() + 1).clamped(from: 1e-6, to: 1)
        return (each * missing.power(gamma)).mean()
      }
    }
    guard weight != nil else {
      return shared { crossEntropy(logits, $0, labelSmoothing: labelSmoothing) }
    }
    let sum = shared {
      crossEntropySum(logits, $0, weight: weight, labelSmoothing: labelSmoothing)
    }
    return sum
      / (divisor ?? self.divisor(labels, partners)).clamped(from: 1e-12, to: .infinity)
  }

  /// The weights of a batch's classes, added up.
  func divisor(_ labels: Tensor, _ partners: ClassificationTask.Batch.MixPairs?) -> Tensor {
    let weight = weightTensor(on: labels.device)
    let own = targetWeight(of: labels, weight: weight)
    guard let partners else { return own }
    return own * partners.share
      + targetWeight(of: partners.labels, weight: weight) * (1 - partners.share)
  }

  /// Returns the loss where the same prediction is made for every image: the classes' shares, each as much as it
  /// weighs and as the targets are smoothed, which is the best one for cross-entropy.
  ///
  /// - Parameter shares: the share of each class in the training images, as they are drawn.
  func ofShares(_ shares: [Double]) -> Double {
    let weights = weights ?? shares.map { _ in 1 }
    let targets = zip(shares, weights).map { share, weight in
      ((1 - labelSmoothing) * share + labelSmoothing / Double(shares.count)) * weight
    }
    let total = targets.reduce(0, +)
    let divisor = gamma == nil ? zip(shares, weights).reduce(0) { $0 + $1.0 * $1.1 } : 1
    guard total > 0, divisor > 0 else { return .nan }
    // The target is spread over other classes, and p is of the true class alone.
    func focus(_ prediction: Double) -> Double { gamma.map { pow(1 - prediction, $0) } ?? 1 }
    return zip(targets, shares).reduce(0) { sum, next in
      let prediction = next.0 / total
      return prediction > 0 ? sum - next.0 * focus(prediction) * log(prediction) : sum
    } / divisor
  }

  private func weightTensor(on device: Device) -> Tensor? {
    guard let weights else { return nil }
    if let tensor = placed.tensor, tensor.device == device { return tensor }
    let tensor = Tensor(weights.map(Float.init), shape: [weights.count]).to(device)
    placed.tensor = tensor
    return tensor
  }
}

extension ResolvedSettings {
  /// The loss that settings ask for, of classes with so many training images.
  ///
  /// - Throws: `SettingsError` for a loss of masks, and for weights of another number of classes.
  func classificationLoss(images: [Int], classNames: [String]) throws -> ClassificationLoss {
    let terms = self.open.model.loss?.terms ?? [.crossEntropy]
    guard terms == [.crossEntropy] || terms == [.focal] else {
      throw SettingsError.notAllowed(
        key: "loss", value: self.open.text("loss") ?? "",
        allowed: "cross-entropy or focal for classification")
    }
    return ClassificationLoss(
      labelSmoothing: self.optimizer.labelSmoothing,
      gamma: terms == [.focal] ? self.model.focalGamma : nil,
      weights: try self.model.classWeights.weights(of: images, names: classNames))
  }
}
