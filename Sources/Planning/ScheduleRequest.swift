import Formatting
import Numbers
import Schedules
import Settings
import Tuning

/// A schedule as it is asked for by flags: its name, and the numbers that it needs.
///
/// The flags are those of PyTorch's schedulers, with dashes.
public struct ScheduleRequest: Sendable, Hashable {
  /// The schedule's name.
  public var kind: String
  /// The value of `--base-lr`.
  public var baseLR: Double?
  /// The value of `--max-lr`.
  public var maxLR: Double?
  /// The value of `--min-lr`.
  public var minLR: Double?
  /// The value of `--step-size-up`.
  public var stepSizeUp: Int?
  /// The value of `--step-size-down`.
  public var stepSizeDown: Int?
  /// The value of `--gamma`.
  public var gamma: Double?
  /// The value of `--dialect`.
  public var dialect: String?
  /// The value of `--total-steps`.
  public var totalSteps: Int?
  /// The value of `--pct-start`.
  public var pctStart: Double?
  /// The value of `--div-factor`.
  public var divFactor: Double?
  /// The value of `--final-div-factor`.
  public var finalDivFactor: Double?
  /// The value of `--anneal`.
  public var anneal: Anneal?
  /// The value of `--three-phase`.
  public var threePhase = false
  /// The value of `--warmup`.
  public var warmup: Int?
  /// The value of `--t-0`.
  public var t0: Int?
  /// The value of `--t-mult`.
  public var tMult: Double?
  /// The value of `--base-momentum`.
  public var baseMomentum: Double?
  /// The value of `--max-momentum`.
  public var maxMomentum: Double?

  /// Creates a request for a schedule, by its name in any spelling.
  public init(kind: String) { self.kind = ScheduleEntry.catalog[kind]?.name ?? kind }

  /// What a run's settings say too, with their defaults; a lower bound may be 0 here.
  private var settings: ResolvedSettings {
    RunSettings {
      $0.schedule.maxLR = maxLR
      $0.schedule.gamma = gamma
      $0.schedule.finalDivFactor = finalDivFactor
      $0.schedule.anneal = anneal
      $0.schedule.tMult = tMult
      $0.schedule.baseMomentum = baseMomentum
      $0.schedule.maxMomentum = maxMomentum
    }.resolved
  }

  /// Returns the plan that was asked for.
  ///
  /// - Throws: `SettingsError` for a name or a dialect that is not known, a number that cannot be
  ///   meant, one that is missing, and one that the schedule does not use.
  public func plan() throws -> Plan {
    try check()
    let plan = try made()
    try checkUse(of: plan)
    return plan
  }

  func made() throws -> Plan {
    guard let entry = ScheduleEntry.catalog[kind] else {
      let known = ScheduleEntry.catalog.names
      throw SettingsError.unknown(
        key: "schedule", value: kind, known: known, nearest: ScheduleEntry.nearest(to: kind))
    }
    // Systems differ in where one-cycle's peak and end lie.
    if entry.name == OneCycle.name { return try oneCycle() }
    let shape = try shape(of: entry)
    return Plan(
      learningRate: entry.schedule(shape),
      momentum: momenta().map {
        entry.rises
          ? entry.schedule(shape.mirrored(low: $0.low, high: $0.high))
          : AnySchedule(Constant($0.high))
      })
  }

  /// The updates that show the schedule: its length, or four cycles.
  public func defaultSteps(of plan: Plan) -> Int {
    // Steps hold their last value to the end of the run.
    if let length = [plan.learningRate.length, totalSteps].compactMap(\.self).max() {
      return max(1, min(length, Budget.maximumSteps))
    }
    return max(
      1, min((plan.learningRate.cyclic?.stepsPerCycle ?? 250).multipliedOrMax(by: 4), 1_000_000))
  }

  // MARK: The kinds

