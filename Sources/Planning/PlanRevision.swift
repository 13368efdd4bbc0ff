import Runs
import Schedules
import Settings

/// A change of plan for a run that is resumed, with the reason that is kept with it.
public struct PlanRevision: Sendable, Hashable {
  /// What is to be changed.
  public enum Change: Sendable, Hashable {
    /// Adds whole cycles to those that are planned.
    case extend(cycles: Int)
    /// Other bounds for the cycles still to come.
    case bounds(low: Double, high: Double)
    /// The floor from the newest checkpoint on; the run ends after so many updates of it.
    case floor(steps: Int)

    fileprivate var flag: String {
      switch self {
      case .extend: "extend-cycles"
      case .bounds: "new-max-lr"
      case .floor: "floor-steps"
      }
    }
  }

  /// What is to be changed, in this order.
  public let changes: [Change]
  /// Why, in the user's words.
  public let reason: String

  /// Creates a revision.
  public init(_ changes: Change..., reason: String) { self.init(changes, reason: reason) }

  /// Creates a revision of several changes, made in their order.
  public init(_ changes: [Change], reason: String) {
    self.changes = changes
    self.reason = reason
  }

  /// Changes a run's plan from its newest checkpoint on, and returns the plan before and after, and after
  /// which update a patience had stopped the run, if it had.
  ///
  /// Only for the holder of the run's lock. What was applied up to the checkpoint stays as it was.
  /// - Throws: `SettingsError` if the plan cannot be changed so, `RunError` if the folder has none.
  public func apply(to folder: RunFolder) throws -> (before: RunPlan, after: RunPlan, stopped: Int?) {
    guard let before = try RunPlan.read(from: folder) else {
      throw RunError.cannotRead(
        path: folder.plan.path, reason: "the run has no plan yet; resume it without a change")
    }
    let step = folder.listCheckpoints().last?.update ?? 0
    let stopped = try before.stop(at: step, in: folder)
    let after = try changes.reduce(before) { try revised($0, by: $1, at: step, stopped: stopped) }
    try after.write(to: folder)
    return (before, after, stopped)
  }

  private static let maximumCycles = 10_000

  private func revised(
    _ run: RunPlan, by change: Change, at step: Int, stopped: Int?
  ) throws -> RunPlan {
    let schedule = run.settings.schedule.kind?.name ?? ""
    guard !run.settings.budget.openEnded else {
      throw SettingsError.cannotChange(
        key: change.flag,
        because:
          "an open-ended run lands when it is asked to (rondo land), and continues after that by "
          + "--open-ended; it has no other change of plan")
    }
    switch change {
    case .extend(let cycles):
      guard (1...Self.maximumCycles).contains(cycles) else {
        throw SettingsError.notAllowed(
          key: "extend-cycles", value: "\(cycles)", allowed: "from 1 to \(Self.maximumCycles)")
      }
      guard run.settings.schedule.kind?.hasCycles != false else {
        throw SettingsError.cannotChange(
          key: "extend-cycles",
          because:
            "the schedule \(schedule) has no cycles to add; "
            + (run.floorRate(at: step) > 0
              ? "--floor-steps N continues for N updates at the lower bound or the last rate, or " : "")
            + "start another run from this one's weights (--weights)"
        )
      }
      guard
        let longer = run.plan.extended(
          byCycles: cycles, totalSteps: stopped ?? run.budget.totalSteps, reason: reason)
      else {
        throw SettingsError.cannotChange(
          key: "extend-cycles", because: "\(cycles) more cycles would be too many updates")
      }
      return run.replaced(by: longer.plan, totalSteps: longer.totalSteps)
    case .bounds(let low, let high):
      for (key, bound) in [("new-base-lr", low), ("new-max-lr", high)] where !bound.isFinite {
        throw SettingsError.notAllowed(key: key, value: "\(bound)", allowed: "a finite number")
      }
      guard low >= 0 else {
        throw SettingsError.notAllowed(key: "new-base-lr", value: "\(low)", allowed: "at least 0")
      }
      guard low < high else {
        throw SettingsError.boundsCrossed(key: "new-base-lr", base: low, maxKey: "new-max-lr", max: high)
      }
      guard let plan = run.plan.withBounds(from: low, to: high, at: step, reason: reason) else {
        throw SettingsError.cannotChange(
          key: "new-max-lr", because: Self.reasonAgainstBounds(run, at: step))
      }
      return run.replaced(by: plan)
    case .floor(let steps):
      guard step > 0 else {
        throw SettingsError.cannotChange(
          key: "floor-steps",
          because: "the run has no checkpoint yet, so that it would begin at its lowest rate; resume it without a "
            + "change")
      }
      guard steps >= 1, steps <= Budget.maximumSteps - step else {
        throw SettingsError.notAllowed(
          key: "floor-steps", value: "\(steps)", allowed: "from 1 to \(Budget.maximumSteps - step)")
      }
      let plan = run.plan.continuedAtFloor(from: step, reason: reason)
      guard plan.learningRate.value(at: step) > 0 else {
        throw SettingsError.cannotChange(
          key: "floor-steps",
          because: "the rate is 0, at which nothing is trained; "
            + "start another run from this one's weights (--weights)")
      }
      return run.replaced(by: plan, totalSteps: step + steps)
    }
  }

  /// Why a run cannot have other bounds, and what can be done instead.
  private static func reasonAgainstBounds(_ run: RunPlan, at step: Int) -> String {
    if case .continuedAtFloor? = run.plan.changes.last?.kind {
      return "the rate stays at its floor since update \(run.plan.changes.last?.step ?? step); add "
        + "cycles with it (--extend-cycles)"
    }
    if run.settings.schedule.kind?.isSingleCycle == true {
      return
        "the run's last cycle has ended, so no cycle can have other bounds; add "
        + "one with it (--extend-cycles)"
    }
    return "other bounds are for one-cycle and for triangular cycles of one length, and this run's "
      + "schedule is \(run.settings.schedule.kind?.name ?? ""); start another run with --max-lr, or continue at its "
      + "lower bound (--floor-steps)"
  }
}

extension RunPlan {
  /// The flag by which a run that has ended after an update goes on: with more cycles, or at a rate above 0; nil where
  /// it cannot.
  public func flagOfContinuation(after step: Int) -> String? {
    if settings.budget.openEnded { return "--open-ended" }
    if settings.schedule.kind?.hasCycles != false { return "--extend-cycles N" }
    return floorRate(at: step) > 0 ? "--floor-steps N" : nil
  }

  /// The rate at which the run would stay from an update on.
  fileprivate func floorRate(at step: Int) -> Double {
    plan.continuedAtFloor(from: step, reason: "").learningRate.value(at: step)
  }
}
