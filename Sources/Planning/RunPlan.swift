import Foundation
import Runs
import Schedules
import Settings
import Tuning

/// A run's plan as it was made before the first update: what was typed, found and chosen, together.
public struct RunPlan: Sendable, Hashable, Codable {
  /// The settings with nothing left open.
  public private(set) var settings: ResolvedSettings
  /// What the range test found, if it was asked.
  public let range: LearningRateRange?
  /// How much training there is.
  public private(set) var budget: Budget
  /// Learning rate and momentum at every update.
  public private(set) var plan: Plan
  /// By what the budget was shortened, if this machine was too slow for it.
  public let cut: ShortenedBudget?
  /// The loss of the best constant prediction, where the task knows it.
  public private(set) var baselineLoss: Double?
  /// The key of older files for `baselineLoss`; nil once a plan is read.
  private var constantLoss: Double?
  /// SGD's step at the upper bound; nil for Adam, and in the plans of older runs.
  public let peakStep: Step?
  /// How long its range test was, or why it has none; nil where the rates were typed, and in older runs.
  public let rangeTest: RangeTestLength?
  /// How fast the run trained before its first update, if it is open-ended and lands after some minutes.
  public let pace: MeasuredSpeed?
  /// The step at the peak by the prior for such runs, with Adam the rate; nil in older runs.
  public let priorStep: Double?
  /// From what the peak follows, a line each; nil where it was given.
  public let advice: [String]?
  /// The images on which the model is evaluated while it is trained, where the score is a share of them; nil in older
  /// runs.
  public let evaluationImages: Int?
  /// The images that the model is trained on; nil in older runs.
  public let trainingImages: Int?
  /// Why one cycle or several were chosen, if nobody typed it.
  public let reason: String?
  /// Why the run does not use all of its minutes; nil where it does.
  public let lengthReason: String?

  /// Makes the plan of a run.
  ///
  /// - Throws: `SettingsError` for what does not fit together.
  public init(
    settings: ResolvedSettings, range: LearningRateRange?, budget: Budget,
    cut: ShortenedBudget? = nil,
    baselineLoss: Double? = nil, rangeTest: RangeTestLength? = nil, advice: [String]? = nil,
    pace: MeasuredSpeed? = nil, evaluationImages: Int? = nil, trainingImages: Int? = nil,
    situation: PeakSituation? = nil
  ) throws {
    self.settings = try settings.open.planned(range: range, budget: budget).resolved
    self.cut = cut
    self.advice = advice
    self.evaluationImages = evaluationImages
    self.trainingImages = trainingImages
    priorStep = situation.map { PeakPrior(for: $0).belief.step }
    self.rangeTest = rangeTest
    if let steps = rangeTest?.steps, steps > 0 { self.settings.open.rangeTest.steps = steps }
    self.baselineLoss = baselineLoss
    let isOpenEnded = settings.budget.openEnded
    let expected = settings.expected(budget)
    self.pace = isOpenEnded && settings.budget.minutes != nil ? pace : nil
    reason = settings.choice(in: budget)?.reason
    lengthReason =
      settings.budget.minutes != nil && budget.totalSteps == settings.longestProbe(of: budget)
      ? "a linear probe has learned by then what it will, in less than its minutes; --steps trains longer"
      : Self.reason(forLength: self.settings, in: budget)
    self.range = range
    var budget = budget
    budget.totalSteps =
      isOpenEnded ? Budget.maximumSteps : self.settings.budget.steps ?? budget.totalSteps
    self.budget = budget
    // A part of the run is a number of updates from now on, also where the run is made longer.
    if let freezing = self.settings.freezing {
      try freezing.checkEnd(in: budget, of: self.settings)
      self.settings.open.model.freeze = freezing.rule
      self.settings.open.model.unfreezeAt = freezing.end.map { .steps($0.steps(in: budget)) }
      self.settings.open.model.headFirst = nil
    }
    var plan = try self.settings.plan(in: budget)
    plan.groups = self.settings.groupFactors.mapValues { AnySchedule(Constant($0)) }
    if self.settings.optimizer.name == .adamw {
      if self.settings.open.optimizer.weightDecay == nil {
        self.settings.open.optimizer.weightDecay =
          WeightDecayScale(
            for: plan, isOpenEnded ? expected : budget, isFineTuning: self.settings.model.weights != nil)?
          .decay
      }
      plan.weightDecay = AnySchedule(Constant(self.settings.optimizer.weightDecay))
    }
    self.plan = plan
    peakStep = self.settings.peakStep
  }

  /// Why a run has fewer updates than were typed; nil where it has as many.
  private static func reason(forLength planned: ResolvedSettings, in budget: Budget) -> String? {
    guard let steps = planned.budget.steps, planned.usesTroughs, steps < budget.totalSteps else { return nil }
    let user = planned.evaluation.average == nil ? "--patience" : "--average"
    return "\(steps) of \(budget.totalSteps) updates, which are whole cycles, since \(user) needs the run to end with "
      + "one"
  }

  /// The troughs from which on peaks or weight decay were lowered, because the run did worse there.
  public private(set) var loweredAt: [Int]?

  /// Returns the same plan, which was lowered at a trough.
  func lowered(at step: Int) -> RunPlan {
    var changed = self
    changed.loweredAt = (loweredAt ?? []) + [step]
    return changed
  }

  /// Returns the same run with another plan, and perhaps another length or other settings.
  func replaced(
    by plan: Plan, totalSteps: Int? = nil, settings: ResolvedSettings? = nil
  ) -> RunPlan {
    var changed = self
    changed.settings = settings ?? self.settings
    changed.plan = plan
    changed.budget.totalSteps = totalSteps ?? budget.totalSteps
    return changed
  }

  /// Returns the plan with which a run that diverged continues from a trough, its upper bound lowered; nil
  /// where no rate was above the new bound.
  public func rolledBack(
    to step: Int, after update: Int, max: Double, reason: String
  ) -> RunPlan? {
    plan.rolledBack(to: step, after: update, max: roundedRate(max), reason: reason)
      .map { replaced(by: $0) }
  }

  /// The plan's cycle, unless the rate is constant.
  public var cycle: (any CyclicSchedule)? { plan.learningRate.cyclic }

  // MARK: On disk

  /// Reads the plan of a run that has made one; nil if it has not got so far.
  public static func read(from folder: RunFolder) throws -> RunPlan? {
    let found: RunPlan? = try RecordFile.read(
      folder.plan,
      remedy: "put back a copy of it (one of another version cannot be read), or begin a new run",
      fault: { $0.fault })
    guard var plan = found else { return nil }
    plan.baselineLoss = plan.baselineLoss ?? plan.constantLoss
    plan.constantLoss = nil
    return plan
  }

  /// Writes the plan, and before it the settings with what was found: of these alone the same plan is made again.
  public func write(to folder: RunFolder) throws {
    var written = settings
    if FileManager.default.fileExists(atPath: folder.configuration.path) {
      // What may change was changed there, and not in the plan.
      let begun = try RunSettings.read(from: folder.configuration.path)
      written.open = begun.changeable.filled(from: settings.open.unchangeable)
    }
    try ConfigurationFile.write(written, to: folder.configuration)
    try RecordFile.write(self, to: folder.plan)
  }
}
