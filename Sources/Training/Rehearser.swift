import Foundation
import Planning
import Settings
import Torch
import Tuning

/// Trains complete short cycles to several peaks, each from the same weights on the same batches, and leaves
/// no trace of them: parameters, buffers and optimizer are as before, bit for bit.
///
/// Batches and held-out images are of the training images alone, and of orders that no run has.
struct Rehearser<Task: TrainingTask> {
  /// The run's model, with a part of the training images held out for evaluation.
  let task: Task
  let optimizer: any Optimizer
  let settings: ResolvedSettings
  /// The length of the whole run, in updates.
  let updates: Int

  /// The updates over which a training loss is averaged.
  private static var window: Int { 8 }

  /// Trains one cycle and evaluates its end.
  ///
  /// - Parameters:
  ///   - step: the step at its peak.
  ///   - plan: the cycle.
  ///   - others: the rehearsals before it, which say whether its loss is lost at half time.
  func rehearse(
    step: Double, plan: RunPlan, beside others: [Rehearsal]
  ) throws -> Rehearsal {
    try SavedState.withoutTrace(task.model, optimizer) {
      let freezing = try Freezing(plan.settings, for: task.model, in: plan.budget)
      defer { freezing?.apply(after: 0) }
      let length = plan.budget.totalSteps
      let updater = try Updater(
        task: task, optimizer: optimizer, options: UpdateOptions(settings),
        from: BatchPosition(
          purpose: .measurement, seed: settings.machine.seed &+ (1 << 33),
          batchSize: settings.budget.batchSize))
      // A mean over the last tenth of the run is one over the last tenth of the rehearsal.
      let average = try settings.averageDecay.map {
        try MovingAverage(of: task.model, decay: scaledDecay($0, length))
      }
      var losses: [Double] = []
      var halfTime = Double.nan
      for update in 1...length {
        optimizer.apply(plan.plan, at: update - 1)
        let loss = try self.loss(of: updater, update)
        guard loss.isFinite else {
          return Rehearsal(
            step: step, end: .notFinite, halfTimeLoss: halfTime, updates: update)
        }
        if freezing?.ends(after: update) == true { freezing?.apply(after: update) }
        if let average { try checked { average.take(after: update) } }
        losses.append(loss)
        guard update == length / 2 else { continue }
        let recent = losses.suffix(Self.window)
        halfTime = recent.reduce(0, +) / Double(recent.count)
        if Rehearsal.isLost(halfTime, atStep: step, beside: others) {
          return Rehearsal(step: step, end: .stopped, halfTimeLoss: halfTime, updates: update)
        }
      }
      try average?.install()
      let (loss, batches) = try heldOutLosses()
      return Rehearsal(
        step: step, end: loss.isFinite ? .completed : .notFinite, loss: loss,
        batchLosses: batches, halfTimeLoss: halfTime, updates: length)
    }
  }

  private func scaledDecay(_ decay: Double, _ length: Int) -> Double {
    exp2(log2(decay) * Double(updates) / Double(length))
  }

  /// The loss before an update; one that no scale makes finite is NaN.
  private func loss(of updater: Updater<Task>, _ update: Int) throws -> Double {
    do {
      // An update that overflowed is made again of other batches.
      while true {
        if let output = try updater.update(number: update) {
          return try checked { output.total.item() }
        }
      }
    } catch TrainingError.gradientsOverflow { return .nan }
  }

  /// The mean loss of the held-out images, without label smoothing, and that of each batch of them.
  private func heldOutLosses() throws -> (mean: Double, batches: [Double]) {
    func loss(_ score: Task.Score) -> Double {
      score.values.first { $0.name == "loss" }?.value ?? .nan
    }
    var batches: [Double] = []
    let score = try evaluate(task, on: task.evaluationBatches()) { batch, score in
      var one = task.makeScore()
      try task.evaluate(batch, into: &one)
      batches.append(loss(one))
      score.merge(one)
    }
    return (loss(score), try ProcessGroup.allGather(batches).flatMap(\.self))
  }
}
