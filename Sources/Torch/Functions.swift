import CTorch
import Numbers

/// Returns each element, or 0 where it is negative.
public func relu(_ x: Tensor) -> Tensor { call("relu", x) { ct_unary(CT_RELU, $0, $1, $2) } }

/// Returns the logistic function of each element.
public func sigmoid(_ x: Tensor) -> Tensor {
  call("sigmoid", x) { ct_unary(CT_SIGMOID, $0, $1, $2) }
}

/// Returns min(max(x + 3, 0), 6) / 6 of each element.
///
/// - Source: Howard et al., *Searching for MobileNetV3* (2019), section 5.2.
public func hardSigmoid(_ x: Tensor) -> Tensor {
  call("hard sigmoid", x) { ct_unary(CT_HARD_SIGMOID, $0, $1, $2) }
}

/// Returns x * hardSigmoid(x) of each element.
///
/// - Source: Howard et al., *Searching for MobileNetV3* (2019), section 5.2.
public func hardSwish(_ x: Tensor) -> Tensor {
  call("hard swish", x) { ct_unary(CT_HARD_SWISH, $0, $1, $2) }
}

/// Returns the Gaussian error linear unit of each element.
public func gelu(_ x: Tensor) -> Tensor { call("gelu", x) { ct_unary(CT_GELU, $0, $1, $2) } }

/// Returns log(1 + e^x) of each element, which is x itself where x is above 20.
public func softplus(_ x: Tensor) -> Tensor {
  call("softplus", x) { ct_unary(CT_SOFTPLUS, $0, $1, $2) }
}

/// Returns the two-dimensional convolution of images.
///
/// - Parameters:
///   - x: images, [N, C, H, W].
///   - weight: filters, [K, C / groups, R, S].
///   - bias: one number a filter, [K], or none.
public func convolve(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int = 1, padding: Int = 0,
  dilation: Int = 1, groups: Int = 1
) -> Tensor {
  convolve(
    x, weight, bias: bias,
    ConvolutionGeometry(stride: stride, padding: padding, dilation: dilation, groups: groups))
}

/// How a convolution's filters go over an image.
struct ConvolutionGeometry {
  let stride, padding, dilation, groups: Int
}

func convolve(
  _ x: Tensor, _ weight: Tensor, bias: Tensor?, _ geometry: ConvolutionGeometry
) -> Tensor {
  call("convolution", all: [x, weight, bias]) { tensors, out, message in
    geometry.withNumbers { stride, padding, dilation, groups in
      ct_convolve(
        tensors[0], tensors[1], tensors[2], stride, padding, dilation, groups, out, message)
    }
  }
}

/// Returns the convolution of images with a shortcut added, cut off at 0 if wanted; only where no
/// gradient is.
func convolveAndAdd(
  _ x: Tensor, _ weight: Tensor, bias: Tensor, plus shortcut: Tensor?, relu: Bool,
  _ geometry: ConvolutionGeometry
) -> Tensor {
  call("convolution", all: [x, weight, bias, shortcut]) { tensors, out, message in
    geometry.withNumbers { stride, padding, dilation, groups in
      ct_convolve_add(
        tensors[0], tensors[1], tensors[2], tensors[3], relu ? 1 : 0, stride, padding, dilation,
        groups, out, message)
    }
  }
}

extension ConvolutionGeometry {
  fileprivate func withNumbers(
    _ body: (UnsafePointer<Int64>, UnsafePointer<Int64>, UnsafePointer<Int64>, Int64) -> Int32
  ) -> Int32 {
    withPair((Int64(stride), Int64(stride))) { stride in
      withPair((Int64(padding), Int64(padding))) { padding in
        withPair((Int64(dilation), Int64(dilation))) { dilation in
          body(stride, padding, dilation, Int64(groups))
        }
      }
    }
  }
}

private func withPair(_ pair: (Int64, Int64), _ body: (UnsafePointer<Int64>) -> Int32) -> Int32 {
  withUnsafeBytes(of: pair) { bytes in
    guard let base = bytes.bindMemory(to: Int64.self).baseAddress else { return 1 }
    return body(base)
  }
}

/// Returns the transposed convolution of images, which makes them larger.
///
/// - Parameters:
///   - x: images, [N, C, H, W].
///   - weight: filters, [C, K, R, R].
///   - bias: one number a filter, [K], or none.
///   - stride: by which factor images grow.
public func convolveTransposed(
  _ x: Tensor, _ weight: Tensor, bias: Tensor? = nil, stride: Int
) -> Tensor {
  call("transposed convolution", all: [x, weight, bias]) {
    ct_convolve_transposed($0[0], $0[1], $0[2], Int64(stride), $1, $2)
  }
}

