import Numbers
import Schedules
import Settings
import Tuning

/// How fast a run trains on this machine, as it was measured before its first update.
public struct MeasuredSpeed: Sendable, Hashable, Codable {
  /// The seconds that an update takes.
  public var secondsPerUpdate: Double
  /// The seconds that it takes to evaluate the model on all of the evaluation data.
  public var secondsPerEvaluation: Double
  /// The seconds that have gone into the range test and into measuring this.
  public var secondsSpent: Double

  /// Creates a measured speed.
  public init(secondsPerUpdate: Double, secondsPerEvaluation: Double, secondsSpent: Double) {
    self.secondsPerUpdate = secondsPerUpdate
    self.secondsPerEvaluation = secondsPerEvaluation
    self.secondsSpent = secondsSpent
  }

  /// Returns the updates that so many minutes hold, at least 1.
  ///
  /// What has been spent already counts. The model is evaluated after every `evaluateEvery` epochs and once at
  /// the end:
  ///
  ///     seconds = spent + updates * (update + evaluation / (evaluateEvery * stepsPerEpoch)) + evaluation
  ///
  /// A twentieth of what is left is kept in hand, for checkpoints, averages, and whatever else the machine
  /// does meanwhile: runs of 10 and 30 minutes took 7 and 2 % longer than an update's time foretold.
  ///
  /// - Throws: `SettingsError` if they hold none, with the minutes that would hold an epoch.
  public func updates(
    in minutes: Double, stepsPerEpoch: Int, evaluateEvery: Int = 1
  ) throws -> Int {
    let perEpoch = Double(max(1, stepsPerEpoch))
    let perUpdate =
      secondsPerUpdate + secondsPerEvaluation / perEpoch / Double(max(1, evaluateEvery))
    let left = 60 * minutes - secondsSpent - secondsPerEvaluation
    let updates = 0.95 * left / max(perUpdate, 1e-9)
    guard updates >= 1 else {
      let epoch = (secondsSpent + secondsPerEvaluation + perEpoch * perUpdate) / 60
      throw SettingsError.notAllowed(
        key: "minutes", value: "\(minutes)",
        allowed:
          "longer: what was measured before training took \(Int(clamping: secondsSpent.rounded())) s; with "
          + "one epoch the run would take \(roundedRate(epoch)) minutes")
    }
    return min(Int(clamping: updates), Budget.maximumSteps)
  }

  /// Returns the seconds that a run of this budget takes, what has been spent included.
  public func seconds(of budget: Budget, evaluateEvery: Int = 1) -> Double {
    let between = Double(max(1, budget.stepsPerEpoch)) * Double(max(1, evaluateEvery))
    let evaluations = (Double(budget.totalSteps) / between).rounded(.up)
    return secondsSpent + Double(budget.totalSteps) * secondsPerUpdate
      + evaluations * secondsPerEvaluation
  }

  /// Returns the fewest epochs after which to evaluate so that it takes at most a twentieth of the training's
  /// time.
  public func epochsBetweenEvaluations(of stepsPerEpoch: Int) -> Int {
    let epoch = max(1e-9, secondsPerUpdate * Double(max(1, stepsPerEpoch)))
    return max(1, Int(clamping: min(1e6, (20 * secondsPerEvaluation / epoch).rounded(.up))))
  }
}
