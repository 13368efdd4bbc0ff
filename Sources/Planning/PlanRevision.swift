import Runs
import Schedules

/// A change of plan for a run that is resumed, with the reason that is kept with it.
public struct PlanRevision: Sendable, Hashable {
  /// What is to be changed.
  public enum Change: Sendable, Hashable {
    /// So many whole cycles more than planned.
    case extend(cycles: Int)
    /// Other bounds for the cycles still to come.
    case rebound(low: Double, high: Double)
    /// The floor from the newest checkpoint on; the run ends after so many updates of it.
    case floor(steps: Int)
  }

  /// What is to be changed.
  public let change: Change
  /// Why, in the user's words.
  public let reason: String

  /// Creates a revision.
  public init(_ change: Change, reason: String) {
    self.change = change
    self.reason = reason
  }

  /// Changes a run's plan from its newest checkpoint on, and returns the plan before and after.
  ///
  /// Only for the holder of the run's lock. What was applied up to the checkpoint stays as it was.
  /// - Throws: `SettingsError` if the plan cannot be changed so, `RunError` if the folder has none.
  public func apply(to folder: RunFolder) throws -> (before: RunPlan, after: RunPlan) {
    guard let before = try RunPlan.read(from: folder) else {
      throw RunError.cannotRead(
        path: folder.plan.path, reason: "the run has no plan yet; resume it without a change")
    }
    let step = folder.listCheckpoints().last?.update ?? 0
    let after = try revised(before, at: step)
    try after.write(to: folder)
    return (before, after)
  }

  private func revised(_ run: RunPlan, at step: Int) throws -> RunPlan {
    switch change {
    case .extend(let cycles):
      guard cycles >= 1 else {
        throw SettingsError.outOfRange(
          key: "extend-cycles", value: "\(cycles)", allowed: "at least 1")
      }
      guard
        let longer = run.plan.extended(
          byCycles: cycles, totalSteps: run.budget.totalSteps, reason: reason)
      else { throw unsuited("extend-cycles", "\(cycles)") }
      return run.replaced(by: longer.plan, totalSteps: longer.totalSteps)
    case .rebound(let low, let high):
      guard low >= 0, low.isFinite, high.isFinite, low < high else {
        throw SettingsError.boundsCrossed(key: "new-base-lr", base: low, max: high)
      }
      guard let plan = run.plan.rebound(from: low, to: high, at: step, reason: reason) else {
        throw unsuited("new-max-lr", "\(high)")
      }
      return run.replaced(by: plan)
    case .floor(let steps):
      guard steps >= 1 else {
        throw SettingsError.outOfRange(
          key: "floor-steps", value: "\(steps)", allowed: "at least 1")
      }
      return run.replaced(
        by: run.plan.continuedAtFloor(from: step, reason: reason), totalSteps: step + steps)
    }
  }

  private func unsuited(_ key: String, _ value: String) -> SettingsError {
    .outOfRange(
      key: key, value: value,
      allowed: "given for one-cycle before its end, or for repeated cycles, which this run has not")
  }
}
