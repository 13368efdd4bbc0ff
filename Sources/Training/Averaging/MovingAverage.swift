import Torch

/// A mean of a model's weights over the last updates, in which older ones count less and less.
///
/// After each update the mean moves towards the weights, `average = d average + (1 - d) weights`, and so
/// do the running statistics of batch norms. At the beginning d is `(1 + t) / (10 + t)` after t
/// updates as long as that is less than the decay, so that the weights from which the run began are
/// soon forgotten.
///
/// - Source: Polyak, Juditsky (1992); the beginning as in TensorFlow's `ExponentialMovingAverage`.
public final class MovingAverage {
  /// The share of the mean that an update leaves.
  public let decay: Double
  private let names: [String]
  private let weights: [Tensor]
  private let averages: [Tensor]
  /// Those of running statistics, which every process has of its own batches.
  private let statistics: [Tensor]

  /// Creates the mean of a model that has had no update.
  public init(of model: any Module, decay: Double) throws {
    self.decay = decay
    // Counts are no weights: they stay the model's.
    let tensors = model.namedTensors.filter { $0.1.type == .float32 }
    names = tensors.map(\.0)
    weights = tensors.map(\.1)
    averages = try checked { withoutGradient { tensors.map { $0.1.detached().clone() } } }
    let buffers = Set(model.namedBuffers.map(\.0))
    statistics = zip(names, averages).filter { buffers.contains($0.0) }.map(\.1)
  }

  /// The mean of each tensor, by torchvision's names.
  public var named: [(String, Tensor)] { Array(zip(names, averages)) }

  /// Moves the mean towards the weights, after so many updates.
  func take(after updates: Int) {
    let kept = min(decay, Double(1 + updates) / Double(10 + updates))
    Tensor.move(averages, towards: weights, by: 1 - kept)
  }

  /// Averages over the processes what each has of its own batches.
  func shareStatistics() throws { try ProcessGroup.current?.allReduceMean(statistics) }

  /// Puts back a mean that a checkpoint has kept.
  ///
  /// - Returns: false, and nothing is changed, if a tensor is missing or of another shape.
  func restore(_ tensors: [String: Tensor]) throws -> Bool {
    guard zip(names, averages).allSatisfy({ tensors[$0]?.shape == $1.shape }) else { return false }
    try checked {
      withoutGradient {
        for (name, average) in named { if let kept = tensors[name] { average.copy(from: kept) } }
      }
    }
    return true
  }

  /// Puts the mean into the model.
  func install() throws {
    try checked {
      withoutGradient {
        for (weight, average) in zip(weights, averages) { weight.copy(from: average) }
      }
    }
  }
}
