import Torch
import Tuning

/// What stops a run before its end.
extension Trainer {
  /// What stops a run at a loss that is no number; its rows are on disk, that loss among them.
  func stop(
    atLoss loss: Double, of update: LossReadback.Update, _ finding: CurveFinding?
  ) throws -> any Error {
    if let fault = try fault(of: update.number) {
      try metrics.flush()
      return TrainingError.brokenLoss(
        update: update.number, loss: loss, fault: fault, lastCheckpoint: lastCheckpoint?.path)
    }
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

  /// What made an update's loss no number, if that is anything but its rate: its batches are looked at again.
  private func fault(of update: Int) throws -> LossFault? {
    let stream = try task.trainingBatches(from: position(after: update - 1 + skipped))
    var hasTarget = false
    var isKnown = false
    for _ in 0..<options.form.accumulate {
      guard let batch = try stream.next() else { break }
      let inputs = task.inputs(of: batch)
      isKnown = isKnown || !inputs.isEmpty
      let isFinite = try checked {
        withoutGradient { inputs.allSatisfy { $0.to(.float32).sum().item().isFinite } }
      }
      guard isFinite else { return .inputs }
      hasTarget = hasTarget || task.hasTarget(batch)
    }
    guard hasTarget else { return .noTarget }
    return isKnown && update == 1 ? .beginning : nil
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
