import Numbers

/// A fall along half a cosine, and a jump back up: again and again, each longer than the last.
///
///     rate(t) = min + (max * peakDecay^cycle - min) / 2 * (1 + cos(pi * part of the cycle))
///
///     let rate = CosineRestarts(to: 0.05, firstCycle: 10, lengthMultiplier: 2)
///     rate.value(at: 0)    // 0.05
///     rate.value(at: 5)    // 0.025
///     rate.value(at: 10)   // 0.05, and the next cycle has 20 updates
///
/// After `cycleLimit` cycles the floor holds. A restart is met exactly: PyTorch's
/// `CosineAnnealingWarmRestarts.step(epoch)` and timm's `CosineLRScheduler` find the cycle by a
/// logarithm, and for a multiplier of 3 give the floor at the fifth restart, where the peak is due.
///
/// - Source: Loshchilov, Hutter, *SGDR* (2017), equation 5; equal to PyTorch's
///   `CosineAnnealingWarmRestarts` stepped one by one.
public struct CosineRestarts: CyclicSchedule {
  /// The name in files: `cosine-restarts`.
  public static let name = "cosine-restarts"

  /// The value at which the first cycle begins.
  public let to: Double
  /// The value that each cycle ends at.
  public let floor: Double
  /// Updates in the first cycle.
  public let firstCycle: Int
  /// By what each cycle is longer than the one before it; need not be whole.
  public let lengthMultiplier: Double
  /// By what each cycle begins lower than the one before it.
  public let peakDecay: Double
  /// Cycles after which the floor holds, or nil for ever.
  public let cycleLimit: Int?

  /// Creates the schedule.
  public init(
    to: Double, floor: Double = 0, firstCycle: Int, lengthMultiplier: Double = 1,
    peakDecay: Double = 1, cycleLimit: Int? = nil
  ) {
    self.to = nonNegative(to)
    self.floor = nonNegative(floor)
    self.firstCycle = max(1, firstCycle)
    self.lengthMultiplier = lengthMultiplier.isFinite && lengthMultiplier > 0 ? lengthMultiplier : 1
    self.peakDecay = min(1, nonNegative(peakDecay))
    self.cycleLimit = cycleLimit.map { max(0, $0) }
  }

  var clock: CycleClock {
    CycleClock(up: 0, down: firstCycle, multiplier: lengthMultiplier)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> CosineRestarts {
    CosineRestarts(
      to: to, floor: floor, firstCycle: firstCycle, lengthMultiplier: lengthMultiplier,
      peakDecay: peakDecay, cycleLimit: cycleLimit)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let position = clock.position(of: step)
    if let cycleLimit, position.cycle >= cycleLimit { return floor }
    let peak = peakDecay == 1 ? to : to * power(peakDecay, position.cycle)
    return floor + (peak - floor) / 2 * (1 + cosineOf(.pi * position.part))
  }

  /// The end of the last cycle, if there is a last one.
  public var length: Int? {
    guard let cycleLimit else { return nil }
    return Int(exactly: clock.start(of: cycleLimit).rounded(.up)) ?? .max
  }
  /// The lowest rate, the floor.
  public var trough: Double { floor }
  /// The value at which the first cycle begins.
  public var peak: Double { to }
  /// There is no way up: the rate jumps.
  public var stepsUp: Int { 0 }
  /// Updates in the first cycle.
  public var stepsPerCycle: Int { firstCycle }
  /// The ends of cycles.
  public func troughs(upTo totalSteps: Int) -> [Int] {
    clock.ends(upTo: min(totalSteps, length ?? .max))
  }
}

extension CosineRestarts {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "cosine-restarts", aliases: ["sgdr", "cosine-warm-restarts"],
      elsewhere: [
        "CosineAnnealingWarmRestarts", "CosineDecayRestarts", "cosine_with_restarts", "fit_sgdr",
        "get_cosine_with_hard_restarts_schedule_with_warmup",
      ],
      "half a cosine down from the upper bound, again and again",
      [.repeats, .fallsToZero, .isOpenEnded]
    ) {
      CosineRestarts(
        to: $0.high, floor: $0.low, firstCycle: $0.halfCycle.addingOrMax($0.halfCycleDown),
        lengthMultiplier: $0.growth)
    }
  ]

  /// The fall, as long as all cycles have one length.
  public func pythonFormula(_ t: String) -> String? {
    guard lengthMultiplier == 1 else { return nil }
    let number = PythonFormula.number
    let peak =
      peakDecay == 1
      ? number(to) : "\(number(to)) * \(number(peakDecay)) ** (\(t) // \(firstCycle))"
    let fall =
      "\(number(floor)) + (\(peak) - \(number(floor))) / 2 "
      + "* (1 + cos(\(number(.pi)) * ((\(t) % \(firstCycle)) / \(firstCycle))))"
    guard let length else { return fall }
    return "where(\(t) < \(length), \(fall), \(number(floor)))"
  }
}