  /// The numbers that a schedule needs, by its traits.
  private func shape(of entry: ScheduleEntry) throws -> ScheduleShape {
    let high = try needed(maxLR, "max-lr")
    var shape = ScheduleShape(
      low: minLR ?? 0, high: high, total: totalSteps ?? 0, growth: settings.schedule.tMult,
      gamma: settings.schedule.gamma,
      dialect: try word(dialect ?? "pytorch", key: "dialect", ExponentialRange.Dialect.self))
    if entry.rises {
      shape.low = try needed(baseLR, "base-lr")
      shape.halfCycle = try needed(stepSizeUp, "step-size-up")
      shape.halfCycleDown = stepSizeDown ?? shape.halfCycle
    } else if entry.repeatsCycles {
      let cycle = try needed(t0, "t-0")
      (shape.halfCycle, shape.halfCycleDown) = (cycle - cycle / 2, cycle / 2)
    }
    if !entry.traits.contains(.isOpenEnded) || (entry.warmUpShare > 0 && warmup == nil) {
      shape.total = try needed(totalSteps, "total-steps")
    }
    shape.warmUp =
      warmup ?? Int(clamping: (entry.warmUpShare * Double(shape.total)).rounded())
    if warmup != nil, entry.rises || (totalSteps.map { shape.warmUp >= $0 } ?? false) {
      throw SettingsError.notAllowed(
        key: "warmup", value: "\(shape.warmUp)",
        allowed: entry.rises
          ? "left out for \(entry.name), which rises by itself (--step-size-up)"
          : "below --total-steps")
    }
    return shape
  }

  /// Whose one-cycle.
  private enum OneCycleDialect: String, CaseIterable {
    case pytorch, fastai, exact

    /// The share of the run in which the rate rises, where none is given.
    var risingShare: Double {
      switch self {
      case .pytorch: 0.3
      case .fastai: 0.25
      case .exact: CyclePlanner.peakShare
      }
    }

    var title: String {
      switch self {
      case .pytorch: "one-cycle as PyTorch's OneCycleLR"
      case .fastai: "one-cycle as fastai's fit_one_cycle"
      case .exact: "one-cycle as in 'rondo train'"
      }
    }
  }

  /// The words for what is drawn, and a note where it is not the schedule that `rondo train` uses: which one that
  /// is, and what draws it.
  ///
  /// - Throws: `SettingsError` for a dialect that is not known.
  public func title() throws -> (title: String, note: String?) {
    switch kind {
    case OneCycle.name:
      let dialect = try word(dialect ?? "pytorch", key: "dialect", OneCycleDialect.self)
      return (
        dialect.title,
        dialect == .exact
          ? nil
          : "'rondo train' has its peak and end on whole updates and straight lines: --dialect exact draws that"
      )
    case ExponentialRange.name:
      let dialect = try word(
        dialect ?? "pytorch", key: "dialect", ExponentialRange.Dialect.self)
      return dialect == .pytorch
        ? ("exp-range as PyTorch's CyclicLR and 'rondo train'", nil)
        : (
          "exp-range as in the paper (Smith 2017)",
          "'rondo train' has PyTorch's: --dialect pytorch draws that"
        )
    default: return ("\(kind) as in 'rondo train'", nil)
    }
  }

