import Planning
import Settings
import Torch
import Tuning

/// Times updates, one by one.
final class UpdateTimer {
  private var seconds: [Double] = []
  private static let warmUp = 5

  /// Times what a body does, up to a number that has been read back from the device.
  func time<Value>(_ body: () throws -> Value) rethrows -> Value {
    let begun = ContinuousClock.now
    let value = try body()
    seconds.append((ContinuousClock.now - begun).seconds)
    return value
  }

  /// The mean, without the first updates, for which memory is found and caches are filled.
  var mean: Double? {
    let counted = seconds.dropFirst(min(Self.warmUp, seconds.count / 2))
    return counted.isEmpty ? nil : counted.reduce(0, +) / Double(counted.count)
  }
}

extension RangeTester {
  /// Times some updates at the lowest rate that is known, without a trace.
  func secondsPerUpdate(_ settings: ResolvedSettings, over steps: Int) throws -> Double? {
    let rate = settings.schedule.baseLR ?? settings.schedule.maxLR ?? settings.sweep.lowest
    return try timedCurve(
      sweep: RangeTestSweep(lowest: rate, highest: rate, steps: steps),
      seed: settings.machine.seed, batchSize: settings.budget.batchSize
    ).secondsPerUpdate
  }

  /// Measures how fast the settings' updates are made, without a trace: by a range test's, or by a few
  /// at the lowest rate that was typed; and by evaluating the model once on all of the evaluation data.
  ///
  /// - Parameters:
  ///   - secondsPerUpdate: what a range test has measured, if one was made.
  ///   - begun: when the time began that counts as spent.
  public func pace(
    _ settings: ResolvedSettings, _ secondsPerUpdate: Double?, since begun: ContinuousClock.Instant
  ) throws -> MeasuredSpeed {
    let measured = try secondsPerUpdate ?? self.secondsPerUpdate(settings, over: 20)
    func spent() throws -> Double {
      try ProcessGroup.broadcastFromFirst { (ContinuousClock.now - begun).seconds }
    }
    var pace = MeasuredSpeed(
      secondsPerUpdate: measured ?? 0, secondsPerEvaluation: 0, secondsSpent: try spent())
    // Updates that stay far below a limit leave room for their evaluations.
    if let limit = settings.budget.maxMinutes, settings.budget.minutes == nil,
      pace.seconds(of: try settings.makeBudget(trainingCount: task.trainingCount)) < 0.7 * 60
        * limit
    {
      return pace
    }
    let evaluated = ContinuousClock.now
    _ = try evaluate(task)
    let seconds = try ProcessGroup.broadcastFromFirst { (ContinuousClock.now - evaluated).seconds }
    // An average is evaluated as well as the model.
    let times = settings.averageDecay == nil && settings.evaluation.average == nil ? 1.0 : 2
    pace.secondsPerEvaluation = times * seconds
    pace.secondsSpent = try spent()
    return pace
  }
}

extension Swift.Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
