/// A two-dimensional convolution of images [N, C, H, W].
public final class Convolution: Layer, InitializableModule {
  /// The filters, [outputs, inputs / groups, kernel, kernel].
  public let weight: Parameter
  /// The bias of each filter, [outputs]; nil for none.
  public let bias: Parameter?
  /// Whether a batch norm does this convolution's work, and gets its input as it is; see `Folding`.
  var isFolded = false
  private let geometry: ConvolutionGeometry
  private let weights, biases: Initializer

  /// Creates a convolution; without bias by default, since a batch norm usually follows.
  ///
  /// - Parameters:
  ///   - paddedAtEnd: whether images of even sides get one row and column of zeros less above and to the left:
  ///     TensorFlow's padding "same", which is PyTorch's usual one but for this.
  ///   - weights: how the filters begin; by default as torchvision's ResNet has them.
  ///   - biases: how the bias begins.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil,
    paddedAtEnd: Bool = false, dilation: Int = 1, groups: Int = 1, bias: Bool = false,
    weights: Initializer = .kaimingNormalFanOut,
    biases: Initializer = .zero
  ) {
    weight = Parameter(.zeros([outputs, inputs / groups, kernel, kernel]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    let padding = padding ?? (kernel / 2) * dilation
    geometry = ConvolutionGeometry(
      stride: stride, padding: (padding, padding), dilation: dilation, groups: groups,
      paddedAtEnd: paddedAtEnd && stride > 1)
    self.weights = weights
    self.biases = biases
  }

  /// Returns the filtered images.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard !isFolded else { return x }
    let output = convolve(x, weight.value, bias: bias?.value, geometry)
    Watch.current?.ran(self, giving: output)
    return output
  }

  /// Returns this convolution with a batch norm of running statistics behind it, as one.
  func folded(with norm: BatchNorm) -> FoldedConvolution {
    let factor = norm.factor
    let outputs = weight.value.size(0)
    let shift = norm.bias.value - norm.runningMean.value * factor
    return FoldedConvolution(
      weight: weight.value * factor.reshaped([outputs, 1, 1, 1]),
      bias: bias.map { $0.value * factor + shift } ?? shift, geometry: geometry)
  }

  /// Initializes filters and bias.
  public func initialize(nextSeed: () -> UInt64) {
    let filters = weight.value
    let area = filters.size(2) * filters.size(3)
    let (inputs, outputs) = (filters.size(1) * area, filters.size(0) * area / geometry.groups)
    weights.fill(weight.value, inputs: inputs, outputs: outputs, nextSeed: nextSeed)
    if let bias { biases.fill(bias.value, inputs: inputs, outputs: outputs, nextSeed: nextSeed) }
  }
}

/// A transposed convolution without overlap: each pixel becomes a square of pixels.
public final class TransposedConvolution: Layer, InitializableModule {
  /// The filters, [inputs, outputs, factor, factor].
  public let weight: Parameter
  /// The bias of each filter, [outputs].
  public let bias: Parameter
  private let factor: Int

  /// Creates a layer that makes images larger by a factor.
  public init(_ inputs: Int, _ outputs: Int, factor: Int = 2) {
    weight = Parameter(.zeros([inputs, outputs, factor, factor]))
    bias = Parameter(.zeros([outputs]))
    self.factor = factor
  }

  /// Returns [N, outputs, factor * H, factor * W] for [N, inputs, H, W].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    convolveTransposed(x, weight.value, bias: bias.value, stride: factor)
  }

  /// Initializes filters and bias as PyTorch does.
  public func initialize(nextSeed: () -> UInt64) {
    // As PyTorch counts for a transposed convolution: by the outputs.
    let inputs = weight.value.size(1) * factor * factor
    for parameter in [weight, bias] {
      Initializer.uniformFanIn.fill(
        parameter.value, inputs: inputs, outputs: inputs, nextSeed: nextSeed)
    }
  }
}
