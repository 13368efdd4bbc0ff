/// A batch normalization of images [N, C, H, W].
public final class BatchNorm: Layer, TrainingModeModule, InitializableModule {
  /// The weight, [C]: what each normalized channel is multiplied by.
  public let weight: Parameter
  /// The bias, [C]: what is added to each channel.
  public let bias: Parameter
  /// The mean that evaluation uses, [C].
  public let runningMean: Buffer
  /// The variance that evaluation uses, [C].
  public let runningVar: Buffer
  /// Whether the batch's own statistics are used.
  public var isTraining = true
  /// Whether the running statistics are used in training too, and stay as they are.
  public private(set) var isFrozen = false
  /// Whether the statistics of a batch are those of all processes that train together, and not of this one's slice.
  public var isSynchronized = false
  /// The convolution that this norm was folded into; see `Folding`.
  var folded: FoldedConvolution?
  /// The momentum: the share of the way by which the running statistics move towards a batch's.
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

  /// Freezes the norm for good: neither its statistics nor its parameters are updated.
  ///
  /// Batches of a few images have poor statistics; where the weights come from a file, its own are better.
  public func freeze() {
    isFrozen = true
    weight.isFrozen = true
    bias.isFrozen = true
  }

  private var usesBatch: Bool { isTraining && !isFrozen }

  /// Returns the normalized images.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    if let folded { return folded(x) }
    if let group = synchronizing { return normalized(x, in: group) }
    Watch.current?.ran(self, on: x)
    return batchNormalize(
      x, weight: weight.value, bias: bias.value, runningMean: runningMean.value,
      runningVariance: runningVar.value, training: usesBatch, momentum: momentum,
      epsilon: epsilon)
  }

  /// Returns `relu(normalized x + shortcut)`, in one pass where that can be done.
  ///
  /// - Parameter ceiling: what larger values become: 6 for ReLU6.
  public func relu(
    _ x: Tensor, plus shortcut: Tensor? = nil, ceiling: Double = .infinity
  ) -> Tensor {
    if let folded {
      return ceiling == .infinity
        ? folded(x, plus: shortcut, relu: true)
        : Torch.relu(folded(x, plus: shortcut), ceiling: ceiling)
    }
    if let group = synchronizing {
      let y = normalized(x, in: group)
      return Torch.relu(shortcut.map { y + $0 } ?? y, ceiling: ceiling)
    }
    Watch.current?.ran(self, on: x)
    return batchNormalizeRelu(
      x, plus: shortcut, weight: weight.value, bias: bias.value, runningMean: runningMean.value,
      runningVariance: runningVar.value, training: usesBatch, momentum: momentum,
      epsilon: epsilon, ceiling: ceiling)
  }

  /// The processes whose statistics are used together, if there are others.
  private var synchronizing: ProcessGroup? {
    isSynchronized && usesBatch ? ProcessGroup.current : nil
  }

  /// Returns the images normalized by the mean and the variance of all processes' images, each of which counts alike.
  ///
  /// Each process takes the mean of its own numbers and the squares of their distances from it, and these are merged:
  /// a mean of squares less the square of a mean has no digits left where the mean is large.
  ///
  /// - Source: Chan, Golub, LeVeque, *Updating Formulae and a Pairwise Algorithm for Computing Sample Variances* (1979).
  private func normalized(_ x: Tensor, in group: ProcessGroup) -> Tensor {
    let wide = x.type == .float64 ? x : x.to(.float32)
    let channels = x.size(1)
    let shape = [1, channels, 1, 1]
    let numbers = x.count / max(1, channels)
    let ownMean = wide.mean(over: [0, 2, 3])
    let ownDistance = wide - ownMean.reshaped(shape)
    let own = Tensor.concatenated([
      .full([1], Double(numbers), type: wide.type, device: wide.device), ownMean,
      (ownDistance * ownDistance).sum(over: [0, 2, 3]),
    ]).reshaped([1, 2 * channels + 1])
    // One message: a row for each process, the others' being zeros in what this one adds.
    func zeros(_ rows: Int) -> [Tensor] {
      rows > 0 ? [.zeros([rows, 2 * channels + 1], type: wide.type, device: wide.device)] : []
    }
    let all = group.allReduced(
      .concatenated(zeros(group.rank) + [own] + zeros(group.size - 1 - group.rank)))
    let counts = all.narrowed(1, from: 0, count: 1).detached()
    let means = all.narrowed(1, from: 1, count: channels)
    let total = counts.sum()
    // Distances from one of the means are small beside it, and so are their rounding errors.
    let first = means.narrowed(0, from: 0, count: 1)
    let mean = first.reshaped([channels]) + ((means - first) * counts).sum(over: [0]) / total
    let apart = means - mean.reshaped([1, channels])
    let variance =
      (all.narrowed(1, from: 1 + channels, count: channels) + apart * apart * counts)
      .sum(over: [0]) / total
    withoutGradient {
      Tensor.move(
        [runningMean.value, runningVar.value],
        towards: [
          mean.detached(),
          variance.detached() * total / (total - 1).clamped(from: 1, to: .infinity),
        ], by: momentum)
    }
    let factor = weight.value / (variance + epsilon).squareRoot()
    return ((wide - mean.reshaped(shape)) * factor.reshaped(shape) + bias.value.reshaped(shape))
      .to(x.type)
  }

  /// What evaluation multiplies each channel by, [C].
  var factor: Tensor { weight.value / (runningVar.value + epsilon).squareRoot() }

  /// Initializes the norm to the identity, or to zero.
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

  /// Has batch norms use the statistics of all processes that train together; see `BatchNorm.isSynchronized`.
  public func synchronizeBatchNorms() {
    for case (_, let norm as BatchNorm) in namedModules { norm.isSynchronized = true }
  }

  /// Whether it has batch norms.
  public var hasBatchNorms: Bool { namedModules.contains { $0.1 is BatchNorm } }

  /// Whether it has batch norms that are not frozen.
  public var hasTrainedBatchNorms: Bool {
    namedModules.contains { ($0.1 as? BatchNorm)?.isFrozen == false }
  }

  /// Freezes all batch norms for good; see `BatchNorm.freeze()`.
  public func freezeBatchNorms() {
    for case (_, let norm as BatchNorm) in namedModules { norm.freeze() }
  }
}