/// Returns images [N, C, H, W] in another size, interpolated between their pixels' centres.
public func resizeBilinear(_ x: Tensor, height: Int, width: Int) -> Tensor {
  call("resizing", x) { ct_resize_bilinear($0, Int64(height), Int64(width), $1, $2) }
}

/// Returns x times the transposed weight, plus the bias.
///
/// - Parameters:
///   - x: [N, inputs].
///   - weight: [outputs, inputs].
///   - bias: [outputs], or none.
public func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor? = nil) -> Tensor {
  call("linear", all: [x, weight, bias]) { ct_linear($0[0], $0[1], $0[2], $1, $2) }
}

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
  call("batch norm", all: [x, weight, bias, runningMean, runningVariance]) {
    ct_batch_norm($0[0], $0[1], $0[2], $0[3], $0[4], training ? 1 : 0, momentum, epsilon, $1, $2)
  }
}

/// Returns `relu(batchNormalize(x) + shortcut)`, in one pass over the images where that can be done:
/// on a CPU, for float32 images with their channels next to one another in memory.
public func batchNormalizeRelu(
  _ x: Tensor, plus shortcut: Tensor? = nil, weight: Tensor, bias: Tensor, runningMean: Tensor,
  runningVariance: Tensor, training: Bool, momentum: Double = 0.1, epsilon: Double = 1e-5
) -> Tensor {
  call("batch norm", all: [x, weight, bias, shortcut, runningMean, runningVariance]) {
    ct_batch_norm_relu(
      $0[0], $0[1], $0[2], $0[3], $0[4], $0[5], training ? 1 : 0, momentum, epsilon, $1, $2)
  }
}

/// Returns images with every group of channels of each image brought to mean 0 and variance 1, then
/// every channel scaled and shifted.
///
/// - Source: Wu, He, *Group Normalization* (2018).
public func groupNormalize(
  _ x: Tensor, groups: Int, weight: Tensor?, bias: Tensor?, epsilon: Double = 1e-5
) -> Tensor {
  call("group norm", all: [x, weight, bias]) {
    ct_group_norm($0[0], Int64(groups), $0[1], $0[2], epsilon, $1, $2)
  }
}

/// Returns images [N, C, H, W] in another size, each pixel as the nearest above and to the left of it.
public func upsampleNearest(_ x: Tensor, height: Int, width: Int) -> Tensor {
  call("upsampling", x) { ct_upsample_nearest($0, Int64(height), Int64(width), $1, $2) }
}

/// Returns the largest value of each window of images [N, C, H, W].
///
/// - Parameter coversEdges: whether pixels that fill no whole window get a cut one (PyTorch's `ceil_mode`).
public func maxPool(
  _ x: Tensor, kernel: Int, stride: Int? = nil, padding: Int = 0, coversEdges: Bool = false
) -> Tensor {
  call("max pool", x) {
    ct_max_pool(
      $0, Int64(kernel), Int64(stride ?? kernel), Int64(padding), coversEdges ? 1 : 0, $1, $2)
  }
}

/// Returns the mean of each window of images [N, C, H, W].
///
/// - Parameter coversEdges: whether pixels that fill no whole window get a cut one (PyTorch's `ceil_mode`).
public func averagePool(
  _ x: Tensor, kernel: Int, stride: Int? = nil, padding: Int = 0, coversEdges: Bool = false
) -> Tensor {
  call("average pool", x) {
    ct_average_pool(
      $0, Int64(kernel), Int64(stride ?? kernel), Int64(padding), coversEdges ? 1 : 0, $1, $2)
  }
}

/// Returns images [N, C, H, W] averaged down to `size` by `size` pixels.
public func adaptiveAveragePool(_ x: Tensor, size: Int = 1) -> Tensor {
  call("adaptive average pool", x) { ct_adaptive_average_pool($0, Int64(size), $1, $2) }
}

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
  _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, ignoring ignored: Int = noTarget
) -> Tensor {
  crossEntropy(logits, targets, weight: weight, ignoring: ignored, .sum)
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
  _ logits: Tensor, _ targets: Tensor, weight: Tensor? = nil, ignoring ignored: Int = noTarget
) -> Tensor {
  crossEntropy(logits, targets, weight: weight, ignoring: ignored, .none)
}

/// The target that counts for nothing where none other is named, as in PyTorch.
public let noTarget = -100

/// LibTorch's ways to make one number of many.
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
