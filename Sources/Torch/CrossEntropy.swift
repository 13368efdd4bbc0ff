import CTorch
import Numbers

/// Returns the mean cross-entropy of logits against classes, in float32 where these are in half
/// precision; 0, without a gradient, where every target is the ignored one.
///
/// - Parameters:
///   - logits: [N, C], or [N, C, H, W].
///   - targets: int64 classes, [N], or [N, H, W].
///   - weight: a factor for each class, [C], or none.
///   - labelSmoothing: the probability spread evenly over all classes; 0 where a target is ignored.
///   - ignored: a target that counts for nothing; nil if there is none such.
public func crossEntropy(
  _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, labelSmoothing: Double = 0,
  ignoring ignored: Int? = nil
) -> Tensor {
  guard let ignored else {
    return crossEntropy(
      logits, targets, weight: weight, labelSmoothing: labelSmoothing, ignoring: noTarget, .mean)
  }
  return crossEntropySum(logits, targets, weight: weight, ignoring: ignored)
    / targetWeight(of: targets, weight: weight, ignoring: ignored)
    .clamped(from: 1e-12, to: .infinity)
}

/// Returns the sum of the cross-entropies of the targets that count: 0 where none does.
///
/// - Parameters:
///   - logits: [N, C], or [N, C, H, W].
///   - targets: int64 classes, [N], or [N, H, W].
///   - weight: a factor for each class, [C], or none.
///   - ignored: a target that counts for nothing.
public func crossEntropySum(
  _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, labelSmoothing: Double = 0,
  ignoring ignored: Int = noTarget
) -> Tensor {
  crossEntropy(
    logits, targets, weight: weight, labelSmoothing: labelSmoothing, ignoring: ignored, .sum)
}

/// Returns what that sum is divided by to be a mean: the weights of the targets that count, or their
/// number; float32, without a gradient.
public func targetWeight(
  of targets: Tensor, weight: Tensor? = nil, ignoring ignored: Int = noTarget
) -> Tensor {
  withoutGradient {
    let ignored = Tensor.full([], Double(ignored), type: .int64, device: targets.device)
    let counted = -targets.equal(ignored).to(.float32) + 1
    guard let weight else { return counted.sum() }
    // An ignored target is no class; it takes the first one's weight, and counts for nothing.
    let classes = (targets * counted.to(.int64)).flattened()
    return (weight.rows(classes) * counted.flattened()).sum()
  }
}

/// Returns the cross-entropy of each target by itself, 0 where it is ignored: [N], or [N, H, W].
public func crossEntropies(
  _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, labelSmoothing: Double = 0,
  ignoring ignored: Int = noTarget
) -> Tensor {
  crossEntropy(
    logits, targets, weight: weight, labelSmoothing: labelSmoothing, ignoring: ignored, .none)
}

/// The target that counts for nothing where none other is named, as in PyTorch.
public let noTarget = -100

/// LibTorch's reductions of a loss.
private enum Reduction: Int32 { case none, mean, sum }

private func crossEntropy(
  _ logits: Tensor, _ targets: Tensor, weight: Tensor?, labelSmoothing: Double = 0,
  ignoring ignored: Int, _ reduction: Reduction
) -> Tensor {
  call("cross entropy", all: [logits, targets, weight]) {
    ct_cross_entropy(
      $0[0], $0[1], $0[2], labelSmoothing, Int64(ignored), reduction.rawValue, $1, $2)
  }
}
