/// A fall along half a cosine, once.
///
///     rate(t) = to + (from - to) / 2 * (1 + cos(pi * min(t, steps) / steps))
///
///     let rate = CosineDecay(from: 0.1, to: 0, steps: 1_000)
///     rate.value(at: 500)     // 0.05
///     rate.value(at: 2_000)   // 0.0
///
/// It holds after its end; PyTorch's `CosineAnnealingLR` rises again there. Over no updates it begins at
/// its end.
///
/// - Source: Loshchilov, Hutter, *SGDR* (2017), equation 5 with a single cycle.
public struct CosineDecay: Schedule {
  /// The name in files: `cosine`.
  public static let name = "cosine"

  /// The value at the first update.
  public let from: Double
  /// The value from update `steps` on.
  public let to: Double
  /// Updates on the way.
  public let steps: Int

  /// Creates the schedule.
  public init(from: Double, to: Double = 0, steps: Int) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.steps = max(0, steps)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> CosineDecay { CosineDecay(from: from, to: to, steps: steps) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    guard step < steps else { return to }
    return Anneal.cos.value(from: from, to: to, after: Double(step) / Double(steps))
  }

  /// The end of the fall.
  public var length: Int? { steps }
}

extension CosineDecay {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "cosine", elsewhere: ["CosineAnnealingLR", "CosineDecay", "cosine_decay_schedule", "fit_cosine"],
      "half a cosine from the upper bound to the lower one, or to 0",
      [.fallsToZero, .fallsToLowerBound]
    ) { CosineDecay(from: $0.high, to: $0.low, steps: $0.total) },
    ScheduleEntry(
      "warmup-cosine", aliases: ["cosine-warmup"],
      elsewhere: [
        "warmup_cosine_decay_schedule", "cosine_with_warmup", "get_cosine_schedule_with_warmup",
        "LinearWarmupCosineAnnealingLR",
      ],
      "a warm-up, then half a cosine from the upper bound to the lower one, or to 0",
      [.fallsToZero, .fallsToLowerBound, .warmsUp], warmUpShare: 0.05
    ) {
      CosineDecay(from: $0.high, to: $0.low, steps: max(0, $0.total - $0.warmUp))
        .warmedUp(over: $0.warmUp)
    },
    ScheduleEntry(
      "flat-cosine", aliases: ["flat-cos"], elsewhere: ["fit_flat_cos"],
      "the upper bound for three quarters of the run, then half a cosine to 0", .fallsToZero
    ) { AnySchedule.flatThenCosine(from: $0.high, totalSteps: $0.total) },
  ]

  /// The formula in Python.
  public func pythonFormula(_ t: String) -> String? {
    steps == 0
      ? PythonFormula.number(to)
      : PythonFormula.anneal(.cos, from, to, "minimum(\(t), \(steps)) / \(steps)")
  }
}
