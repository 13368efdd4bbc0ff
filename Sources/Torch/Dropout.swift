import Randomness

/// A module that draws random numbers while it is trained.
///
/// The numbers follow from a seed that is set before each batch, not from what was drawn before: a run
/// that is resumed draws the same.
public protocol RandomModule: TrainingModeModule {
  /// Names the next batch's numbers.
  var seed: UInt64 { get set }
}

extension Module {
  /// The parts that draw random numbers, in a fixed order.
  public var randomModules: [any RandomModule] {
    namedModules.compactMap { $0.1 as? any RandomModule }
  }
}

extension [any RandomModule] {
  /// Names the random numbers of a batch, by the run's seed, the batch's number since the run began,
  /// and each module's place.
  public func prepare(seed: UInt64, batch: Int) {
    for (index, module) in enumerated() {
      var stream = RandomStream(seed: seed, for: .dropout, epoch: batch, index: index)
      module.seed = stream.next()
    }
  }
}

/// Sets values to 0 at random during training, and scales the others up, so that the mean
/// stays; in evaluation it does nothing.
///
/// - Source: Srivastava et al., *Dropout* (2014); as PyTorch's `Dropout`.
public final class Dropout: Layer, RandomModule {
  /// Whether elements are dropped.
  public var isTraining = true
  /// Names the next batch's numbers.
  public var seed: UInt64 = 0
  private let probability: Double

  /// Creates a layer that sets each element to 0 with this probability.
  public init(_ probability: Double) { self.probability = probability }

  /// Returns the input with dropout.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard isTraining, probability > 0 else { return x }
    let shape = x.shape
    guard shape.count == 4 else { return x * kept(shape, like: x) }
    // Drawn in the order in which a channels-last image lies in memory.
    let mask = kept([shape[0], shape[2], shape[3], shape[1]], like: x)
    return x * mask.permuted([0, 3, 1, 2])
  }

  private func kept(_ shape: [Int], like x: Tensor) -> Tensor {
    factors(shape, dropping: probability, seed: seed, like: x)
  }
}

/// Sets whole images to 0 at random while the model is trained, and scales the others up: what a
/// residual block adds is left out, so that only the shortcut remains.
///
/// - Source: Huang et al., *Deep Networks with Stochastic Depth* (2016), by the image and scaled in
///   training, as torchvision's `StochasticDepth` in mode `row`.
public final class StochasticDepth: Layer, RandomModule {
  /// Whether images are dropped.
  public var isTraining = true
  /// Names the next batch's numbers.
  public var seed: UInt64 = 0
  private let probability: Double

  /// Creates a layer that drops each image with this probability.
  public init(_ probability: Double) { self.probability = probability }

  /// Whether images are dropped at present: in training, with a probability above 0.
  public var drops: Bool { isTraining && probability > 0 }

  /// Returns the input, [N, ...], with some images dropped.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    guard drops else { return x }
    let shape = [x.size(0)] + x.shape.dropFirst().map { _ in 1 }
    return x * factors(shape, dropping: probability, seed: seed, like: x)
  }
}

/// Returns 0 with a probability, else 1 / (1 - probability), for each element of a shape.
private func factors(
  _ shape: [Int], dropping probability: Double, seed: UInt64, like x: Tensor
) -> Tensor {
  let isKept = Tensor.uniform(shape, low: 0, high: 1, seed: seed).greater(probability)
  return isKept.to(x.type).to(x.device) / (1 - probability)
}
