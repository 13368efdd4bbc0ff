/// How much training there is to plan.
public struct Budget: Sendable, Hashable, Codable {
  /// Updates in the whole run.
  public var totalSteps: Int
  /// Updates in one pass over the training data.
  public var stepsPerEpoch: Int
  /// Samples in an update.
  public var batchSize: Int

  /// Creates a budget.
  public init(totalSteps: Int, stepsPerEpoch: Int, batchSize: Int) {
    self.totalSteps = totalSteps
    self.stepsPerEpoch = max(1, stepsPerEpoch)
    self.batchSize = batchSize
  }

  /// Passes over the training data in the whole run.
  public var epochs: Double { Double(totalSteps) / Double(stepsPerEpoch) }
}
