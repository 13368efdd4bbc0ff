import Numbers

/// One rise to a peak and one fall to the end of the run, below the start if wanted.
///
///     let rate = OneCycle(from: 0.04, to: 1, ending: 0.0004, stepsUp: 300, totalSteps: 1000)
///     rate.value(at: 0)      // 0.04
///     rate.value(at: 300)    // 1.0
///     rate.value(at: 999)    // 0.0004, and so for ever
///
/// With three phases it comes back to the start first, as fast as it rose, and then falls to the end.
///
/// The peak is met exactly, at update `stepsUp`, and the end at the last update. Two other systems
/// place them elsewhere: see `pytorch(...)` and `fastai(...)`. With `stepsUp` 0 the run begins at the
/// peak; a run of one update is all peak.
///
/// - Source: Smith, Topin, *Super-Convergence* (2018); Smith, *A disciplined approach* (2018).
public struct OneCycle: CyclicSchedule {
  /// The name in files: `one-cycle`.
  public static let name = "one-cycle"

  /// The value at the first update.
  public let from: Double
  /// The value at the peak.
  public let to: Double
  /// The value at the end.
  public let ending: Double
  /// The update of the peak; PyTorch's may lie between two updates.
  public let peakAt: Double
  /// The update at which the start's value is met again; with three phases only.
  public let returnAt: Double?
  /// The update of the end, after which its value holds.
  public let endAt: Double
  /// Updates in all.
  public let totalSteps: Int
  /// The way from one phase's value to the next one's.
  public let anneal: Anneal

  init(
    from: Double, to: Double, ending: Double, peakAt: Double, returnAt: Double?, endAt: Double,
    totalSteps: Int, anneal: Anneal
  ) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.ending = nonNegative(ending)
    self.peakAt = peakAt
    self.returnAt = returnAt
    self.endAt = endAt
    self.totalSteps = totalSteps
    self.anneal = anneal
  }

  /// Creates the schedule with its peak and its end on whole updates.
  ///
  /// A peak behind the end is moved to the end, and so is the return of three phases.
  public init(
    from: Double, to: Double, ending: Double, stepsUp: Int, totalSteps: Int,
    anneal: Anneal = .cos, threePhase: Bool = false
  ) {
    let last = max(1, totalSteps) - 1
    let peak = min(max(0, stepsUp), last)
    self.init(
      from: from, to: to, ending: ending, peakAt: Double(peak),
      returnAt: threePhase ? Double(min(peak.multipliedOrMax(by: 2), last)) : nil,
      endAt: Double(last),
      totalSteps: last + 1, anneal: anneal)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> OneCycle {
    OneCycle(
      from: from, to: to, ending: ending, peakAt: min(max(-1, peakAt), Double(max(1, totalSteps))),
      returnAt: returnAt.map { min(max(-2, $0), 2 * Double(max(1, totalSteps))) },
      endAt: min(max(0, endAt), Double(max(1, totalSteps))), totalSteps: max(1, totalSteps),
      anneal: anneal)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = min(Double(max(0, step)), endAt)
    if step <= peakAt {
      return peakAt > 0 ? anneal.value(from: from, to: to, after: step / peakAt) : to
    }
    if let returnAt {
      if step <= returnAt {
        return anneal.value(from: to, to: from, after: (step - peakAt) / (returnAt - peakAt))
      }
      return anneal.value(from: from, to: ending, after: (step - returnAt) / (endAt - returnAt))
    }
    return anneal.value(from: to, to: ending, after: (step - peakAt) / (endAt - peakAt))
  }

  /// The updates of the run, after which the last value holds.
  public var length: Int? { totalSteps }
  /// The value at the first update.
  public var trough: Double { from }
  /// The value at the peak.
  public var peak: Double { to }
  /// Updates before the peak, to the nearest whole one.
  public var stepsUp: Int { max(0, Int(clamping: peakAt.rounded())) }
  /// Updates in the one cycle.
  public var stepsPerCycle: Int { totalSteps }
  /// The end, if the run gets there.
  public func troughs(upTo totalSteps: Int) -> [Int] {
    self.totalSteps <= totalSteps ? [self.totalSteps] : []
  }
}

// MARK: Dialects

