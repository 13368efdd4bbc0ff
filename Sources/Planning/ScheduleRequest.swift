import Numbers
import Schedules
import Settings
import Words

/// A schedule as it is asked for by flags: which kind, and the numbers that its kind needs.
///
/// The flags are those of PyTorch's schedulers, with dashes.
public struct ScheduleRequest: Sendable, Hashable {
  /// The kinds that can be asked for by flags; a file can say all others.
  public enum Kind: String, Sendable, Named {
    /// See `Triangular`.
    case triangular
    /// See `Triangular2`.
    case triangular2
    /// See `ExponentialRange`.
    case exponentialRange = "exp-range"
    /// See `OneCycle`.
    case oneCycle = "one-cycle"
    /// See `CosineRestarts`.
    case cosineRestarts = "cosine-restarts"
    /// See `Constant`.
    case constant

    /// Other systems' names.
    public static var aliases: [String: Kind] {
      ["1cycle": .oneCycle, "sgdr": .cosineRestarts, "cosine-warm-restarts": .cosineRestarts]
    }
  }

  /// The kind's name.
  public var kind: String
  /// `--base-lr`.
  public var baseLR: Double?
  /// `--max-lr`.
  public var maxLR: Double?
  /// `--min-lr`.
  public var minLR: Double?
  /// `--step-size-up`.
  public var stepSizeUp: Int?
  /// `--step-size-down`.
  public var stepSizeDown: Int?
  /// `--gamma`.
  public var gamma: Double?
  /// `--dialect`.
  public var dialect: String?
  /// `--total-steps`.
  public var totalSteps: Int?
  /// `--pct-start`.
  public var pctStart: Double?
  /// `--div-factor`.
  public var divFactor: Double?
  /// `--final-div-factor`.
  public var finalDivFactor: Double?
  /// `--anneal`.
  public var anneal: String?
  /// `--three-phase`.
  public var threePhase = false
  /// `--t-0`.
  public var t0: Int?
  /// `--t-mult`.
  public var tMult: Double?
  /// `--base-momentum`.
  public var baseMomentum: Double?
  /// `--max-momentum`.
  public var maxMomentum: Double?

  /// Creates a request for a kind, by its name in any spelling.
  public init(kind: String) { self.kind = Kind(spelled: kind)?.rawValue ?? kind }

  /// Returns the plan that was asked for.
  ///
  /// - Throws: `SettingsError` for a kind or a dialect that is not known, a number that cannot be
  ///   meant, and one that is missing.
  public func plan() throws -> Plan {
    try check()
    switch try word(kind, key: "schedule", Kind.self) {
    case .constant: return Plan(learningRate: Constant(try needed(maxLR, "max-lr")))
    case .triangular, .triangular2, .exponentialRange: return try cyclic()
    case .oneCycle: return try oneCycle()
    case .cosineRestarts:
      return Plan(
        learningRate: CosineRestarts(
          to: try needed(maxLR, "max-lr"), floor: minLR ?? 0, firstCycle: try needed(t0, "t-0"),
          lengthMultiplier: tMult ?? 1))
    }
  }

  /// The updates that show the schedule: its length, or four cycles.
  public func usualSteps(of plan: Plan) -> Int {
    if let length = plan.learningRate.length { return max(1, min(length, 1_000_000)) }
    return max(
      1, min((plan.learningRate.cyclic?.stepsPerCycle ?? 250).multipliedOrMax(by: 4), 1_000_000))
  }

  // MARK: The kinds

  private func cyclic() throws -> Plan {
    let (low, high) = (try needed(baseLR, "base-lr"), try needed(maxLR, "max-lr"))
    let up = try needed(stepSizeUp, "step-size-up")
    let gamma = gamma ?? 1
    let dialect = try word(
      dialect ?? "pytorch", key: "dialect", ExponentialRange.Dialect.self)
    func schedule(_ from: Double, _ to: Double) -> AnySchedule {
      switch Kind(rawValue: kind) {
      case .triangular2:
        AnySchedule(Triangular2(from: from, to: to, stepSize: up, stepSizeDown: stepSizeDown))
      case .exponentialRange:
        AnySchedule(
          ExponentialRange(
            from: from, to: to, stepSize: up, stepSizeDown: stepSizeDown, gamma: gamma,
            dialect: dialect))
      default:
        AnySchedule(Triangular(from: from, to: to, stepSize: up, stepSizeDown: stepSizeDown))
      }
    }
    return Plan(
      learningRate: schedule(low, high), momentum: try momenta().map { schedule($0.high, $0.low) })
  }

