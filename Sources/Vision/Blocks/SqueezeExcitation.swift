import Torch

/// Multiplies each channel by a weight from 0 to 1 that is computed from the means of all channels.
///
/// - Source: Hu et al., *Squeeze-and-Excitation Networks* (2018), figure 1.
final class SqueezeExcitation: Layer {
  private let convolutions: [(name: String, value: Convolution)]
  private let activation, gate: (Tensor) -> Tensor

  /// Creates a layer between whose convolutions there are `squeezed` channels.
  ///
  /// - Parameters:
  ///   - names: of both convolutions.
  ///   - activation: the activation between them.
  ///   - gate: the activation whose values are from 0 to 1, such as a sigmoid.
  ///   - weights: the initializer of the filters.
  ///   - biases: the initializer of the biases.
  init(
    _ channels: Int, squeezed: Int, names: (String, String) = ("fc1", "fc2"),
    activation: @escaping (Tensor) -> Tensor = relu, gate: @escaping (Tensor) -> Tensor = sigmoid,
    weights: Initializer = .kaimingNormalFanOut, biases: Initializer = .zero
  ) {
    func convolution(_ inputs: Int, _ outputs: Int) -> Convolution {
      Convolution(inputs, outputs, kernel: 1, bias: true, weights: weights, biases: biases)
    }
    convolutions = [
      (names.0, convolution(channels, squeezed)), (names.1, convolution(squeezed, channels)),
    ]
    (self.activation, self.gate) = (activation, gate)
  }

  var children: [(name: String, value: Any)] { convolutions.map { ($0.name, $0.value) } }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let means = x.mean(over: [2, 3], keeping: true)
    return x * gate(convolutions[1].value(activation(convolutions[0].value(means))))
  }
}
