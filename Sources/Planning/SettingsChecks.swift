import Numbers
import Schedules
import Tuning
import Words

extension RunSettings {
  /// Checks everything that can be judged without the data.
  ///
  /// - Throws: `SettingsError` for the first setting that cannot be meant.
  public func check() throws {
    try checkRate(maxLR, key: "max-lr")
    try checkRate(baseLR, key: "base-lr")
    if let baseLR, let maxLR, baseLR >= maxLR, scheduleEntry?.usesLowerBound ?? true {
      throw SettingsError.boundsCrossed(base: baseLR, max: maxLR)
    }
    try check(imageSize, key: "image-size", allowed: "from 8 to 1024") { (8...1024).contains($0) }
    try checkWord(labels, key: "labels", known: Self.labelNames)
    try check(cropSize, key: "crop-size", allowed: "from 16 to 4096") { (16...4096).contains($0) }
    try checkWord(task, key: "task", known: TaskName.allCases.map(\.rawValue))
    try check(dropout, key: "dropout", allowed: "from 0 to below 1") { $0 >= 0 && $0 < 1 }
    try check(stochasticDepth, key: "stochastic-depth", allowed: "from 0 to below 1") {
      $0 >= 0 && $0 < 1
    }
    if unfreezeAt != nil, freeze == nil {
      throw SettingsError.missing(
        key: "freeze", because: "--unfreeze-at says when what it names is learned too")
    }
    try check(unfreezeAt, key: "unfreeze-at", allowed: Self.timeForms) {
      Time($0).map { $0.isAboveZero } ?? false
    }
    try check(epochs, key: "epochs", allowed: "above 0") { $0 > 0 && $0.isFinite && $0 < 1e9 }
    try check(steps, key: "steps", allowed: "from 1 to \(Budget.mostSteps)") {
      (1...Budget.mostSteps).contains($0)
    }
    try check(minutes, key: "minutes", allowed: "above 0") { $0 > 0 && $0 < 1e7 }
    try check(maxMinutes, key: "max-minutes", allowed: "above 0") { $0 > 0 && $0 < 1e7 }
    try check(batchSize, key: "batch-size", allowed: "at least 1") { $0 >= 1 }
    try check(accumulate, key: "accumulate", allowed: "at least 1") { $0 >= 1 }
    try check(tMult, key: "t-mult", allowed: "from 1 to 10") { (1...10).contains($0) }
    try check(gamma, key: "gamma", allowed: "above 0 and at most 1") { $0 > 0 && $0 <= 1 }
    try check(finalDivFactor, key: "final-div-factor", allowed: "at least 1") {
      $0 >= 1 && $0.isFinite
    }
    try check(baseMomentum, key: "base-momentum", allowed: "from 0 to below 1") {
      $0 >= 0 && $0 < 1
    }
    try check(maxMomentum, key: "max-momentum", allowed: "from 0 to below 1") { $0 >= 0 && $0 < 1 }
    if let baseMomentum, let maxMomentum, baseMomentum > maxMomentum {
      throw SettingsError.outOfRange(
        key: "base-momentum", value: "\(baseMomentum)",
        allowed: "at most --max-momentum (\(maxMomentum))")
    }
    try check(weightDecay, key: "weight-decay", allowed: "0 or above") { $0 >= 0 && $0.isFinite }
    try check(clipNorm, key: "clip-norm", allowed: "a finite number above 0") {
      $0 > 0 && $0.isFinite
    }
    let names = (groups ?? []).map(\.name)
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw SettingsError.outOfRange(
        key: "group", value: twice, allowed: "given once; name all its prefixes together")
    }
    try check(labelSmoothing, key: "label-smoothing", allowed: "from 0 to below 1") {
      $0 >= 0 && $0 < 1
    }
    try check(cropPadding, key: "crop-padding", allowed: "from 0 to 64") { (0...64).contains($0) }
    try checkAugmentation()
    try checkAveraging()
    try checkValidation()
    try check(rangeTestSteps, key: "range-test-steps", allowed: "from 20 to 100000") {
      (20...100_000).contains($0)
    }
    try checkRate(rangeTestMaxLR, key: "range-test-max-lr")
    try checkRate(rangeTestMinLR, key: "range-test-min-lr")
    if sweep.lowest >= sweep.highest {
      throw SettingsError.outOfRange(
        key: "range-test-min-lr", value: "\(sweep.lowest)",
        allowed: "below --range-test-max-lr (\(sweep.highest))")
    }
    try checkWord(
      rangeTestShape, key: "range-test-shape",
      known: RangeTestSweep.Shape.allCases.map(\.rawValue))
    try check(threads, key: "threads", allowed: "from 1 to 1024") { (1...1024).contains($0) }
    try check(checkpointEvery, key: "checkpoint-every", allowed: "at least 1") { $0 >= 1 }
    try check(evaluateEvery, key: "evaluate-every", allowed: "from 1 to 1000000") {
      (1...1_000_000).contains($0)
    }
    try check(stepSize, key: "step-size", allowed: Self.timeForms) {
      Time($0).map { $0.isAboveZero } ?? false
    }
    try checkWord(schedule, key: "schedule", known: ScheduleEntry.catalog.names)
    try checkWarmup()
    try checkWord(optimizer, key: "optimizer", known: OptimizerName.allCases.map(\.rawValue))
    try checkWord(precision, key: "precision", known: Precision.allCases.map(\.rawValue))
    try checkWord(anneal, key: "anneal", known: Self.annealNames)
    try checkWord(watch, key: "watch", known: WatchMode.allCases.map(\.rawValue))
  }

  private func checkRate(_ rate: Double?, key: String) throws {
    try check(rate, key: key, allowed: "a finite number above 0") { $0 > 0 && $0.isFinite }
  }

  func check<Value>(
    _ value: Value?, key: String, allowed: String, _ isAllowed: (Value) -> Bool
  ) throws {
    guard let value, !isAllowed(value) else { return }
    throw SettingsError.outOfRange(key: key, value: "\(value)", allowed: allowed)
  }

  func checkWord(_ word: String?, key: String, known: [String]) throws {
    guard let word, !known.contains(word) else { return }
    throw SettingsError.unknown(
      key: key, value: word, known: known, nearest: nearest(to: word, among: known))
  }

  /// What a length of training may be written as.
  static let timeForms = "a length above 0: 2000 (updates), 4ep, 51200sa or 30%"

  /// Resolves the budget against the number of training images.
  ///
  /// An update takes `accumulate` batches; the last one of an epoch takes those that are left.
  /// - Parameter pace: how fast this machine trains, if the budget is in minutes.
  /// - Throws: `SettingsError` if an update is larger than the data, or the minutes hold none.
  public func budget(trainingCount: Int, pace: Pace? = nil) throws -> Budget {
    let batchSize = batchSize ?? 128
    guard batchSize <= trainingCount else {
      throw SettingsError.outOfRange(
        key: "batch-size", value: "\(batchSize)",
        allowed: "at most \(trainingCount), the number of training images")
    }
    let accumulate = accumulate ?? 1
    guard accumulate <= trainingCount / batchSize else {
      throw SettingsError.outOfRange(
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

  /// The updates that are typed, or those of the epochs.
  private func typedSteps(stepsPerEpoch: Int) throws -> Int {
    if let steps { return steps }
    let epochs = epochs ?? 1
    let total = max(1, Int(clamping: (epochs * Double(stepsPerEpoch)).rounded()))
    guard total <= Budget.mostSteps else {
      throw SettingsError.outOfRange(
        key: "epochs", value: "\(epochs)",
        allowed: "at most \(Budget.mostSteps / stepsPerEpoch): a run has up to \(Budget.mostSteps) "
          + "updates, and an epoch \(stepsPerEpoch)")
    }
    return total
  }

  /// The updates that the budget's minutes hold, or, of a budget in epochs, as many as its limit allows.
  private func updates(of budget: Budget, at pace: Pace) throws -> Int {
    let perEpoch = budget.stepsPerEpoch
    func held(by minutes: Double) throws -> Int {
      try pace.updates(
        in: minutes, stepsPerEpoch: perEpoch,
        evaluateEvery: evaluateEvery ?? pace.epochsBetweenEvaluations(of: perEpoch))
    }
    if let minutes { return try held(by: minutes) }
    guard let maxMinutes, isLonger(budget, than: maxMinutes, at: pace) else {
      return budget.totalSteps
    }
    // A limit that the range test alone has used up still leaves as many updates as that made.
    return min(budget.totalSteps, max((try? held(by: maxMinutes)) ?? 1, sweep.steps))
  }

  /// Whether a budget takes longer than so many minutes, when the model is evaluated as often as the
  /// settings say.
  private func isLonger(_ budget: Budget, than minutes: Double, at pace: Pace) -> Bool {
    pace.seconds(of: budget, evaluateEvery: evaluateEvery ?? 1) > 60 * minutes
  }

  /// Whether what the budget holds has to be measured: it is in minutes, or limited by them.
  public var needsPace: Bool { steps == nil && (minutes != nil || maxMinutes != nil) }

  /// Whether a rate is needed that was not typed.
  public var needsRange: Bool {
    maxLR == nil || (scheduleEntry?.rises ?? true && baseLR == nil)
  }

  /// The schedule, if it is named.
  var scheduleEntry: ScheduleEntry? { schedule.flatMap { ScheduleEntry.catalog[$0] } }

  /// What a range test's curve is made of.
  public var rangeTestMeasure: RangeTestMeasure {
    rangeTestOn.map(RangeTestMeasure.init) ?? .trainingLoss
  }

  /// What a single cycle's peak usually is with these settings' optimizer and task.
  public var usualPeak: UsualPeak? {
    optimizer.flatMap(OptimizerName.init(rawValue:))?
      .usualPeak(for: task.flatMap(TaskName.init(rawValue:)) ?? .classify)
  }

  /// The rates that a range test tries.
  public var sweep: RangeTestSweep {
    let usual = RangeTestSweep()
    return RangeTestSweep(
      lowest: rangeTestMinLR ?? usual.lowest, highest: rangeTestMaxLR ?? usual.highest,
      steps: rangeTestSteps ?? usual.steps,
      shape: rangeTestShape.flatMap(RangeTestSweep.Shape.init(rawValue:)) ?? usual.shape)
  }
}
