import Tuning

/// What stops a run before its end.
extension Trainer {
  /// What stops a run at a loss that is no number; its rows are on disk, that loss among them.
  func stop(
    atLoss loss: Double, of update: LossReadback.Update, _ finding: CurveFinding?
  ) throws -> any Error {
    if let finding, watch?.acts == true {
      onEvent(.watched(finding))
      return try takenBack(by: finding)
    }
    try metrics.flush()
    let rate = update.values.learningRate
    return TrainingError.nonFiniteLoss(
      update: update.number, learningRate: rate, loss: loss, upperBound: bound(finding, rate),
      lastCheckpoint: lastCheckpoint?.path)
  }

  /// What stops a run whose parameters are no numbers though the loss still was one.
  func stopAtParameters() throws -> any Error {
    let rate = plan.values(at: max(0, step - 1)).learningRate
    let finding = watch?.parametersAreNotFinite(learningRate: rate)
    if let finding, watch?.acts == true {
      onEvent(.watched(finding))
      return try takenBack(by: finding)
    }
    return TrainingError.nonFiniteParameters(
      update: step, learningRate: rate, upperBound: bound(finding, rate),
      lastCheckpoint: lastCheckpoint?.path)
  }

  func takenBack(by finding: CurveFinding) throws -> any Error {
    try metrics.flush()
    return Diverged(finding: finding, seconds: elapsed)
  }

  private func bound(_ finding: CurveFinding?, _ rate: Double) -> Double {
    if case .lowerUpperBound(let bound)? = finding?.change { return bound }
    return rate / 3
  }
}
