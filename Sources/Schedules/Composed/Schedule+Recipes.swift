import Numbers

// Schedules that are known by a name and made of others.

extension Schedule where Self == AnySchedule {
  /// A constant rate, and a fall along half a cosine over the last part.
  ///
  /// - Parameter flatPart: the part of the run before the fall, from 0 to 1.
  /// - Source: fastai's `fit_flat_cos`, with its defaults.
  public static func flatThenCosine(
    from: Double, totalSteps: Int, flatPart: Double = 0.75, finalDivFactor: Double = 1e5
  ) -> AnySchedule {
    let flat = Int(clamping: (min(1, nonNegative(flatPart)) * Double(max(0, totalSteps))).rounded())
    return CosineDecay(from: from, to: from / finalDivFactor, steps: max(0, totalSteps) - flat)
      .delayed(by: flat)
  }

  /// Fine-tuning a pretrained network: first its new head alone, then all of it.
  ///
  /// For `headSteps` updates the last group has one cycle that rises nearly to its end, and the others
  /// rest. Then each has one cycle, from a fifth of its peak: the last group's peak is half of `rate`,
  /// the first group's a hundredth of that, and those between them lie in a geometric row.
  ///
  /// - Parameter groups: the parameter groups, from the first layers to the head; at least 1.
  /// - Returns: a schedule for each group.
  /// - Source: fastai's `Learner.fine_tune`, with its defaults.
  public static func fineTuning(
    rate: Double = 2e-3, headSteps: Int, totalSteps: Int, groups: Int, layerFactor: Double = 100
  ) -> [AnySchedule] {
    let head = OneCycle.fastai(lrMax: rate, totalSteps: headSteps, pctStart: 0.99)
    let rest = max(1, totalSteps - max(0, headSteps))
    let all = OneCycle.fastai(lrMax: rate / 2, totalSteps: rest, pctStart: 0.3, div: 5)
    let spread = all.spread(over: max(1, groups), firstFactor: 1 / layerFactor)
    return spread.enumerated().map { group, schedule in
      group == spread.count - 1
        ? head.followed(by: schedule, after: headSteps)
        : Constant(0).followed(by: schedule, after: headSteps)
    }
  }

  /// Snapshot ensembles: repeated cosine cycles of one length, with a model to keep at the end of each.
  ///
  /// - Source: Huang et al., *Snapshot Ensembles* (2017), equation 2, whose update 1 is update 0 here.
  public static func snapshotCycles(
    from: Double, totalSteps: Int, cycles: Int
  ) -> AnySchedule {
    let cycles = max(1, cycles)
    let length = max(1, (max(1, totalSteps) + cycles - 1) / cycles)
    return AnySchedule(CosineRestarts(to: from, firstCycle: length))
  }

  /// A fall to a constant rate, at which weights are then averaged.
  ///
  /// - Source: Izmailov et al., *Averaging Weights Leads to Wider Optima* (2018), appendix A.1, as in
  ///   its authors' `swa` code: constant to the half, linear to nine tenths, constant at the end.
  public static func averagingPhase(
    from: Double, to: Double, beginsAt start: Int
  ) -> AnySchedule {
    let start = max(0, start)
    return LinearRamp(from: from, to: to, steps: start * 9 / 10 - start / 2)
      .delayed(by: start / 2)
  }

  /// Short triangles, falling first, whose troughs are collected as an ensemble.
  ///
  /// - Source: Garipov et al., *Loss Surfaces, Mode Connectivity, and Fast Ensembling* (2018),
  ///   section 6: from the upper bound to the lower one in half a cycle, and back.
  public static func fastGeometricEnsembling(
    from upper: Double, to lower: Double, cycle: Int
  ) -> AnySchedule {
    AnySchedule(
      Triangular(from: upper, to: lower, stepSize: cycle / 2, stepSizeDown: cycle - cycle / 2))
  }
}
