extension Trainer {
  /// How a run is trained, beside its task, its plan and who observes it.
  public struct Options {
    /// The seed of order and augmentation.
    public var seed: UInt64
    /// Updates between checkpoints.
    public var checkpointEvery: Int
    /// The checkpoints that are kept beside those of cycles' ends: so many of the last ones.
    public var keptCheckpoints: Int
    /// Epochs between evaluations; the model is evaluated at the ends of cycles and of the run besides.
    public var evaluateEvery: Int
    /// How an update is made; its batches together have the budget's `batchSize`.
    public var update: UpdateOptions
    /// Which parameters are frozen, and until when.
    public var freezing: Freezing?
    /// What is evaluated in the model's place; as it was after the progress.
    public var averaging: Averaging?
    /// The most training images that are evaluated at the ends of cycles and of the run; 0 for none.
    public var maximumTrainingImagesEvaluated: Int
    /// What each checkpoint's metadata carries.
    public var metadata: [String: String]
    /// Whether the evaluation after the progress is missing, as where its images could not be read: it is made first.
    public var lacksEvaluation: Bool

    /// Creates options.
    public init(
      seed: UInt64, checkpointEvery: Int, keptCheckpoints: Int = 2, evaluateEvery: Int = 1,
      update: UpdateOptions = UpdateOptions(), freezing: Freezing? = nil,
      averaging: Averaging? = nil, maximumTrainingImagesEvaluated: Int = 0,
      metadata: [String: String] = [:],
      lacksEvaluation: Bool = false
    ) {
      self.seed = seed
      self.checkpointEvery = checkpointEvery
      self.keptCheckpoints = keptCheckpoints
      self.evaluateEvery = evaluateEvery
      self.update = update
      self.freezing = freezing
      self.averaging = averaging
      self.maximumTrainingImagesEvaluated = maximumTrainingImagesEvaluated
      self.metadata = metadata
      self.lacksEvaluation = lacksEvaluation
    }
  }
}
