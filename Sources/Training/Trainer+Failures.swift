import Foundation
import Planning
import Runs
import Schedules
import Torch
import Tuning

extension Trainer {
  /// What ends a run at a loss that is not finite; its rows are on disk, that loss among them.
  func failure(at record: UpdateRecord, _ decisions: ObserverList.Decisions) throws -> any Error {
    let fault =
      try weightDecayFault(after: record.update - 1)
      ?? ProcessGroup.broadcastFromFirstIfAny {
        try task.lossFault(
          from: position(after: record.update - 1 + skipped), batches: options.update.accumulate,
          isFirst: record.update == 1)
      }
    if fault == nil, let finding = decisions.rollBack { return try diverged(finding) }
    try observers.willEnd()
    if let fault {
      return TrainingError.brokenLoss(
        update: record.update, loss: record.loss, fault: fault,
        lastCheckpoint: lastCheckpoint?.path)
    }
    // The loss of an update is that of the weights which the one before it left.
    let rate = plan.values(at: max(0, record.update - 2)).learningRate
    return TrainingError.nonFiniteLoss(
      update: record.update, learningRate: rate, loss: record.loss,
      upperBound: bound(decisions, max(rate, highestRate(before: record.update - 1))),
      lastCheckpoint: lastCheckpoint?.path)
  }

  /// What ends a run whose parameters are not finite though the loss still was.
  func failureOfParameters() throws -> any Error {
    if let fault = weightDecayFault(after: step) {
      try observers.willEnd()
      return TrainingError.brokenLoss(
        update: step, loss: .nan, fault: fault, lastCheckpoint: lastCheckpoint?.path)
    }
    let rate = highestRate(before: step)
    let decisions = try observers.ask { try $0.didFindNonFiniteParameters(learningRate: rate) }
    if let finding = decisions.rollBack { return try diverged(finding) }
    try observers.willEnd()
    return TrainingError.nonFiniteParameters(
      update: step, learningRate: rate, upperBound: bound(decisions, rate),
      lastCheckpoint: lastCheckpoint?.path)
  }

  /// What ends a run whose last evaluation has a loss that is not finite though its parameters are.
  ///
  /// It is rolled back as one whose parameters are not finite, and has no checkpoint of its end.
  func failureOfPredictions() throws -> any Error {
    guard try task.model.isFinite() else { return try failureOfParameters() }
    let rate = highestRate(before: step)
    let decisions = try observers.ask { try $0.didFindNonFiniteParameters(learningRate: rate) }
    if let finding = decisions.rollBack { return try diverged(finding) }
    try observers.willEnd()
    return nonFinitePredictions(bound: bound(decisions, rate))
  }

  /// The error of such a run.
  func nonFinitePredictions(bound: Double?) -> TrainingError {
    let rate = highestRate(before: step)
    return .nonFinitePredictions(
      update: step, learningRate: rate, upperBound: bound ?? rate / 3, lastCheckpoint: lastCheckpoint?.path)
  }

  /// The highest rate of the updates between the last checkpoint, whose parameters were finite, and an update.
  private func highestRate(before update: Int) -> Double {
    let begun = lastCheckpoint.flatMap(RunFolder.update(ofCheckpoint:)) ?? 0
    let last = max(0, update - 1)
    return (min(begun, last)...last).map { plan.learningRate.value(at: $0) }.max() ?? 0
  }

  /// The weight decay as the cause of what is not finite after some updates, if their decay was above 1.
  private func weightDecayFault(after updates: Int) -> NonFiniteLossCause? {
    guard updates > 0 else { return nil }
    let values = plan.values(at: updates - 1)
    let highest = (0..<updates).map { plan.learningRate.value(at: $0) }.max()
    return .weightDecay(
      values.weightDecay ?? optimizer.groups.map(\.weightDecay).max(), at: values.learningRate,
      highestRate: max(highest ?? 0, values.learningRate))
  }

  func diverged(_ finding: CurveFinding) throws -> any Error {
    try observers.report(.finding(finding))
    try observers.willEnd()
    return TrainingInterruption(kind: .diverged(finding), update: step, seconds: elapsed)
  }

  private func bound(_ decisions: ObserverList.Decisions, _ rate: Double) -> Double {
    if case .lowerUpperBound(let bound)? = decisions.findings.first?.change { return bound }
    return rate / 3
  }
}
