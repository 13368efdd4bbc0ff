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
  private let beginsAtZero: Bool

  /// Creates a batch norm of this many channels.
  ///
  /// - Parameter beginsAtZero: whether it begins as zero and not as the identity, so that a block begins as its shortcut.
  public init(
    _ features: Int, momentum: Double = 0.1, epsilon: Double = 1e-5, beginsAtZero: Bool = false
  ) {
    weight = Parameter(.ones([features]))
    bias = Parameter(.zeros([features]))
    runningMean = Buffer(.zeros([features]))
    runningVar = Buffer(.ones([features]))
    self.momentum = momentum
    self.epsilon = epsilon
    self.beginsAtZero = beginsAtZero
  }

  /// Lets the norm stay as it is for good: neither its statistics nor its parameters are learned.
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

  /// Begins as the identity, or as zero.
  public func initialize(nextSeed: () -> UInt64) {
    let shape = weight.value.shape
    weight.value.copy(from: beginsAtZero ? .zeros(shape) : .ones(shape))
    bias.value.copy(from: .zeros(shape))
    runningMean.value.copy(from: .zeros(shape))
    runningVar.value.copy(from: .ones(shape))
  }
}

extension Module {
  /// Whether it normalizes its activations, by batch, by group or by vector.
  public var isNormalized: Bool {
    namedModules.contains { $0.1 is BatchNorm || $0.1 is GroupNorm || $0.1 is LayerNorm }
  }

  /// Lets all batch norms stay as they are for good; see `BatchNorm.freeze()`.
  public func freezeBatchNorms() {
    for case (_, let norm as BatchNorm) in namedModules { norm.freeze() }
  }
}
