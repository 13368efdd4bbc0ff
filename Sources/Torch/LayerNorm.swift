/// A normalization of vectors, the last dimension's, the same in training and evaluation.
///
/// - Source: Ba, Kiros, Hinton, *Layer Normalization* (2016).
public final class LayerNorm: Layer, InitializableModule {
  /// The weight, [C]: what each element is multiplied by.
  public let weight: Parameter
  /// The bias, [C]: what is added to each element.
  public let bias: Parameter
  private let epsilon: Double
  private let isOverChannels: Bool

  /// Creates a norm of vectors of this many elements.
  ///
  /// - Parameter isOverChannels: whether the vectors are the pixels of images [N, C, H, W], torchvision's `LayerNorm2d`.
  public init(_ features: Int, epsilon: Double = 1e-5, isOverChannels: Bool = false) {
    weight = Parameter(.ones([features]))
    bias = Parameter(.zeros([features]))
    self.epsilon = epsilon
    self.isOverChannels = isOverChannels
  }

  /// Returns the normalized vectors.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    func normalized(_ x: Tensor) -> Tensor {
      layerNormalize(x, weight: weight.value, bias: bias.value, epsilon: epsilon)
    }
    guard isOverChannels else { return normalized(x) }
    return normalized(x.permuted([0, 2, 3, 1])).permuted([0, 3, 1, 2])
  }

  /// Initializes the norm to the identity.
  public func initialize(nextSeed: () -> UInt64) {
    weight.value.copy(from: .ones(weight.value.shape))
    bias.value.copy(from: .zeros(bias.value.shape))
  }
}
