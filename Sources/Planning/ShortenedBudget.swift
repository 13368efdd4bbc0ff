import Formatting
import Foundation
import Schedules
import Settings

/// How a budget in epochs was shortened where it would have taken longer than its limit in minutes.
public struct ShortenedBudget: Sendable, Hashable, Codable {
  /// The updates of the whole budget.
  public let wantedSteps: Int
  /// The updates that are left of it.
  public let steps: Int
  /// The epochs of the whole budget.
  public let wantedEpochs: Double
  /// The minutes that the whole budget would take, as far as was measured.
  public let wantedMinutes: Double
  /// The limit in minutes.
  public let maxMinutes: Double
  /// Whether the limit had been used up before training, or holds fewer updates than are trained; nil in older runs.
  public let isUsedUp: Bool?

  /// Returns how a budget was shortened; nil if it was not, or has no limit.
  public init?(
    of wanted: Budget, to budget: Budget, _ settings: ResolvedSettings, at pace: MeasuredSpeed
  ) {
    guard let limit = settings.budget.maxMinutes, settings.budget.minutes == nil,
      budget.totalSteps < wanted.totalSteps
    else { return nil }
    wantedSteps = wanted.totalSteps
    steps = budget.totalSteps
    wantedEpochs = wanted.epochs
    wantedMinutes = pace.seconds(of: wanted, evaluateEvery: settings.evaluation.evaluateEvery) / 60
    maxMinutes = limit
    let held = try? pace.updates(
      in: limit, stepsPerEpoch: budget.stepsPerEpoch,
      evaluateEvery: settings.epochsBetweenEvaluations(at: pace, of: budget.stepsPerEpoch))
    isUsedUp = (held ?? 0) < budget.totalSteps
  }
}

extension ShortenedBudget: CustomStringConvertible {
  /// `5 minutes hold 1310 of 3276 updates here; --epochs 7 without --max-minutes trains them
  /// all, in about 11 minutes`.
  public var description: String {
    func short(_ value: Double) -> String { String(format: "%.3g", value) }
    let limit = quantity(short(maxMinutes), "minute")
    let kept =
      isUsedUp == true
      ? "\(steps) of \(wantedSteps) updates are trained, which with what comes before them takes longer than the limit of "
        + "\(limit); "
      : "\(steps) of \(wantedSteps) updates fit into \(limit) here; "
    return kept + "--epochs \(short(wantedEpochs)) without --max-minutes trains them all, in about "
      + "\(quantity(short(wantedMinutes.rounded(.up)), "minute"))"
  }
}