  private enum OneCycleDialect: String, CaseIterable { case pytorch, fastai, exact }

  private func oneCycle() throws -> Plan {
    let peak = try needed(maxLR, "max-lr")
    let total = try needed(totalSteps, "total-steps")
    let dialect = try word(dialect ?? "pytorch", key: "dialect", OneCycleDialect.self)
    let anneal = try word(anneal ?? "cos", key: "anneal", Anneal.self)
    let pct = pctStart ?? (dialect == .fastai ? 0.25 : 0.3)
    let momenta = try momenta()
    if dialect == .fastai, threePhase || anneal == .linear {
      throw SettingsError.outOfRange(
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
      let start = peak / (divFactor ?? 25)
      func exact(_ from: Double, _ to: Double, _ ending: Double) -> OneCycle {
        OneCycle(
          from: from, to: to, ending: ending,
          stepsUp: Int(clamping: (pct * Double(total)).rounded()),
          totalSteps: total, anneal: anneal, threePhase: threePhase)
      }
      return Plan(
        learningRate: exact(start, peak, start / (finalDivFactor ?? 1e4)),
        momentum: momenta.map { AnySchedule(exact($0.high, $0.low, $0.high)) })
    }
  }

  private func momenta() throws -> (low: Double, high: Double)? {
    guard baseMomentum != nil || maxMomentum != nil else { return nil }
    return (try needed(baseMomentum, "base-momentum"), try needed(maxMomentum, "max-momentum"))
  }

  // MARK: Checks

  private func check() throws {
    func check<Value>(
      _ value: Value?, _ key: String, _ allowed: String, _ isAllowed: (Value) -> Bool
    ) throws {
      guard let value, !isAllowed(value) else { return }
      throw SettingsError.outOfRange(key: key, value: "\(value)", allowed: allowed)
    }
    for (rate, key) in [(maxLR, "max-lr"), (baseLR, "base-lr"), (minLR, "min-lr")] {
      let isUpper = key == "max-lr"
      try check(rate, key, isUpper ? "a finite number above 0" : "a finite number, not below 0") {
        $0.isFinite && (isUpper ? $0 > 0 : $0 >= 0)
      }
    }
    for (low, key) in [(baseLR, "base-lr"), (minLR, "min-lr")] {
      if let low, let maxLR, low >= maxLR {
        throw SettingsError.boundsCrossed(key: key, base: low, max: maxLR)
      }
    }
    for (steps, key) in [
      (stepSizeUp, "step-size-up"), (stepSizeDown, "step-size-down"), (totalSteps, "total-steps"),
      (t0, "t-0"),
    ] {
      try check(steps, key, "at least 1") { $0 >= 1 }
    }
    try check(gamma, "gamma", "above 0 and at most 1") { $0 > 0 && $0 <= 1 }
    try check(pctStart, "pct-start", "from 0 to 1") { (0...1).contains($0) }
    try check(divFactor, "div-factor", "a finite number above 0") { $0 > 0 && $0.isFinite }
    try check(finalDivFactor, "final-div-factor", "a finite number above 0") {
      $0 > 0 && $0.isFinite
    }
    for (factor, key) in [(divFactor, "div-factor"), (finalDivFactor, "final-div-factor")] {
      try check(factor, key, "large enough that the start and the end of the cycle are finite") {
        ((maxLR ?? 0) / (divFactor ?? 25) / $0).isFinite && ((maxLR ?? 0) / $0).isFinite
      }
    }
    try check(tMult, "t-mult", "a finite number above 0") { $0 > 0 && $0.isFinite }
    for (momentum, key) in [(baseMomentum, "base-momentum"), (maxMomentum, "max-momentum")] {
      try check(momentum, key, "from 0 to below 1") { $0 >= 0 && $0 < 1 }
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
