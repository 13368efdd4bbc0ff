/// The schedules that a run can name.
public enum ScheduleName: String, Sendable, CaseIterable {
  /// One rise and one fall over the whole run.
  case oneCycle = "one-cycle"
  /// Rise and fall, again and again.
  case triangular
  /// The same with half the height each time.
  case triangular2
  /// The same with a height that shrinks with every update.
  case exponentialRange = "exp-range"
  /// The upper bound throughout.
  case constant
}

/// The optimizers that a run can name.
public enum OptimizerName: String, Sendable, CaseIterable {
  /// Stochastic gradient descent with momentum.
  case sgd
  /// Adam; weight decay is added to the gradient.
  case adam
  /// Adam with decoupled weight decay.
  case adamw
}

/// What a run does about what its loss curve says.
public enum WatchMode: String, Sendable, CaseIterable {
  /// Nothing is looked at.
  case off
  /// What is found is told.
  case say
  /// A run that has diverged goes back to its last trough, and on with a lower upper bound.
  case act
}
