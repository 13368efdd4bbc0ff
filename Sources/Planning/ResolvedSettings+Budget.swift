import Numbers
import Schedules
import Settings
import Tuning

extension ResolvedSettings {
  /// Resolves the budget against the number of training images.
  ///
  /// An update takes `accumulate` batches; the last one of an epoch takes those that are left.
  /// - Parameter pace: how fast this machine trains, if the budget is in minutes.
  /// - Throws: `SettingsError` if an update is larger than the data, or the minutes hold none.
  public func makeBudget(trainingCount: Int, pace: MeasuredSpeed? = nil) throws -> Budget {
    let batchSize = self.budget.batchSize
    let whose = self.data.fold.map { " of the run of fold \($0)" } ?? ""
    guard batchSize <= trainingCount else {
      throw SettingsError.notAllowed(
        key: "batch-size", value: "\(batchSize)",
        allowed: "at most \(trainingCount), the number of training images\(whose)")
    }
    let accumulate = self.budget.accumulate
    guard accumulate <= trainingCount / batchSize else {
      throw SettingsError.notAllowed(
        key: "accumulate", value: "\(accumulate)",
        allowed: "at most \(trainingCount / batchSize), the number of batches of \(batchSize) in "
          + "\(trainingCount) training images")
    }
    let batches = trainingCount / batchSize
    let stepsPerEpoch = (batches + accumulate - 1) / accumulate
    var budget = Budget(
      totalSteps: try typedSteps(stepsPerEpoch: stepsPerEpoch), stepsPerEpoch: stepsPerEpoch,
      batchSize: batchSize * accumulate,
      lastUpdateSize: (batches - (stepsPerEpoch - 1) * accumulate) * batchSize)
    if needsPace, let pace { budget.totalSteps = try updates(of: budget, at: pace) }
    return budget
  }

  /// The updates that are typed, or those of the epochs; as many as there can be where the end is open.
  private func typedSteps(stepsPerEpoch: Int) throws -> Int {
    if self.budget.openEnded { return Budget.maximumSteps }
    if let steps = self.budget.steps { return steps }
    let epochs = self.budget.epochs ?? 1
    let total = max(1, Int(clamping: (epochs * Double(stepsPerEpoch)).rounded()))
    guard total <= Budget.maximumSteps else {
      throw SettingsError.notAllowed(
        key: "epochs", value: "\(epochs)",
        allowed: "at most \(Budget.maximumSteps / stepsPerEpoch): a run has up to \(Budget.maximumSteps) "
          + "updates, and an epoch \(stepsPerEpoch)")
    }
    return total
  }

  /// The updates that the budget's minutes hold, or, of a budget in epochs, as many as its limit allows.
  private func updates(of budget: Budget, at pace: MeasuredSpeed) throws -> Int {
    let perEpoch = budget.stepsPerEpoch
    func held(by minutes: Double) throws -> Int {
      try pace.updates(
        in: minutes, stepsPerEpoch: perEpoch,
        evaluateEvery: epochsBetweenEvaluations(at: pace, of: perEpoch))
    }
    if let minutes = self.budget.minutes {
      return min(try held(by: minutes), longestProbe(of: budget) ?? .max)
    }
    guard let maxMinutes = self.budget.maxMinutes, isLonger(budget, than: maxMinutes, at: pace)
    else {
      return budget.totalSteps
    }
    // A limit that is used up before the first update still leaves as many as were tested, or timed.
    let least = min(self.rangeTest.steps ?? RangeTestLength.timedSteps, RangeTestSweep().steps)
    return min(budget.totalSteps, max((try? held(by: maxMinutes)) ?? 1, least))
  }

  /// The updates that the budget's minutes hold where an update takes so many seconds, evaluations not
  /// counted; of a budget in epochs, as many as its limit allows.
  public func updates(of budget: Budget, at secondsPerUpdate: Double) -> Int {
    func held(by minutes: Double) -> Int {
      Int(clamping: (60 * minutes / max(secondsPerUpdate, 1e-9)).rounded(.down))
    }
    if let minutes = self.budget.minutes {
      return max(1, min(held(by: minutes), longestProbe(of: budget) ?? .max))
    }
    guard let limit = self.budget.maxMinutes else { return budget.totalSteps }
    return max(1, min(budget.totalSteps, held(by: limit)))
  }