  private func oneCycle() throws -> Plan {
    let peak = try needed(maxLR, "max-lr")
    let total = try needed(totalSteps, "total-steps")
    let dialect = try word(dialect ?? "pytorch", key: "dialect", OneCycleDialect.self)
    // The other systems have defaults of their own.
    let anneal = dialect == .exact ? settings.schedule.anneal : anneal ?? .cos
    let pct = pctStart ?? dialect.risingShare
    let momenta = momenta()
    if dialect == .fastai, threePhase || anneal == .linear {
      throw SettingsError.notAllowed(
        key: "dialect", value: "fastai", allowed: "pytorch or exact for --three-phase and for lines"
      )
    }
    switch dialect {
    case .pytorch:
      return Plan(
        learningRate: OneCycle.pytorch(
          maxLR: peak, totalSteps: total, pctStart: pct, anneal: anneal,
          divFactor: divFactor ?? 25, finalDivFactor: finalDivFactor ?? 1e4, threePhase: threePhase),
        momentum: momenta.map {
          AnySchedule(
            OneCycle.pytorchMomentum(
              base: $0.low, max: $0.high, totalSteps: total, pctStart: pct, anneal: anneal,
              threePhase: threePhase))
        })
    case .fastai:
      return Plan(
        learningRate: OneCycle.fastai(
          lrMax: peak, totalSteps: total, pctStart: pct, div: divFactor ?? 25,
          divFinal: finalDivFactor ?? 1e5),
        momentum: momenta.map {
          AnySchedule(
            OneCycle.fastaiMomentum(
              moms: ($0.high, $0.low, $0.high), totalSteps: total, pctStart: pct))
        })
    case .exact:
      let start = baseLR ?? peak / (divFactor ?? 25)
      func exact(_ from: Double, _ to: Double, _ ending: Double) -> OneCycle {
        OneCycle(
          from: from, to: to, ending: ending,
          stepsUp: Int(clamping: (pct * Double(total)).rounded()),
          totalSteps: total, anneal: anneal, threePhase: threePhase)
      }
      return Plan(
        learningRate: exact(start, peak, start / settings.schedule.finalDivFactor),
        momentum: momenta.map { AnySchedule(exact($0.high, $0.low, $0.high)) })
    }
  }

  private func momenta() -> (low: Double, high: Double)? {
    guard baseMomentum != nil || maxMomentum != nil else { return nil }
    return (settings.schedule.baseMomentum, settings.schedule.maxMomentum)
  }

  // MARK: Checks

  private func check() throws {
    func check<Value>(
      _ value: Value?, _ key: String, _ allowed: String, _ isAllowed: (Value) -> Bool
    ) throws {
      guard let value, !isAllowed(value) else { return }
      throw SettingsError.notAllowed(key: key, value: "\(value)", allowed: allowed)
    }
    try settings.open.check()
    for (rate, key) in [(baseLR, "base-lr"), (minLR, "min-lr")] {
      try check(rate, key, "a finite number, not below 0") { $0.isFinite && $0 >= 0 }
    }
    for (low, key) in [(baseLR, "base-lr"), (minLR, "min-lr")] {
      if let low, let maxLR, low >= maxLR {
        throw SettingsError.boundsCrossed(key: key, base: low, max: maxLR)
      }
    }
    for (steps, key) in [
      (stepSizeUp, "step-size-up"), (stepSizeDown, "step-size-down"), (totalSteps, "total-steps"),
      (t0, "t-0"), (warmup, "warmup"),
    ] {
      try check(steps, key, "from 1 to \(Budget.maximumSteps)") { (1...Budget.maximumSteps).contains($0) }
    }
    try check(pctStart, "pct-start", "from 0 to 1") { (0...1).contains($0) }
    try check(divFactor, "div-factor", "a finite number above 0") { $0 > 0 && $0.isFinite }
    for (factor, key) in [(divFactor, "div-factor"), (finalDivFactor, "final-div-factor")] {
      try check(factor, key, "large enough that the start and the end of the cycle are finite") {
        ((maxLR ?? 0) / (divFactor ?? 25) / $0).isFinite && ((maxLR ?? 0) / $0).isFinite
      }
    }
  }

  private func needed<Value>(_ value: Value?, _ key: String) throws -> Value {
    guard let value else {
      throw SettingsError.missing(key: key, because: "\(kind) needs it")
    }
    return value
  }

  private func word<Word: RawRepresentable<String> & CaseIterable>(
    _ word: String, key: String, _: Word.Type
  ) throws -> Word {
    let known = Word.allCases.map(\.rawValue)
    if let name = spelled(word, among: known), let found = Word(rawValue: name) { return found }
    throw SettingsError.unknown(
      key: key, value: word, known: known, nearest: nearest(to: word, among: known))
  }
}
