import Torch

/// A convolution, a batch norm and a ReLU, in this order.
final class NormedConvolution: Layer {
  private let conv: Convolution
  private let bn: BatchNorm

  init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, weights: Initializer,
    epsilon: Double = 1e-5
  ) {
    conv = Convolution(inputs, outputs, kernel: kernel, stride: stride, weights: weights)
    bn = BatchNorm(outputs, epsilon: epsilon)
  }

  func callAsFunction(_ x: Tensor) -> Tensor { bn.relu(conv(x)) }
}