extension OneCycle {
  /// Creates PyTorch's `OneCycleLR`, with its names and defaults, at every update the same.
  ///
  /// Its peak lies at `pctStart * totalSteps - 1`. Where that is no whole number the peak is missed:
  /// by 1.9 % at 7 updates, by 0.2 % at 25. Three phases with `pctStart` above a half never come to
  /// the end. Where PyTorch divides by zero (`pctStart * totalSteps` is 1) this begins at the peak;
  /// after the end it holds, where PyTorch raises.
  ///
  /// - Source: `torch.optim.lr_scheduler.OneCycleLR`, 2.13.
  public static func pytorch(
    maxLR: Double, totalSteps: Int, pctStart: Double = 0.3, anneal: Anneal = .cos,
    divFactor: Double = 25, finalDivFactor: Double = 1e4, threePhase: Bool = false
  ) -> OneCycle {
    let start = maxLR / divFactor
    return pytorch(
      from: start, to: maxLR, ending: start / finalDivFactor, totalSteps: totalSteps,
      pctStart: pctStart, anneal: anneal, threePhase: threePhase)
  }

  /// Creates the momentum that PyTorch's `OneCycleLR` cycles against its rate.
  public static func pytorchMomentum(
    base: Double = 0.85, max: Double = 0.95, totalSteps: Int, pctStart: Double = 0.3,
    anneal: Anneal = .cos, threePhase: Bool = false
  ) -> OneCycle {
    pytorch(
      from: max, to: base, ending: max, totalSteps: totalSteps, pctStart: pctStart, anneal: anneal,
      threePhase: threePhase)
  }

  private static func pytorch(
    from: Double, to: Double, ending: Double, totalSteps: Int, pctStart: Double, anneal: Anneal,
    threePhase: Bool
  ) -> OneCycle {
    let steps = max(1, totalSteps)
    let up = min(1, nonNegative(pctStart)) * Double(steps)
    return OneCycle(
      from: from, to: to, ending: ending, peakAt: up - 1, returnAt: threePhase ? 2 * up - 2 : nil,
      endAt: Double(steps - 1), totalSteps: steps, anneal: anneal)
  }

  /// Creates fastai's `fit_one_cycle`, with its names and defaults, at every update the same.
  ///
  /// Its peak lies at `pctStart * totalSteps`, and its end behind the last update. The end is
  /// `lrMax / divFinal`: PyTorch divides the start by its final factor, not the peak.
  ///
  /// - Source: `fastai.callback.schedule`, `Learner.fit_one_cycle`.
  public static func fastai(
    lrMax: Double, totalSteps: Int, pctStart: Double = 0.25, div: Double = 25,
    divFinal: Double = 1e5
  ) -> OneCycle {
    fastai(
      from: lrMax / div, to: lrMax, ending: lrMax / divFinal, totalSteps: totalSteps,
      pctStart: pctStart)
  }

  /// Creates the momentum that fastai's `fit_one_cycle` cycles against its rate.
  public static func fastaiMomentum(
    moms: (Double, Double, Double) = (0.95, 0.85, 0.95), totalSteps: Int, pctStart: Double = 0.25
  ) -> OneCycle {
    fastai(
      from: moms.0, to: moms.1, ending: moms.2, totalSteps: totalSteps, pctStart: pctStart)
  }

  private static func fastai(
    from: Double, to: Double, ending: Double, totalSteps: Int, pctStart: Double
  ) -> OneCycle {
    let steps = max(1, totalSteps)
    return OneCycle(
      from: from, to: to, ending: ending,
      peakAt: min(1, nonNegative(pctStart)) * Double(steps), returnAt: nil, endAt: Double(steps),
      totalSteps: steps, anneal: .cos)
  }
}

extension OneCycle {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "one-cycle", aliases: ["1cycle"],
      elsewhere: ["OneCycleLR", "fit_one_cycle", "cosine_onecycle_schedule", "linear_onecycle_schedule"],
      "one rise and one fall over the whole run",
      [.rises, .fallsToZero]
    ) {
      OneCycle(
        from: $0.low, to: $0.high, ending: $0.ending, stepsUp: $0.halfCycle, totalSteps: $0.total,
        anneal: $0.anneal)
    }
  ]

  /// The phases, one after another.
  public func pythonFormula(_ t: String) -> String? {
    let number = PythonFormula.number
    let now = "minimum(\(t), \(number(endAt)))"
    func phase(_ from: Double, _ to: Double, _ start: Double, _ end: Double) -> String {
      guard end > start else { return number(to) }
      let part = "(\(now) - \(number(start))) / \(number(end - start))"
      return PythonFormula.anneal(anneal, from, to, "minimum(maximum(\(part), 0.0), 1.0)")
    }
    let rise = peakAt > 0 ? phase(from, to, 0, peakAt) : number(to)
    if let back = returnAt {
      return "where(\(now) <= \(number(peakAt)), \(rise), where(\(now) <= \(number(back)), "
        + "\(phase(to, from, peakAt, back)), \(phase(from, ending, back, endAt))))"
    }
    return "where(\(now) <= \(number(peakAt)), \(rise), \(phase(to, ending, peakAt, endAt)))"
  }
}
