import Randomness

/// The initial values of a layer's parameters.
public enum Initializer: Sendable, Hashable {
  /// Every element is 0.
  case zero
  /// Uniform between -1 / sqrt(inputs) and 1 / sqrt(inputs), the default of PyTorch's layers.
  case uniformFanIn
  /// Uniform between -sqrt(3 / inputs) and sqrt(3 / inputs): PyTorch's `kaiming_uniform_` with `a=1`.
  case kaimingUniform
  /// Uniform between minus this number and this number.
  case uniform(Double)
  /// Every element is this number.
  case constant(Double)
  /// Normal with mean 0 and this standard deviation.
  case normal(Double)
  /// From a normal distribution of variance 2 / inputs, so that images keep their size through ReLUs.
  ///
  /// - Source: He et al., *Delving Deep into Rectifiers* (2015), equation 10.
  case kaimingNormalFanIn
  /// From a normal distribution of variance 2 / outputs, so that gradients keep theirs.
  ///
  /// - Source: the same, equation 14.
  case kaimingNormalFanOut

  /// As `kaimingNormalFanOut`, but that each input counts as one of the outputs of all groups, as PyTorch counts.
  public static func fanOutOfAllGroups(_ outputs: Int, kernel: Int) -> Initializer {
    .normal((2 / Double(outputs * kernel * kernel)).squareRoot())
  }

  /// Fills a tensor, whose layer makes a result of `inputs` numbers, each of which goes into `outputs`.
  func fill(_ tensor: Tensor, inputs: Int, outputs: Int, nextSeed: () -> UInt64) {
    func normal(_ deviation: Double) -> Tensor {
      .normal(tensor.shape, deviation: deviation, seed: nextSeed())
    }
    switch self {
    case .zero: tensor.copy(from: .zeros(tensor.shape))
    case .uniformFanIn:
      let bound = 1 / Double(inputs).squareRoot()
      tensor.copy(from: .uniform(tensor.shape, low: -bound, high: bound, seed: nextSeed()))
    case .kaimingUniform:
      let bound = (3 / Double(inputs)).squareRoot()
      tensor.copy(from: .uniform(tensor.shape, low: -bound, high: bound, seed: nextSeed()))
    case .uniform(let bound):
      tensor.copy(from: .uniform(tensor.shape, low: -bound, high: bound, seed: nextSeed()))
    case .constant(let value): tensor.copy(from: .full(tensor.shape, value))
    case .normal(let deviation): tensor.copy(from: normal(deviation))
    case .kaimingNormalFanIn: tensor.copy(from: normal((2 / Double(inputs)).squareRoot()))
    case .kaimingNormalFanOut: tensor.copy(from: normal((2 / Double(outputs)).squareRoot()))
    }
  }
}

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
