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
  /// Whether a batch norm does this convolution's work, and gets its input as it is; see `Folding`.
  var isFolded = false
  private let geometry: ConvolutionGeometry
  private let weights, biases: Initializer

  /// Creates a convolution; without bias by default, since a batch norm usually follows.
  ///
  /// - Parameters:
  ///   - weights: how the filters begin; by default as torchvision's ResNet has them.
  ///   - biases: how the bias begins.
  public init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int? = nil,
    dilation: Int = 1, groups: Int = 1, bias: Bool = false,
    weights: Initializer = .kaimingNormalFanOut,
    biases: Initializer = .zero
  ) {
    weight = Parameter(.zeros([outputs, inputs / groups, kernel, kernel]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    geometry = ConvolutionGeometry(
      stride: stride, padding: padding ?? (kernel / 2) * dilation, dilation: dilation,
      groups: groups)
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

  /// Fills filters and bias as they are to begin.
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
  /// One number a filter, [outputs].
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

  /// Fills filters and bias as PyTorch begins them.
  public func initialize(nextSeed: () -> UInt64) {
    // As PyTorch counts for a transposed convolution: by the outputs.
    let inputs = weight.value.size(1) * factor * factor
    for parameter in [weight, bias] {
      Initializer.even.fill(
        parameter.value, inputs: inputs, outputs: inputs, nextSeed: nextSeed)
    }
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
  /// Whether the running statistics are used in training too, and stay as they are.
  private var isFrozen = false
  /// The convolution that this norm was folded into; see `Folding`.
  var folded: FoldedConvolution?
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

  /// Lets the norm stay as it is for good: neither its statistics nor its parameters are trained.
  ///
  /// Batches of a few images have poor statistics; where the weights come from a file, its own are better.
  public func freeze() {
    isFrozen = true
    weight.isFrozen = true
    bias.isFrozen = true
  }

  private var usesBatch: Bool { isTraining && !isFrozen }

  /// Returns the normalised images.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    if let folded { return folded(x) }
    Watch.current?.ran(self, on: x)
    return batchNormalize(
      x, weight: weight.value, bias: bias.value, runningMean: runningMean.value,
      runningVariance: runningVar.value, training: usesBatch, momentum: momentum,
      epsilon: epsilon)
  }

  /// Returns `relu(self(x) + shortcut)`, in one pass where that can be done.
  public func relu(_ x: Tensor, plus shortcut: Tensor? = nil) -> Tensor {
    if let folded { return folded(x, plus: shortcut, relu: true) }
    Watch.current?.ran(self, on: x)
    return batchNormalizeRelu(
      x, plus: shortcut, weight: weight.value, bias: bias.value, runningMean: runningMean.value,
      runningVariance: runningVar.value, training: usesBatch, momentum: momentum,
      epsilon: epsilon)
  }

  /// What evaluation multiplies each channel by, [C].
  var factor: Tensor { weight.value / (runningVar.value + epsilon).squareRoot() }

  /// Begins as the identity.
  public func initialize(nextSeed: () -> UInt64) {
    let shape = weight.value.shape
    weight.value.copy(from: .ones(shape))
    bias.value.copy(from: .zeros(shape))
    runningMean.value.copy(from: .zeros(shape))
    runningVar.value.copy(from: .ones(shape))
  }
}

/// A normalization of groups of channels of each image [N, C, H, W], the same in training and evaluation.
///
/// - Source: Wu, He, *Group Normalization* (2018).
public final class GroupNorm: Layer, InitializableModule {
  /// What each normalised channel is multiplied by, [C].
  public let weight: Parameter
  /// What is added to each channel, [C].
  public let bias: Parameter
  private let groups: Int

  /// Creates a norm of this many channels in groups.
  ///
  /// - Precondition: the groups divide the channels.
  public init(_ features: Int, groups: Int) {
    precondition(features % groups == 0, "\(features) channels do not make \(groups) groups.")
    weight = Parameter(.ones([features]))
    bias = Parameter(.zeros([features]))
    self.groups = groups
  }

  /// Returns the normalised images.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    groupNormalize(x, groups: groups, weight: weight.value, bias: bias.value)
  }

  /// Begins as the identity.
  public func initialize(nextSeed: () -> UInt64) {
    weight.value.copy(from: .ones(weight.value.shape))
    bias.value.copy(from: .zeros(bias.value.shape))
  }
}

/// A matrix product and a bias.
public final class Linear: Layer, InitializableModule {
  /// [outputs, inputs].
  public let weight: Parameter
  /// [outputs], or none.
  public let bias: Parameter?
  private let weights, biases: Initializer

  /// Creates a linear layer.
  ///
  /// - Parameters:
  ///   - weights: how the matrix begins; by default as PyTorch has it.
  ///   - biases: how the bias begins.
  public init(
    _ inputs: Int, _ outputs: Int, bias: Bool = true, weights: Initializer = .even,
    biases: Initializer = .even
  ) {
    weight = Parameter(.zeros([outputs, inputs]))
    self.bias = bias ? Parameter(.zeros([outputs])) : nil
    self.weights = weights
    self.biases = biases
  }

  /// Returns [N, outputs] for [N, inputs].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    linear(x, weight.value, bias: bias?.value)
  }

  /// Fills matrix and bias as they are to begin.
  public func initialize(nextSeed: () -> UInt64) {
    let (inputs, outputs) = (weight.value.size(1), weight.value.size(0))
    weights.fill(weight.value, inputs: inputs, outputs: outputs, nextSeed: nextSeed)
    if let bias { biases.fill(bias.value, inputs: inputs, outputs: outputs, nextSeed: nextSeed) }
  }
}

extension Module {
  /// Whether it normalizes its activations, by batch or by group.
  public var isNormalized: Bool { namedModules.contains { $0.1 is BatchNorm || $0.1 is GroupNorm } }

  /// Lets all batch norms stay as they are for good; see `BatchNorm.freeze()`.
  public func freezeBatchNorms() {
    for case (_, let norm as BatchNorm) in namedModules { norm.freeze() }
  }
}
