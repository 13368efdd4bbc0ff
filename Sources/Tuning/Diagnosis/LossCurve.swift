/// A run's losses as they were measured, update by update, and the results of evaluations.
public struct LossCurve: Sendable, Hashable {
  /// An update: the rate with which it was applied, and the batch's loss before it.
  public struct Update: Sendable, Hashable {
    /// The learning rate.
    public let learningRate: Double
    /// The loss; one that is not a finite number is kept as it is.
    public let loss: Double
  }

  /// The model evaluated on training images, as they are without augmentation.
  public struct TrainingReading: Sendable, Hashable {
    /// The loss.
    public let loss: Double
    /// The score, if there is one.
    public let score: Double?

    /// Creates a reading.
    public init(loss: Double, score: Double?) {
      self.loss = loss
      self.score = score
    }
  }

  /// The model evaluated on data that it is not trained on.
  public struct Evaluation: Sendable, Hashable {
    /// The number of updates applied before it.
    public let update: Int
    /// The loss, if there is one.
    public let loss: Double?
    /// A share from 0 to 1 of which more is better, such as the accuracy, if there is one.
    public let score: Double?
    /// The model's loss and score on training images, at the ends of cycles and of the run.
    public var training: TrainingReading?

    /// Creates an evaluation.
    public init(
      update: Int, loss: Double?, score: Double? = nil, training: TrainingReading? = nil
    ) {
      self.update = update
      self.loss = loss
      self.score = score
      self.training = training
    }
  }

  /// The updates in order; the first is number 1.
  public private(set) var updates: [Update] = []
  /// The evaluations in order.
  public private(set) var evaluations: [Evaluation] = []

  /// Creates a curve of nothing.
  public init() {}

  /// The number of updates.
  public var count: Int { updates.count }

  /// Adds the next update.
  public mutating func append(loss: Double, learningRate: Double) {
    updates.append(Update(learningRate: learningRate, loss: loss))
  }

  /// Adds the next evaluation.
  public mutating func append(_ evaluation: Evaluation) { evaluations.append(evaluation) }

  /// Adds to the last evaluation what the model was on training images then.
  public mutating func append(_ reading: TrainingReading, at update: Int) {
    guard let last = evaluations.indices.last, evaluations[last].update == update else { return }
    evaluations[last].training = reading
  }

  /// Forgets what came after so many updates.
  public mutating func cut(to update: Int) {
    updates.removeLast(max(0, count - update))
    evaluations.removeAll { $0.update > update }
  }

  /// The place, from 0, of the first loss that is not a finite number.
  var firstNonFinite: Int? { updates.firstIndex { !$0.loss.isFinite } }
}

// MARK: What is robust against single losses

extension LossCurve {
  /// Returns the middle of the losses at these places, from 0.
  func level(_ positions: Range<Int>) -> Double {
    median(of: updates[positions].map(\.loss)[...])
  }

  /// Returns by how much losses differ from batch to batch at random, as a standard deviation.
  func batchNoise(_ positions: Range<Int>) -> Double {
    jumpNoise(updates[positions].map(\.loss)[...])
  }

  /// Returns by how much levels differ at random, as the deviation of single losses of that effect.
  func noise(_ positions: Range<Int>) -> Double { levelNoise(updates[positions].map(\.loss)[...]) }
}

/// The standard deviation of losses around their slow course, by the median jump between neighbors.
///
/// The curve's own course, which is slow, does not enter. A normal distribution's median jump is 0.954
/// of its deviation, and the median bears that up to half of the jumps are spikes.
func jumpNoise(_ losses: ArraySlice<Double>) -> Double {
  median(of: zip(losses, losses.dropFirst()).map { abs($1 - $0) }[...]) / 0.954
}

/// The noise that levels have: that of the jumps, or more where a loss is like the one before it.
///
/// Losses that hang together wander, and the median of some wanders with them, though the jumps are
/// small. So the medians of every five are looked at too: by how much one differs from the mean of its
/// neighbors, which a steady fall or rise leaves at nothing. Of a normal distribution the median of
/// that second difference is 1.652 of a median's deviation.
func levelNoise(_ losses: ArraySlice<Double>) -> Double {
  let jumps = jumpNoise(losses)
  let size = 5
  let positions = stride(from: losses.startIndex, through: losses.endIndex - size, by: size)
  let medians = positions.map { median(of: losses[$0..<($0 + size)]) }
  guard medians.count >= 8 else { return jumps }
  let bends = (1..<medians.count - 1).map { position in
    let between = (medians[position - 1] + medians[position + 1]) / 2
    return 2 * abs(medians[position] - between)
  }
  return max(jumps, median(of: bends[...]) / 1.652 / medianError(of: size, noise: 1))
}

/// The standard error of the median of so many values with this noise.
func medianError(of count: Int, noise: Double) -> Double {
  1.2533 * noise / Double(max(1, count)).squareRoot()
}
