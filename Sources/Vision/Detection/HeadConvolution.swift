import Torch

extension Tensor {
  /// The first or the second two of the four numbers of boxes, [..., 4]: [..., 2].
  func corner(_ index: Int) -> Tensor { narrowed(rank - 1, from: 2 * index, count: 2) }

  /// What a convolution says at each place of a level, [N, A * k, h, w], as rows [N, h * w * A, k].
  func perAnchor(_ numbers: Int) -> Tensor {
    permuted([0, 2, 3, 1]).reshaped([size(0), -1, numbers])
  }
}

/// The convolutions that a head's outputs are computed from: each begins from a small normal distribution.
func headConvolution(_ inputs: Int, _ outputs: Int, biases: Initializer = .zero) -> Convolution {
  Convolution(inputs, outputs, kernel: 3, bias: true, weights: .normal(0.01), biases: biases)
}

/// The bias with which each class begins at a probability of 0.01: most places have nothing.
///
/// - Source: Lin et al., *Focal Loss for Dense Object Detection* (2017), section 4.1.
let rareBias = Initializer.constant(-4.595_119_850_134_589)
