import Formatting
import Foundation
import Numbers
import Runs
import Schedules
import Settings
import Tuning

/// Runs without an end: they train at a constant rate until they are asked to land, and then cool down.
extension RunPlan {
  /// Whether the run has no end yet.
  public var isOpenEnded: Bool { plan.isOpenEnded }

  /// The update after which a run that is asked to land after so many updates begins to cool down: at once, or
  /// at its warm-up's end.
  public func landingStep(after update: Int) -> Int { max(update, warmUp, 1) }

  /// The updates of the cool-down of a run that is asked to land after so many updates: a share of those before
  /// it.
  public func coolDown(after update: Int) -> Int {
    let share = settings.schedule.cooldown
    let step = landingStep(after: update)
    let updates = Int(clamping: (share * Double(step)).rounded())
    return max(1, min(updates, Budget.maximumSteps - step))
  }

  /// The updates that are left of a run that is asked to land after so many.
  public func updatesToLand(after update: Int) -> Int {
    landingStep(after: update) + coolDown(after: update) - update
  }

  /// Returns the plan of the run when it is asked to land after so many updates; nil for one that is not
  /// open-ended.
  public func landed(after update: Int, reason: String) -> RunPlan? {
    plan.landed(
      at: landingStep(after: update), coolDown: coolDown(after: update), reason: reason
    )
    .map { replaced(by: $0.plan, totalSteps: $0.totalSteps) }
  }

  /// Returns the plan of a run that has landed and goes on; nil for one that has not.
  ///
  /// The minutes after which it was to land are over, so that from now on it lands when it is asked to.
  func reopened(reason: String) -> RunPlan? {
    guard let plan = plan.reopened(reason: reason) else { return nil }
    var settings = settings
    settings.open.budget.minutes = nil
    return replaced(by: plan, totalSteps: Budget.maximumSteps, settings: settings)
  }

  /// Has a run that has landed go on at its constant rate, from its last checkpoint before the cool-down.
  ///
  /// What came of the landing is put aside. Only for the holder of the run's lock.
  ///
  /// - Returns: the update after which the run goes on; nil for one that has not landed, and goes on anyway.
  /// - Throws: `SettingsError` for a run that is not open-ended, or has lost that checkpoint; `RunError`.
  public static func reopen(_ folder: RunFolder, reason: String) throws -> Int? {
    let settings = try RunSettings.read(from: folder.configuration.path)
    guard settings.budget.openEnded == true else {
      throw SettingsError.cannotChange(
        key: "open-ended",
        because:
          "this run was not begun with it; begin another run with this one's weights (--weights)")
    }
    try folder.landRequest.remove()
    guard let run = try RunPlan.read(from: folder), let landing = run.plan.landing,
      let next = run.reopened(reason: reason)
    else { return nil }
    let checkpoints = folder.listCheckpoints().map(\.update)
    let step = checkpoints.last { $0 <= landing.step } ?? 0
    guard step > 0 || checkpoints.allSatisfy({ $0 == 0 }) else {
      throw SettingsError.cannotChange(
        key: "open-ended",
        because:
          "the checkpoint of update \(landing.step), before the cool-down, is not there any more")
    }
    try folder.putLandingAside(
      after: step, isComplete: try RunSummary.ofEndedRun(in: folder) != nil)
    try next.write(to: folder)
    return step
  }

  /// About how many updates the minutes hold; empty where that was not measured.
  private func estimate(in minutes: Double) -> String {
    guard
      let updates = try? pace?.updates(
        in: minutes, stepsPerEpoch: budget.stepsPerEpoch,
        evaluateEvery: settings.evaluation.evaluateEvery)
    else { return "" }
    return " (about \(Self.updates(updates)), by the speed measured before; the clock decides)"
  }

  /// The words for a run without an end, or one that has landed.
  func openEndedCourse(_ images: String, over length: String) -> [String] {
    let peak = roundedRate(plan.learningRate.value(at: plan.landing?.step ?? .max))
    func short(_ value: Double) -> String { String(format: "%.3g", value) }
    let share = short(100 * (settings.schedule.cooldown))
    let bottom = short(settings.schedule.baseLR ?? 0)
    guard let landing = plan.landing else {
      let when = settings.budget.minutes.map {
        "when asked to or at the end of \(quantity(short($0), "minute"))" + estimate(in: $0)
      }
      return [
        "constant learning rate \(peak) until the run lands, \(when ?? "when asked to")",
        "landing: a cool-down to \(bottom), \(share) % of the updates before it",
        "updates \(images), \(budget.stepsPerEpoch) an epoch",
      ]
    }
    return [
      "learning rate \(peak) up to update \(landing.step), then down to \(bottom) in "
        + Self.updates(landing.coolDown),
      "over \(length)",
    ]
  }
}
