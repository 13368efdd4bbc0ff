import Torch
import Words

/// The loss of a segmentation, as a sum of named terms.
public struct SegmentationLoss: Sendable, Hashable {
  /// A part of the loss.
  public enum Term: String, Sendable, Hashable, CaseIterable {
    /// The mean cross-entropy over pixels, weighted by class and by pixel if there are weights.
    case crossEntropy = "cross_entropy"
    /// The same, times (1 - p)^2 of the true class's probability p, so that what is known counts little.
    ///
    /// - Source: Lin et al., *Focal Loss for Dense Object Detection* (2017), equation 5, gamma 2.
    case focal
    /// One minus the soft Dice of each class but the background over the batch, their mean.
    ///
    /// - Source: Milletari, Navab, Ahmadi, *V-Net* (2016), section 3, without squares; one is added above
    ///   and below, so that a class that is nowhere and answered nowhere costs nothing.
    case dice = "dice_loss"

    /// How the part is asked for.
    var word: String {
      switch self {
      case .crossEntropy: "cross-entropy"
      case .focal: "focal"
      case .dice: "dice"
      }
    }
  }

  /// The target of a pixel that counts for nothing.
  static let ignored = 255
  private static let focus = 2.0

  /// The parts, in the order in which they are recorded.
  public let terms: [Term]

  /// Creates a loss.
  ///
  /// - Precondition: there is a term.
  public init(_ terms: [Term]) {
    precondition(!terms.isEmpty, "A loss has a term.")
    self.terms = terms
  }

  /// Reads terms in any spelling that are joined by `+`: `cross-entropy+dice`; nil for others.
  public init?(_ text: String) {
    let words = text.split(separator: "+", omittingEmptySubsequences: false)
    let terms = words.compactMap { word in
      spelled(String(word), among: Term.allCases.map(\.word)).flatMap { name in
        Term.allCases.first { $0.word == name }
      }
    }
    guard terms.count == words.count, Set(terms).count == terms.count else { return nil }
    self.init(terms)
  }

  /// Returns each term for a batch.
  ///
  /// - Parameters:
  ///   - logits: [N, C, H, W].
  ///   - targets: int64 classes, [N, H, W]; 255 is ignored.
  ///   - classWeights: a factor for each class, [C], or none.
  ///   - pixelWeights: a factor for each pixel, [N, H, W], or none.
  func callAsFunction(
    _ logits: Tensor, _ targets: Tensor, classWeights: Tensor? = nil, pixelWeights: Tensor? = nil
  ) -> [Tensor] {
    let logits = logits.to(.float32)
    return terms.map { term in
      switch term {
      case .crossEntropy where pixelWeights == nil:
        return crossEntropy(logits, targets, weight: classWeights, ignoring: Self.ignored)
      case .crossEntropy:
        let each = crossEntropies(logits, targets, weight: classWeights, ignoring: Self.ignored)
        return mean(each, over: targets, weights: pixelWeights)
      case .focal:
        let each = crossEntropies(logits, targets, ignoring: Self.ignored)
        let doubt = -(-each).exponential() + 1
        let weighted = crossEntropies(
          logits, targets, weight: classWeights, ignoring: Self.ignored)
        return mean(weighted * doubt.power(Self.focus), over: targets, weights: pixelWeights)
      case .dice: return dice(logits, targets)
      }
    }
  }

  /// Returns the sum of the terms if every pixel is answered with the classes' shares, each as much as its
  /// pixels weigh.
  func ofShares(
    in targets: Tensor, classes: Int, classWeights: Tensor? = nil, pixelWeights: Tensor? = nil
  ) -> Tensor {
    let numbers = Tensor.arange(classes).to(targets.device).reshaped([1, classes, 1, 1])
    let truth = targets.unsqueezed(1).equal(numbers).to(.float32)
    let weighed = pixelWeights.map { truth * $0.unsqueezed(1) } ?? truth
    let counts = weighed.sum(over: [0, 2, 3])
    let weights = (classWeights.map { counts * $0 } ?? counts).clamped(from: 1e-6, to: .infinity)
    let logits = (weights / weights.sum()).logarithm().reshaped([1, classes, 1, 1])
    let terms = self(
      logits + truth * 0, targets, classWeights: classWeights, pixelWeights: pixelWeights)
    return terms.dropFirst().reduce(terms[0], +)
  }

  /// The mean over the pixels that count.
  private func mean(_ each: Tensor, over targets: Tensor, weights: Tensor?) -> Tensor {
    let counted = withoutGradient { known(targets).sum().clamped(from: 1, to: .infinity) }
    return (weights.map { each * $0 } ?? each).sum() / counted
  }

  /// 1 where a target counts, 0 where it is ignored.
  private func known(_ targets: Tensor) -> Tensor {
    -targets.equal(.full([], Double(Self.ignored), type: .int64, device: targets.device))
      .to(.float32) + 1
  }

  private func dice(_ logits: Tensor, _ targets: Tensor) -> Tensor {
    let classes = logits.size(1)
    let (truth, known) = withoutGradient {
      let numbers = Tensor.arange(classes).to(targets.device).reshaped([1, classes, 1, 1])
      return (
        targets.unsqueezed(1).equal(numbers).to(.float32), self.known(targets).unsqueezed(1)
      )
    }
    let answer = logits.softmax(dimension: 1) * known
    let both = (answer * truth).sum(over: [0, 2, 3])
    let either = answer.sum(over: [0, 2, 3]) + truth.sum(over: [0, 2, 3])
    let scores = (both * 2 + 1) / (either + 1)
    return -scores.narrowed(0, from: 1, count: classes - 1).mean() + 1
  }
}