  /// The updates after which a linear probe has learned what it will, which are its recipe's; nil for other runs.
  ///
  /// A head trained on from there only grows surer of its training images. 100 sign digits, features of 96 pixels: 73.3 and
  /// 72.4 % after 600 updates, the same after 2,400, 68.7 and 70.2 after 9,600 (Guides/fine-tuning.md).
  func longestProbe(of budget: Budget) -> Int? {
    self.model.cachedFeatures ? LinearProbe.updates(perEpoch: Double(budget.stepsPerEpoch)) : nil
  }

  /// Whether a budget takes longer than so many minutes, when the model is evaluated as often as the
  /// settings say.
  private func isLonger(_ budget: Budget, than minutes: Double, at pace: MeasuredSpeed) -> Bool {
    pace.seconds(of: budget, evaluateEvery: self.evaluation.evaluateEvery) > 60 * minutes
  }

  /// Whether the speed has to be measured: the budget is in minutes, or limited by them, or it is open and
  /// nothing says how often to evaluate.
  public var needsPace: Bool {
    let own = self.budget
    return own.steps == nil
      && (own.minutes != nil || own.maxMinutes != nil
        || own.openEnded && self.open.evaluation.evaluateEvery == nil)
  }

  /// Epochs between evaluations: those that were typed, or so many that evaluations take a twentieth of the time.
  public func epochsBetweenEvaluations(at pace: MeasuredSpeed, of stepsPerEpoch: Int) -> Int {
    self.open.evaluation.evaluateEvery ?? pace.epochsBetweenEvaluations(of: stepsPerEpoch)
  }

  /// Whether there are to be several cycles, however short: something is made of their ends, or a schedule was
  /// typed that repeats them.
  public var needsCycles: Bool {
    usesTroughs || self.schedule.kind?.repeatsCycles == true
  }

  /// Whether something is made of the model at the ends of cycles: an average, or the decision to stop.
  var usesTroughs: Bool { self.evaluation.average != nil || self.evaluation.patience != nil }

  /// What a single cycle's peak usually is with these settings' optimizer and task, as a rate at the
  /// momentum of the range test.
  public var defaultPeak: DefaultPeak {
    var peak = self.optimizer.name.defaultPeak(for: self.data.task)
    guard self.optimizer.name == .sgd else { return peak }
    peak.rate = Step(rate: peak.rate, momentum: OptimizerName.defaultPeakMomentum)
      .rate(at: momentumOfRangeTest)
    return peak
  }

  /// The momentum (or beta1) at which a range test runs: that of a cycle's peak.
  public var momentumOfRangeTest: Double {
    let own = self.schedule
    return self.open.namedSchedule?.rises ?? true ? own.baseMomentum : min(own.baseMomentum, own.maxMomentum)
  }

  /// The momentum (or beta1) that goes with the schedule's highest rate: the lower one where it rises, and
  /// the upper one, which is held, where it begins at the peak.
  public var momentumAtPeak: Double {
    self.open.namedSchedule?.rises ?? true
      ? momentumOfRangeTest : self.schedule.maxMomentum
  }

  /// SGD's step at the upper bound; nil for Adam, and where the bound is open.
  var peakStep: Step? {
    guard self.optimizer.name == .sgd else { return nil }
    return self.schedule.maxLR.map { Step(rate: $0, momentum: momentumAtPeak) }
  }

  /// The options by which something is chosen by evaluations: when the run stops, or its learning rates.
  public var choosingOptions: [String] {
    let measure = self.rangeTest.measure
    // Where no schedule is named, cycles repeat that are made use of, or whose length is typed.
    let repeats = self.schedule.kind?.repeatsCycles ?? (usesTroughs || self.schedule.stepSize != nil)
    let readsTroughs = self.evaluation.watch == .act && repeats
    return (self.evaluation.patience == nil ? [] : ["--patience"])
      + (readsTroughs ? ["--watch act"] : [])
      + (measure == .trainingLoss || !makesRangeTest ? [] : ["--range-test-on \(measure)"])
  }

  /// What is frozen, in words, for the plan.
  var freezingLine: String? {
    self.model.freeze.map {
      "frozen: \($0)" + (self.model.unfreezeAt.map { ", until update \($0)" } ?? "")
        + (self.model.weights == nil ? "; without --weights it keeps its random values" : "")
    }
  }
}
