import Torch

/// Three convolutions, of which the middle one is narrow, with a shortcut around them.
///
/// The stride is the middle convolution's, as in torchvision, not the first's, as in the paper.
///
/// - Source: He et al., *Deep Residual Learning* (2016), figure 5; named as torchvision names it.
public final class Bottleneck: Block {
  private let conv1: Convolution
  private let bn1: BatchNorm
  private let conv2: Convolution
  private let bn2: BatchNorm
  private let conv3: Convolution
  private let bn3: BatchNorm
  private let downsample: Sequential?
  private let depth: StochasticDepth

  /// Creates a block whose middle is a quarter as wide as its outputs, times `widening`.
  ///
  /// - Parameters:
  ///   - dilation: the dilation of the middle convolution.
  ///   - isTweaked: whether the shortcut averages before it projects, and the last norm's weight is initialized to 0.
  ///   - dropping: the probability that the block is skipped in training, for each image.
  public init(
    _ inputs: Int, _ outputs: Int, stride: Int = 1, dilation: Int = 1, widening: Int = 1,
    isTweaked: Bool = false, dropping: Double = 0
  ) {
    let width = outputs / 4 * widening
    conv1 = Convolution(inputs, width, kernel: 1)
    bn1 = BatchNorm(width)
    conv2 = Convolution(width, width, kernel: 3, stride: stride, dilation: dilation)
    bn2 = BatchNorm(width)
    conv3 = Convolution(width, outputs, kernel: 1)
    bn3 = BatchNorm(outputs, beginsAtZero: isTweaked)
    downsample =
      isTweaked
      ? averagedProjection(inputs, outputs, stride: stride)
      : normedProjection(inputs, outputs, stride: stride)
    depth = StochasticDepth(dropping)
  }

  /// Returns [N, outputs, H / stride, W / stride] for [N, inputs, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let shortcut = downsample?(x) ?? x
    let middle = bn2.relu(conv2(bn1.relu(conv1(x))))
    return bn3.relu(conv3(middle), plus: shortcut, passedBy: depth)
  }
}
