import CTorch
import Numbers

/// Returns images with every channel brought to mean 0 and variance 1, then scaled and shifted.
///
/// In training the batch's own statistics are used, and the running ones, which evaluation uses,
/// move towards them by `momentum`.
///
/// - Source: Ioffe, Szegedy, *Batch Normalization* (2015).
public func batchNormalize(
  _ x: Tensor, weight: Tensor?, bias: Tensor?, runningMean: Tensor?, runningVariance: Tensor?,
  training: Bool, momentum: Double = 0.1, epsilon: Double = 1e-5
) -> Tensor {
  call(
    "batch norm", all: [x, weight, bias, runningMean, runningVariance],
    with: training ? .none : .norm(epsilon: epsilon, reluCeiling: nil)
  ) {
    ct_batch_norm($0[0], $0[1], $0[2], $0[3], $0[4], training ? 1 : 0, momentum, epsilon, $1, $2)
  }
}

/// Returns `relu(batchNormalize(x) + shortcut)`, in one pass over the images where that can be done:
/// on a CPU, for float32 images with their channels next to one another in memory.
///
/// - Parameter ceiling: what larger values become: 6 for ReLU6.
public func batchNormalizeRelu(
  _ x: Tensor, plus shortcut: Tensor? = nil, weight: Tensor, bias: Tensor, runningMean: Tensor,
  runningVariance: Tensor, training: Bool, momentum: Double = 0.1, epsilon: Double = 1e-5,
  ceiling: Double = .infinity
) -> Tensor {
  call(
    "batch norm", all: [x, weight, bias, shortcut, runningMean, runningVariance],
    with: training ? .none : .norm(epsilon: epsilon, reluCeiling: ceiling)
  ) {
    ct_batch_norm_relu(
      $0[0], $0[1], $0[2], $0[3], $0[4], $0[5], training ? 1 : 0, momentum, epsilon, ceiling,
      $1, $2)
  }
}

/// Returns images with every group of channels of each image brought to mean 0 and variance 1, then
/// every channel scaled and shifted.
///
/// - Source: Wu, He, *Group Normalization* (2018).
public func groupNormalize(
  _ x: Tensor, groups: Int, weight: Tensor?, bias: Tensor?, epsilon: Double = 1e-5
) -> Tensor {
  call("group norm", all: [x, weight, bias], with: .groups(groups, epsilon: epsilon)) {
    ct_group_norm($0[0], Int64(groups), $0[1], $0[2], epsilon, $1, $2)
  }
}

/// Returns vectors, the last dimension's, brought to mean 0 and variance 1 each, then every element scaled and shifted.
///
/// - Parameters:
///   - weight: what each element is multiplied by, [C].
///   - bias: what is added to each element, [C].
/// - Source: Ba, Kiros, Hinton, *Layer Normalization* (2016).
public func layerNormalize(
  _ x: Tensor, weight: Tensor, bias: Tensor, epsilon: Double = 1e-5
) -> Tensor {
  call("layer norm", all: [x, weight, bias], with: .norm(epsilon: epsilon, reluCeiling: nil)) {
    ct_layer_norm($0[0], Int64(weight.count), $0[1], $0[2], epsilon, $1, $2)
  }
}
