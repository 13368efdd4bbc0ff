import Torch

extension NormedConvolution {
  /// Creates a convolution as GoogLeNet has them.
  static func inception(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1
  ) -> NormedConvolution {
    NormedConvolution(
      inputs, outputs, kernel: kernel, stride: stride, weights: .normal(0.01), epsilon: 0.001)
  }
}

/// Four branches whose outputs are concatenated: a 1x1, a 3x3 and a 5x5 convolution, and a pooling.
///
/// The third branch has a 3x3 convolution, as in torchvision, and not the paper's 5x5.
///
/// - Source: Szegedy et al., *Going Deeper with Convolutions* (2015), figure 2b.
final class Inception: Block {
  private let branch1: NormedConvolution
  private let branch2, branch3, branch4: Sequential

  /// Creates the block by the paper's columns: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj.
  init(_ inputs: Int, _ one: Int, _ three: (Int, Int), _ five: (Int, Int), _ pool: Int) {
    branch1 = .inception(inputs, one, kernel: 1)
    branch2 = Sequential(
      NormedConvolution.inception(inputs, three.0, kernel: 1),
      NormedConvolution.inception(three.0, three.1, kernel: 3))
    branch3 = Sequential(
      NormedConvolution.inception(inputs, five.0, kernel: 1),
      NormedConvolution.inception(five.0, five.1, kernel: 3))
    branch4 = Sequential(
      Function { maxPool($0, kernel: 3, stride: 1, padding: 1, coversEdges: true) },
      NormedConvolution.inception(inputs, pool, kernel: 1))
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    .concatenated([branch1(x), branch2(x), branch3(x), branch4(x)], along: 1)
  }
}
