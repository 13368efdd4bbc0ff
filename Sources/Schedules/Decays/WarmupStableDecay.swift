import Numbers

/// A warm-up, a constant rate, and a cool-down at the end.
///
///     rate(t) = peak * t / warmUp                                      up to warmUp
///     rate(t) = peak                                                   up to steps - coolDown
///     rate(t) = ending + (peak - ending) * (1 - f(x))                  up to steps
///     x = (t - (steps - coolDown)) / coolDown, and f(x) = sqrt(x) or x
///
///     let rate = WarmupStableDecay(peak: 0.1, warmUp: 50, coolDown: 200, steps: 1_000)
///     rate.value(at: 25)      // 0.05
///     rate.value(at: 800)     // 0.1
///     rate.value(at: 850)     // 0.05, since the root of a quarter is a half
///     rate.value(at: 1_000)   // 0.0
///
/// A warm-up or a cool-down that is longer than what is left for it is cut.
///
/// Without `steps` the constant part has no end, and any of its updates can begin a cool-down:
///
///     let open = WarmupStableDecay(peak: 0.1, warmUp: 50)
///     open.value(at: 1_000_000)                   // 0.1
///     open.landed(at: 800, coolDown: 200)         // the schedule above
///
/// - Source: Hägele et al., *Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations*
///   (2024), section 3, whose best cool-down is the root's.
public struct WarmupStableDecay: Schedule {
  /// The name in files: `wsd`.
  public static let name = "wsd"

  /// The form of the cool-down.
  public enum CoolDown: String, Sendable, Hashable, Codable, CaseIterable {
    /// In a straight line.
    case linear
    /// Along a root, which falls fast at first: 1 - sqrt(x).
    case squareRoot = "sqrt"
  }

  /// The constant rate.
  public let peak: Double
  /// The rate at the end.
  public let ending: Double
  /// Updates of the rise from 0.
  public let warmUp: Int
  /// Updates of the fall.
  public let coolDown: Int
  /// Updates in all; `Int.max` where the end is not known yet.
  public let steps: Int
  /// The form of the fall.
  public let shape: CoolDown

  /// Creates the schedule.
  public init(
    peak: Double, ending: Double = 0, warmUp: Int, coolDown: Int = 0, steps: Int = .max,
    shape: CoolDown = .squareRoot
  ) {
    self.peak = nonNegative(peak)
    self.ending = nonNegative(ending)
    self.steps = max(0, steps)
    self.warmUp = min(max(0, warmUp), self.steps)
    self.coolDown = min(max(0, coolDown), self.steps - self.warmUp)
    self.shape = shape
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> WarmupStableDecay {
    WarmupStableDecay(
      peak: peak, ending: ending, warmUp: warmUp, coolDown: coolDown, steps: steps, shape: shape)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    if step < warmUp { return peak * (Double(step) / Double(warmUp)) }
    guard step < steps, !isOpenEnded else { return isOpenEnded ? peak : ending }
    let start = steps - coolDown
    guard step > start else { return peak }
    let part = Double(step - start) / Double(coolDown)
    return ending + (peak - ending) * (1 - (shape == .linear ? part : part.squareRoot()))
  }

  /// The end of the fall; nil where that is not known yet.
  public var length: Int? { isOpenEnded ? nil : steps }
}

extension WarmupStableDecay {
  /// Whether the constant part has no end yet.
  public var isOpenEnded: Bool { steps == .max }

  /// Returns the same schedule with a cool-down of so many updates that begins after `step` applied ones.
  ///
  /// Up to there each value is the same to the last bit; a warm-up that is under way is completed first.
  public func landed(at step: Int, coolDown: Int) -> WarmupStableDecay {
    WarmupStableDecay(
      peak: peak, ending: ending, warmUp: warmUp, coolDown: coolDown,
      steps: min(max(step, warmUp).addingOrMax(max(0, coolDown)), .max - 1), shape: shape)
  }

  /// Returns the same schedule without its cool-down and without an end.
  public var reopened: WarmupStableDecay {
    WarmupStableDecay(peak: peak, ending: ending, warmUp: warmUp, shape: shape)
  }
}

extension WarmupStableDecay {
  /// The share of a run that cools down where nothing else is said.
  public static let coolDownShare = 0.2

  /// The updates of a run's cool-down: a share of them, and at least two, since the first of a cool-down still has
  /// the peak.
  ///
  ///     WarmupStableDecay.coolDown(share: 0.2, of: 1_000)   // 200
  ///     WarmupStableDecay.coolDown(share: 0.2, of: 8)       // 2
  public static func coolDown(share: Double, of steps: Int) -> Int {
    max(2, Int(clamping: share * Double(steps)))
  }

  /// The names for a run: a fifth of it cools down.
  public static let entries = [
    entry("wsd", .squareRoot, "a root"), entry("wsd-linear", .linear, "a straight line"),
  ]

  private static func entry(_ name: String, _ shape: CoolDown, _ form: String) -> ScheduleEntry {
    ScheduleEntry(
      name, elsewhere: ["warmup_stable_decay", "get_wsd_schedule"],
      "a warm-up, the upper bound, and a cool-down along \(form) in the last fifth of the run",
      [.fallsToZero, .fallsToLowerBound, .warmsUp], warmUpShare: 0.05
    ) {
      WarmupStableDecay(
        peak: $0.high, ending: $0.low, warmUp: $0.warmUp,
        coolDown: $0.coolDown ?? coolDown(share: coolDownShare, of: $0.total),
        steps: $0.total, shape: shape)
    }
  }

  /// The formula in Python.
  public func pythonFormula(_ t: String) -> String? {
    let number = PythonFormula.number
    let start = steps - coolDown
    var text = number(ending)
    if coolDown > 0, !isOpenEnded {
      let part = "maximum(\(t) - \(start), 0) / \(coolDown)"
      let fallen = shape == .linear ? "(\(part))" : "sqrt(\(part))"
      text = "where(\(t) < \(steps), \(text) + \(number(peak - ending)) * (1 - \(fallen)), \(text))"
    }
    if isOpenEnded { text = number(peak) }
    if start > warmUp, !isOpenEnded { text = "where(\(t) < \(start), \(number(peak)), \(text))" }
    if warmUp > 0 {
      text = "where(\(t) < \(warmUp), \(number(peak)) * (\(t) / \(warmUp)), \(text))"
    }
    return text
  }
}
