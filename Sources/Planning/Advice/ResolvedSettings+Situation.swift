import Schedules
import Settings
import Tuning

extension ResolvedSettings {
  /// What a run of these settings is like, as far as its best peak depends on it.
  ///
  /// - Parameters:
  ///   - images: the training images.
  ///   - classes: the number of classes that the model predicts.
  ///   - budget: the whole of it, which advice is taken from.
  public func situation(
    isNormalized: Bool, images: Int, classes: Int, budget: Budget
  ) -> PeakSituation {
    PeakSituation(
      task: self.data.task.peakFamily, optimizer: self.optimizer.name == .sgd ? .sgd : .adam,
      isNormalized: isNormalized, isPretrained: self.model.weights != nil,
      batchSize: budget.batchSize, images: images, classes: classes, updates: budget.totalSteps,
      epochs: expected(budget).epochs)
  }

  /// Returns the length that rates and weight decay are chosen for: of a run without an end, which nobody knows, some
  /// epochs.
  func expected(_ budget: Budget) -> Budget {
    guard self.budget.openEnded, budget.totalSteps >= Budget.maximumSteps else { return budget }
    var expected = budget
    let updates = PeakSituation.epochsWithoutEnd * Double(budget.stepsPerEpoch)
    expected.totalSteps = min(Budget.maximumSteps, max(1, Int(clamping: updates.rounded())))
    return expected
  }

  /// Returns the plan of a rehearsal: the run's schedule over so many updates, to a rate of 0.
  ///
  /// Of cycles again and again it is one cycle. Lengths in the settings shrink with the run.
  ///
  /// - Parameters:
  ///   - range: the rates to rehearse, at the momentum at which they were found.
  ///   - short: the rehearsal's length.
  ///   - budget: the run's.
  public func rehearsal(
    of range: LearningRateRange, in short: Budget, of budget: Budget
  ) throws -> RunPlan {
    var settings = self.open
    let share = Double(short.totalSteps) / Double(max(1, budget.totalSteps))
    func scaled(_ time: Time) -> Time { .steps(shortened(time, by: share, budget)) }
    // A run without an end is rehearsed by cycles that have one.
    settings.budget.openEnded = nil
    settings.setLength(short.totalSteps)
    settings.schedule.maxLR = nil
    settings.schedule.baseLR = nil
    try self.freezing?.checkEnd(in: budget, of: self)
    // What ends in the run's last updates ends before the rehearsal's last one.
    func ending(_ time: Time) -> Time {
      .steps(max(1, min(shortened(time, by: share, budget), short.totalSteps - 1)))
    }
    settings.schedule.warmup = self.schedule.warmup.map(ending)
    settings.model.unfreezeAt = self.model.unfreezeAt.map(ending)
    settings.model.headFirst = self.model.headFirst.map(ending)
    if self.optimizer.name == .adamw, self.open.optimizer.weightDecay == nil {
      // That of the run to this peak, and not one that follows from so few updates.
      settings.optimizer.weightDecay =
        try RunPlan(settings: self, range: range, budget: budget).settings.optimizer.weightDecay
    }
    settings.evaluation.average = nil
    settings.evaluation.patience = nil
    let kind = self.open.namedSchedule
    settings.schedule.kind = kind
    if kind?.rises ?? true {
      settings.schedule.kind = ScheduleEntry.catalog[OneCycle.name]
      settings.schedule.stepSize =
        kind?.isSingleCycle == true ? self.schedule.stepSize.map(scaled) : nil
      settings.schedule.finalDivFactor = Self.toNothing
    } else if kind?.repeatsCycles == true {
      settings.schedule.kind = ScheduleEntry.catalog[CosineDecay.name]
      settings.schedule.stepSize = nil
      settings.schedule.tMult = nil
    } else if kind?.traits.contains(.fallsToZero) == false {
      settings.schedule.kind = ScheduleEntry.catalog[LinearRamp.name]
    }
    return try RunPlan(settings: settings.resolved, range: range, budget: short)
  }

  /// A length in a shorter run, at least 1 update.
  private func shortened(_ time: Time, by share: Double, _ budget: Budget) -> Int {
    max(1, Int(clamping: (share * Double(time.steps(in: budget))).rounded()))
  }

  /// By how much a cycle ends below its start, so that it ends at 0 for all purposes.
  private static var toNothing: Double { 1e6 }

  /// These settings with updates that went into advice taken off a length in updates or epochs; one in
  /// minutes has lost the time.
  public func spending(_ updates: Int, of budget: Budget) -> ResolvedSettings {
    var left = self
    if let steps = self.budget.steps {
      left.open.budget.steps = max(1, steps - updates)
    } else if let epochs = self.budget.epochs, updates > 0 {
      let whole = (epochs * Double(budget.stepsPerEpoch)).rounded()
      left.open.budget.epochs = max(1, whole - Double(updates)) / Double(budget.stepsPerEpoch)
    }
    return left
  }
}
