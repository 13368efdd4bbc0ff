import Settings
import Torch
import Training

/// The loss of a segmentation, as a sum of named terms.
public struct SegmentationLoss: Sendable, Hashable {
  /// A term of the loss.
  ///
  /// Cross-entropy is weighted by class and by pixel if there are weights. Focal is the same, times (1 - p)^gamma of
  /// the true class's probability p. Dice is one minus the soft Dice of each class but the background over the
  /// batch, their mean.
  ///
  /// - Source: of focal, Lin et al., *Focal Loss for Dense Object Detection* (2017), equation 5; of
  ///   Dice, Milletari, Navab, Ahmadi, *V-Net* (2016), section 3, without squares; one is added above and
  ///   below, so that a class that is nowhere and predicted nowhere costs nothing.
  public typealias Term = LossTerm

  /// The target of a pixel that counts for nothing.
  static let ignored = 255

  /// The parts, in the order in which they are recorded.
  public let terms: [Term]
  private let gamma: Double

  /// Creates a loss.
  ///
  /// - Parameter gamma: the exponent of focal.
  /// - Precondition: there is a term.
  public init(_ terms: [Term], gamma: Double = 2) {
    precondition(!terms.isEmpty, "A loss has at least one term.")
    self.terms = terms
    self.gamma = gamma
  }

  /// Creates the loss that settings ask for.
  public init(_ sum: LossTerms, gamma: Double = 2) { self.init(sum.terms, gamma: gamma) }

  /// Returns each term for a batch: 0, without a gradient, where no pixel counts.
  ///
  /// - Parameters:
  ///   - logits: [N, C, H, W].
  ///   - targets: int64 classes, [N, H, W]; 255 is ignored.
  ///   - classWeights: a factor for each class, [C], or none.
  ///   - pixelWeights: a factor for each pixel, [N, H, W], or none.
  ///   - update: all batches of which the loss is made, if there are others; what is returned is this
  ///     one's part of it. Its sums are those that `sums` gives, added up.
  func callAsFunction(
    _ logits: Tensor, _ targets: Tensor, classWeights: Tensor? = nil, pixelWeights: Tensor? = nil,
    of update: UpdateBatches? = nil
  ) -> [Tensor] {
    let logits = logits.to(.float32)
    var whole = (update?.sums ?? [])[...]
    return terms.map { term in
      guard term != .dice else {
        let overlap = ClassOverlap(logits, targets)
        guard let update, whole.count >= 2 else { return overlap.loss }
        let all = ClassOverlap(shared: whole.removeFirst(), either: whole.removeFirst())
        return overlap.part(of: all, updateToBatchRatio: update.updateToBatchRatio)
      }
      let divisor =
        whole.popFirst()
        ?? self.divisor(
          of: term, targets, classWeights: classWeights, isWeighted: pixelWeights != nil)
      return sum(of: term, logits, targets, classWeights, pixelWeights)
        / divisor.clamped(from: 1e-12, to: .infinity)
    }
  }

  /// Returns what the terms are divided by, or are made of: tensors without a gradient, which are added up
  /// over the batches of an update.
  ///
  /// - Parameter logits: [N, C, H, W]; asked for where a term depends on the logits.
  func sums(
    _ logits: @autoclosure () -> Tensor, _ targets: Tensor, classWeights: Tensor? = nil,
    isWeighted: Bool = false
  ) -> [Tensor] {
    withoutGradient {
      terms.flatMap { term in
        guard term != .dice else {
          let overlap = ClassOverlap(logits().to(.float32), targets)
          return [overlap.shared, overlap.either]
        }
        return [
          divisor(of: term, targets, classWeights: classWeights, isWeighted: isWeighted)
        ]
      }
    }
  }

  /// Whether a term depends on the logits, and not only on the targets, in another way than as a sum.
  var needsOutputs: Bool { terms.contains(.dice) }

  /// The sum of a term over the pixels that count.
  private func sum(
    of term: Term, _ logits: Tensor, _ targets: Tensor, _ classWeights: Tensor?,
    _ pixelWeights: Tensor?
  ) -> Tensor {
    if term == .crossEntropy, pixelWeights == nil {
      return crossEntropySum(logits, targets, weight: classWeights, ignoring: Self.ignored)
    }
    var each = crossEntropies(logits, targets, weight: classWeights, ignoring: Self.ignored)
    if term == .focal {
      let plain =
        classWeights == nil ? each : crossEntropies(logits, targets, ignoring: Self.ignored)
      // Not 0, at which a power below 1 has no gradient.
      each = each * (-(-plain).exponential() + 1).clamped(from: 1e-6, to: 1).power(gamma)
    }
    return (pixelWeights.map { each * $0 } ?? each).sum()
  }

  /// What a term's sum is divided by: the weights of the classes of the pixels that count, as PyTorch
  /// divides a cross-entropy; else their number.
  private func divisor(
    of term: Term, _ targets: Tensor, classWeights: Tensor?, isWeighted: Bool
  ) -> Tensor {
    targetWeight(
      of: targets, weight: term == .crossEntropy && !isWeighted ? classWeights : nil,
      ignoring: Self.ignored)
  }

  /// Returns the sum of the terms if the prediction of every pixel is the classes' shares, each as much as its
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

  /// 1 where a target counts, 0 where it is ignored.
  fileprivate static func known(_ targets: Tensor) -> Tensor {
    -targets.equal(.full([], Double(ignored), type: .int64, device: targets.device))
      .to(.float32) + 1
  }
}

/// How much the predictions overlap with each class of the truth over some pixels.
private struct ClassOverlap {
  /// Of each class the sum of its probabilities where it is, [C].
  let shared: Tensor
  /// Of each class the sum of its probabilities and the number of its pixels, [C].
  let either: Tensor

  init(shared: Tensor, either: Tensor) { (self.shared, self.either) = (shared, either) }

  init(_ logits: Tensor, _ targets: Tensor) {
    let (truth, known) = withoutGradient {
      let numbers = Tensor.arange(logits.size(1)).to(targets.device).reshaped([1, -1, 1, 1])
      return (
        targets.unsqueezed(1).equal(numbers).to(.float32),
        SegmentationLoss.known(targets).unsqueezed(1)
      )
    }
    let prediction = logits.softmax(dimension: 1) * known
    shared = (prediction * truth).sum(over: [0, 2, 3])
    either = prediction.sum(over: [0, 2, 3]) + truth.sum(over: [0, 2, 3])
  }

  /// One minus the mean Dice of the classes but the background.
  var loss: Tensor { -foreground((shared * 2 + 1) / (either + 1)) + 1 }

  /// What these pixels add to the loss of all pixels, so many times as many, and to its gradient: the loss's own is
  /// that of its tangent at all pixels' sums.
  func part(of all: ClassOverlap, updateToBatchRatio ratio: Double) -> Tensor {
    let below = all.either + 1
    let slope = foreground(
      shared * 2 / below - either * (all.shared * 2 + 1) / (below * below))
    return slope.detached() - slope + all.loss / ratio
  }

  private func foreground(_ ofClasses: Tensor) -> Tensor {
    ofClasses.narrowed(0, from: 1, count: ofClasses.count - 1).mean()
  }
}

extension LossTerm {
  /// The term's column in `metrics.csv`.
  var column: String {
    switch self {
    case .crossEntropy: "cross_entropy"
    case .focal: "focal"
    case .dice: "dice_loss"
    }
  }
}
