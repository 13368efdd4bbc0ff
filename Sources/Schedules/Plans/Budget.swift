import Numbers

/// How much training there is to plan.
public struct Budget: Sendable, Hashable, Codable {
  /// Updates in the whole run.
  public var totalSteps: Int
  /// Updates in one pass over the training data.
  public var stepsPerEpoch: Int
  /// Samples in an update, in however many batches it reads them.
  public var batchSize: Int
  /// Samples in the last update of each epoch, where they are fewer.
  public var lastUpdateSize: Int?

  /// Creates a budget.
  public init(totalSteps: Int, stepsPerEpoch: Int, batchSize: Int, lastUpdateSize: Int? = nil) {
    self.totalSteps = totalSteps
    self.stepsPerEpoch = max(1, stepsPerEpoch)
    self.batchSize = batchSize
    self.lastUpdateSize = lastUpdateSize.flatMap { $0 < batchSize ? $0 : nil }
  }

  /// Samples in an update, on average over an epoch.
  public var samplesPerUpdate: Double {
    let missing = Double(batchSize - (lastUpdateSize ?? batchSize))
    return Double(batchSize) - missing / Double(stepsPerEpoch)
  }

  /// The most updates that a run has: more than any machine makes in months, and few enough that all their
  /// cycles can be listed.
  public static let maximumSteps = 100_000_000

  private enum CodingKeys: String, CodingKey {
    case totalSteps, stepsPerEpoch, batchSize, lastUpdateSize
  }

  /// Reads a budget.
  ///
  /// - Throws: `DecodingError` for numbers that no run can have.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Int {
      let number = try container.decode(Int.self, forKey: key)
      guard (1...Self.maximumSteps).contains(number) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "it must be from 1 to \(Self.maximumSteps)")
      }
      return number
    }
    totalSteps = try number(.totalSteps)
    stepsPerEpoch = try number(.stepsPerEpoch)
    batchSize = try number(.batchSize)
    lastUpdateSize = container.contains(.lastUpdateSize) ? try number(.lastUpdateSize) : nil
  }

  /// Passes over the training data in the whole run.
  public var epochs: Double { Double(totalSteps) / Double(stepsPerEpoch) }

  /// Returns the step size (half a cycle, in updates) with which so many whole cycles fit.
  ///
  ///     let budget = Budget(totalSteps: 90 * 391, stepsPerEpoch: 391, batchSize: 128)
  ///     budget.stepSize(forCycles: 3)   // 5_865, or 15 epochs
  ///
  /// Where the budget cannot be divided evenly some updates are left over; at least 1.
  public func stepSize(forCycles cycles: Int) -> Int {
    max(1, totalSteps / max(1, cycles.multipliedOrMax(by: 2)))
  }
}
