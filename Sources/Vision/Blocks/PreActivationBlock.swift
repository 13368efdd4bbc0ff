import Torch

/// Two convolutions, each after its norm and ReLU, with an identity shortcut.
///
/// Where the block changes width or size the shortcut is a projection of what the first norm gives.
///
/// - Source: He et al., *Identity Mappings in Deep Residual Networks* (2016), figure 4e; with dropout
///   between the convolutions: Zagoruyko, Komodakis, *Wide Residual Networks* (2016), figure 1d.
public final class PreActivationBlock: Block {
  private let bn1: BatchNorm
  private let conv1: Convolution
  private let bn2: BatchNorm
  private let conv2: Convolution
  private let downsample: Convolution?
  private let dropout: Dropout
  private let depth: StochasticDepth

  /// Creates a block.
  ///
  /// - Parameters:
  ///   - dropout: the probability of dropout between the convolutions.
  ///   - dropping: the probability that the block is skipped in training, for each image.
  public init(
    _ inputs: Int, _ outputs: Int, stride: Int = 1, dropout: Double = 0, dropping: Double = 0
  ) {
    bn1 = BatchNorm(inputs)
    conv1 = Convolution(inputs, outputs, kernel: 3, stride: stride)
    bn2 = BatchNorm(outputs)
    conv2 = Convolution(outputs, outputs, kernel: 3)
    downsample = projection(inputs, outputs, stride: stride)
    self.dropout = Dropout(dropout)
    depth = StochasticDepth(dropping)
  }

  /// Returns [N, outputs, H / stride, W / stride] for [N, inputs, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let active = bn1.relu(x)
    let branch = conv2(dropout(bn2.relu(conv1(active))))
    return depth(branch) + (downsample?(active) ?? x)
  }
}

/// A pre-activation block with three convolutions, of which the middle one is narrow.
///
/// - Source: He et al., *Identity Mappings in Deep Residual Networks* (2016), ResNet-164.
public final class PreActivationBottleneck: Block {
  private let bn1: BatchNorm
  private let conv1: Convolution
  private let bn2: BatchNorm
  private let conv2: Convolution
  private let bn3: BatchNorm
  private let conv3: Convolution
  private let downsample: Convolution?
  private let depth: StochasticDepth

  /// Creates a block.
  ///
  /// - Parameter dropping: the probability that the block is skipped in training, for each image.
  public init(_ inputs: Int, _ outputs: Int, stride: Int = 1, dropping: Double = 0) {
    let width = outputs / 4
    bn1 = BatchNorm(inputs)
    conv1 = Convolution(inputs, width, kernel: 1)
    bn2 = BatchNorm(width)
    conv2 = Convolution(width, width, kernel: 3, stride: stride)
    bn3 = BatchNorm(width)
    conv3 = Convolution(width, outputs, kernel: 1)
    downsample = projection(inputs, outputs, stride: stride)
    depth = StochasticDepth(dropping)
  }

  /// Returns [N, outputs, H / stride, W / stride] for [N, inputs, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let active = bn1.relu(x)
    let branch = conv3(bn3.relu(conv2(bn2.relu(conv1(active)))))
    return depth(branch) + (downsample?(active) ?? x)
  }
}
