// Schedules that are known by a name and made of others.

extension Schedule where Self == AnySchedule {
  /// A constant rate, and a fall along half a cosine over the last part.
  ///
  /// - Parameter flatPart: the part of the run before the fall, from 0 to 1.
  /// - Source: fastai's `fit_flat_cos`, with its defaults.
  public static func flatThenCosine(
    from: Double, totalSteps: Int, flatPart: Double = 0.75, finalDivFactor: Double = 1e5
  ) -> AnySchedule {
    let flat = Int((min(1, nonNegative(flatPart)) * Double(max(0, totalSteps))).rounded())
    return CosineDecay(from: from, to: from / finalDivFactor, steps: max(0, totalSteps) - flat)
      .delayed(by: flat)
  }

  /// The same cosine fall again and again, with a model to keep at the end of each.
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
