import Randomness

extension Module {
  /// Gives every parameter its first value, by the seed and the parameter's place alone.
  public func initialize(seed: UInt64) {
    var index = 0
    for case (_, let module as any InitializableModule) in namedModules {
      withoutGradient {
        module.initialize {
          defer { index += 1 }
          var stream = RandomStream(seed: seed, for: .initialization, index: index)
          return stream.next()
        }
      }
    }
  }
}

/// A two-dimensional convolution of images [N, C, H, W].
public final class Convolution: Layer, InitializableModule {
  /// The filters, [outputs, inputs / groups, kernel, kernel].
  public let weight: Parameter
  /// One number a filter, [outputs], or none.
  public let bias: Parameter?
  private let stride, padding, dilation, groups: Int

  /// Creates a convolution; without bias by default, since a batch norm usually follows.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil,
    dilation: Int = 1, groups: Int = 1, bias: Bool = false
  ) {
    weight = Parameter(.zeros([outputs, inputs / groups, kernel, kernel]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    self.stride = stride
    self.padding = padding ?? (kernel / 2) * dilation
    self.dilation = dilation
    self.groups = groups
  }

  /// Returns the filtered images.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    convolve(
      x, weight.value, bias: bias?.value, stride: stride, padding: padding, dilation: dilation,
      groups: groups)
  }

  /// Draws the filters from a normal distribution of variance 2 / (outputs * kernel area), so that
  /// gradients keep their size through ReLUs; the bias begins at 0.
  ///
  /// - Source: He et al., *Delving Deep into Rectifiers* (2015), equation 14; torchvision's ResNet.
  public func initialize(nextSeed: () -> UInt64) {
    let shape = weight.value.shape
    let fanOut = shape[0] * shape[2] * shape[3] / groups
    let deviation = (2 / Double(fanOut)).squareRoot()
    weight.value.copy(from: .normal(shape, deviation: deviation, seed: nextSeed()))
    if let bias { bias.value.copy(from: .zeros(bias.value.shape)) }
  }
}

/// A batch normalization of images [N, C, H, W].
public final class BatchNorm: Layer, ModalModule, InitializableModule {
  /// What each normalised channel is multiplied by, [C].
  public let weight: Parameter
  /// What is added to each channel, [C].
  public let bias: Parameter
  /// The mean that evaluation uses, [C].
  public let runningMean: Buffer
  /// The variance that evaluation uses, [C].
  public let runningVar: Buffer
  /// Whether the batch's own statistics are used.
  public var isTraining = true
  /// By which share of the way the running statistics move towards a batch's.
  public var momentum: Double
  private let epsilon: Double

  /// Creates a batch norm of this many channels.
  public init(_ features: Int, momentum: Double = 0.1, epsilon: Double = 1e-5) {
    weight = Parameter(.ones([features]))
    bias = Parameter(.zeros([features]))
    runningMean = Buffer(.zeros([features]))
    runningVar = Buffer(.ones([features]))
    self.momentum = momentum
    self.epsilon = epsilon
  }

  /// Returns the normalised images.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    batchNormalize(
      x, weight: weight.value, bias: bias.value, runningMean: runningMean.value,
      runningVariance: runningVar.value, training: isTraining, momentum: momentum,
      epsilon: epsilon)
  }

  /// Returns `relu(self(x) + shortcut)`, in one pass where that can be done.
  public func relu(_ x: Tensor, plus shortcut: Tensor? = nil) -> Tensor {
    batchNormalizeRelu(
      x, plus: shortcut, weight: weight.value, bias: bias.value, runningMean: runningMean.value,
      runningVariance: runningVar.value, training: isTraining, momentum: momentum,
      epsilon: epsilon)
  }

  /// Begins as the identity.
  public func initialize(nextSeed: () -> UInt64) {
    let shape = weight.value.shape
    weight.value.copy(from: .ones(shape))
    bias.value.copy(from: .zeros(shape))
    runningMean.value.copy(from: .zeros(shape))
    runningVar.value.copy(from: .ones(shape))
  }
}

/// A matrix product and a bias.
public final class Linear: Layer, InitializableModule {
  /// [outputs, inputs].
  public let weight: Parameter
  /// [outputs], or none.
  public let bias: Parameter?

  /// Creates a linear layer.
  public init(_ inputs: Int, _ outputs: Int, bias: Bool = true) {
    weight = Parameter(.zeros([outputs, inputs]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
  }

  /// Returns [N, outputs] for [N, inputs].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    linear(x, weight.value, bias: bias?.value)
  }

  /// Draws weight and bias evenly from within 1 / sqrt(inputs) of 0, as PyTorch does.
  public func initialize(nextSeed: () -> UInt64) {
    let shape = weight.value.shape
    let bound = 1 / Double(shape[1]).squareRoot()
    weight.value.copy(from: .uniform(shape, low: -bound, high: bound, seed: nextSeed()))
    if let bias {
      bias.value.copy(
        from: .uniform(bias.value.shape, low: -bound, high: bound, seed: nextSeed()))
    }
  }
}

/// Layers, one after another; named by their places, 0, 1, 2, ...
public final class Sequential: Layer {
  private let layers: [any Layer]

  /// Creates a chain of layers.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// Creates a chain of layers.
  public convenience init(_ layers: any Layer...) { self.init(layers) }

  /// The layers, numbered.
  public var children: [(name: String, value: Any)] {
    layers.enumerated().map { (String($0.offset), $0.element) }
  }

  /// Returns what comes out of the last layer.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    layers.reduce(x) { $1($0) }
  }
}

/// A function as a layer: `Function(relu)`.
public final class Function: Layer {
  private let body: (Tensor) -> Tensor

  /// Creates a layer without parameters.
  public init(_ body: @escaping (Tensor) -> Tensor) { self.body = body }

  /// Returns the function's value.
  public func callAsFunction(_ x: Tensor) -> Tensor { body(x) }
}
