/// A cycle of any form: its window, how cycles become lower, and how they become longer.
///
/// `Triangular`, `Triangular2` and `ExponentialRange` are the ones that have names of their own.
///
///     let rate = Cyclical(
///       from: 0.001, to: 0.006, stepSize: 500, window: .hann,
///       decay: CycleDecay(.geometric(gamma: 0.8)), lengthMultiplier: 2)
///     rate.value(at: 500)     // 0.006
///     rate.value(at: 1_000)   // 0.001, and the next cycle has 2,000 updates
///     rate.value(at: 2_000)   // 0.005
///
/// - Source: Smith (2017), section 3, for the windows. The scale functions are those that PyTorch's
///   `CyclicLR(scale_fn:, scale_mode:)` takes as closures, and cannot save.
public struct Cyclical: EndlessCycle {
  /// The name in files: `cyclical`.
  public static let name = "cyclical"

  /// The bound at which a cycle begins and ends.
  public let from: Double
  /// The bound in the middle of the first cycle.
  public let to: Double
  /// Updates from `from` to the middle in the first cycle.
  public let stepSize: Int
  /// Updates from the middle back to `from` in the first cycle.
  public let stepSizeDown: Int
  /// The form of a half-cycle.
  public let window: Window
  /// How cycles become lower.
  public let decay: CycleDecay
  /// By what each cycle is longer than the one before it.
  public let lengthMultiplier: Double

  /// Creates the schedule; a multiplier that is not above 0 counts as 1.
  public init(
    from: Double, to: Double, stepSize: Int, stepSizeDown: Int? = nil, window: Window = .triangular,
    decay: CycleDecay = .none, lengthMultiplier: Double = 1
  ) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.stepSize = max(0, stepSize)
    self.stepSizeDown = max(0, stepSizeDown ?? stepSize)
    self.window = window
    self.decay = decay
    self.lengthMultiplier = lengthMultiplier.isFinite && lengthMultiplier > 0 ? lengthMultiplier : 1
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Cyclical {
    Cyclical(
      from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown, window: window,
      decay: CycleDecay(decay.shape, per: decay.clock, of: decay.target),
      lengthMultiplier: lengthMultiplier)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let position = clock.position(of: step)
    return decay.value(
      from: from, to: to, height: window.height(position.height), cycle: position.cycle,
      step: max(0, step))
  }
}

extension Cyclical {
  /// The names for a run: Smith's windows but for the straight one, which is `triangular`.
  public static let entries = [Window.sine, .welch, .hann].map { window in
    ScheduleEntry(
      "cyclical-\(window.rawValue)", aliases: [window.rawValue],
      "rise and fall again and again, along the \(window.rawValue) window",
      [.rises, .repeats, .isOpenEnded]
    ) {
      Cyclical(
        from: $0.low, to: $0.high, stepSize: $0.halfCycle, stepSizeDown: $0.halfCycleDown,
        window: window)
    }
  }
}
