import Torch

/// Two convolutions with a shortcut around them.
///
/// - Source: He et al., *Deep Residual Learning* (2016), figure 2; named as torchvision names it.
public final class BasicBlock: Block {
  private let conv1: Convolution
  private let bn1: BatchNorm
  private let conv2: Convolution
  private let bn2: BatchNorm
  private let downsample: Sequential?
  private let depth: StochasticDepth

  /// Creates a block; one that changes width or size has a projection for a shortcut (option B).
  ///
  /// - Parameter dropping: the probability that the block is skipped in training, for each image.
  public init(_ inputs: Int, _ outputs: Int, stride: Int = 1, dropping: Double = 0) {
    conv1 = Convolution(inputs, outputs, kernel: 3, stride: stride)
    bn1 = BatchNorm(outputs)
    conv2 = Convolution(outputs, outputs, kernel: 3)
    bn2 = BatchNorm(outputs)
    downsample = normedProjection(inputs, outputs, stride: stride)
    depth = StochasticDepth(dropping)
  }

  /// Returns [N, outputs, H / stride, W / stride] for [N, inputs, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let shortcut = downsample?(x) ?? x
    return bn2.relu(conv2(bn1.relu(conv1(x))), plus: shortcut, passedBy: depth)
  }
}
