import Torch

/// Two convolutions of 3 by 3 pixels, each with a ReLU behind it, and a batch norm in between if wanted.
final class DoubleConvolution: Layer {
  private let conv1, conv2: Convolution
  private let bn1, bn2: BatchNorm?

  init(_ inputs: Int, _ outputs: Int, norms: Bool) {
    func convolution(_ inputs: Int) -> Convolution {
      Convolution(inputs, outputs, kernel: 3, bias: !norms, weights: .kaimingNormalFanIn)
    }
    conv1 = convolution(inputs)
    conv2 = convolution(outputs)
    bn1 = norms ? BatchNorm(outputs) : nil
    bn2 = norms ? BatchNorm(outputs) : nil
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    func rectified(_ x: Tensor, by norm: BatchNorm?) -> Tensor { norm?.relu(x) ?? relu(x) }
    return rectified(conv2(rectified(conv1(x), by: bn1)), by: bn2)
  }
}
