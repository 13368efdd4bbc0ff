import CTorch

/// A linear layer: x W^T + b.
public final class Linear: Layer, InitializableModule {
  /// The weight, [outputs, inputs].
  public let weight: Parameter
  /// The bias, [outputs]; nil for none.
  public let bias: Parameter?
  /// Whether the layer returns its input unchanged, as where the features before it are wanted.
  public var passesInput = false
  private let weights, biases: Initializer

  /// Creates a linear layer.
  ///
  /// - Parameters:
  ///   - weights: how the matrix begins; by default as PyTorch has it.
  ///   - biases: how the bias begins.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .uniformFanIn,
    biases: Initializer = .uniformFanIn
  ) {
    weight = Parameter(.zeros([outputs, inputs]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    self.weights = weights
    self.biases = biases
  }

  /// Returns [N, outputs] for [N, inputs].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    passesInput ? x : linear(x, weight.value, bias: bias?.value)
  }

  /// Initializes matrix and bias.
  public func initialize(nextSeed: () -> UInt64) {
    let (inputs, outputs) = (weight.value.size(1), weight.value.size(0))
    weights.fill(weight.value, inputs: inputs, outputs: outputs, nextSeed: nextSeed)
    if let bias { biases.fill(bias.value, inputs: inputs, outputs: outputs, nextSeed: nextSeed) }
  }
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
