import Foundation

/// The rules on the peaks: whether the bound is too high, or too low.
extension DiagnosedCurve {
  // MARK: Swings

  /// A cycle whose way up costs too much, and the rate at which the loss began to rise.
  ///
  /// Too much is, from the second cycle on, half of everything gained by its end; or a quarter, where the
  /// like phase of the cycle before stood lower by as much although its rates were no lower. The first
  /// cycle has gained nothing yet when it rises, so there it is all that it gains in the end: with
  /// batch norm a way up of ten times the rate that a range test suggests costs half of that and
  /// trains better, and of thirty times it costs fourteen times as much and trains worse (measured on
  /// drawn shapes).
  var swingTooWide: CurveFinding? {
    let found = levels.compactMap { number, levels in
      swing(number, levels).flatMap { swing in
        levels.rateBeforeRise(gained: swing.gained).map { (swing, $0) }
      }
    }
    guard let first = found.first, let bound = found.map(\.1).min() else { return nil }
    // Of several the widest is reported, and the lowest bound suggested.
    let widest = found.max { $0.0.high - $0.0.low < $1.0.high - $1.0.low } ?? first
    return CurveFinding(
      .swingsTooWide(widest.0), change: .lowerUpperBound(to: roundedRate(bound)))
  }

  private func swing(_ number: Int, _ levels: CycleLevels) -> Swing? {
    guard levels.risesBeyondChance, let rise = levels.rise, rise.height > 2 * levels.noise,
      hasImproved || rise.height > 12 * levels.binError
    else { return nil }
    // A first cycle is evaluated by what it gains in the end, so not before that.
    if number == 1, levels.cycle.end > curve.count { return nil }
    let gained = gained(through: number)
    let before = self.levels.first { $0.number == number - 1 }?.levels
    let like = before?.level(likePhase: rise.high, of: levels)
    let isWide = rise.height > (number == 1 ? 1 : 0.5) * gained
    var isWorse = false
    if let like, let before, levels.cycle.peakRate <= 1.05 * before.cycle.peakRate {
      isWorse = min(rise.height, rise.high.level - like) > max(0.25 * gained, 5 * levels.binError)
    }
    guard isWide || isWorse else { return nil }
    return Swing(
      cycle: number, low: rise.low.level, high: rise.high.level,
      update: rise.high.positions.upperBound, gained: gained, likePhase: like)
  }

  // MARK: No rise

  /// The upper bound leaves no trace in the loss, so that a higher one may train faster.
  ///
  /// With several cycles: the losses at the peaks are together not above those of the troughs before them, by
  /// more than a tenth of the fall from the first trough to the last; a rate near what the model bears costs more than
  /// that. A single cycle has no trough before its peak. There the loss must fall no slower in the half
  /// around the peak than before it, as it does where the rate is all that holds it back; and at least
  /// twice as much as after it, since near the bound most is gained when the rate comes down.
  ///
  /// In both cases the loss must nowhere rise on the way up, and still be falling at the end: of a run
  /// that no longer improves there is nothing to say. (Measured on drawn shapes: it fires at the
  /// rates that a range test found, and ten times those train better; at ten times those, and on
  /// Fashion-MNIST from a third of the best bound to three times it, it does not.)
  ///
  /// How much more the model bears the curve cannot say; the suggestion is a step of 3, as far as Smith
  /// has his bounds apart, but not above `bound`, and none if that leaves less than a fifth.
  func noRiseAtPeak(below bound: Double?) -> CurveFinding? {
    let whole = whole
    // A cycle that is too short to be evaluated leaves the others without their neighbor.
    guard let last = whole.last?.levels, whole.count == whole.last?.number, hasImproved else {
      return nil
    }
    let isConclusive = whole.allSatisfy {
      !$0.levels.mayRise && $0.levels.rising.count >= 4 && $0.levels.falling.count >= 4
        && $0.levels.noise > 0
    }
    guard isConclusive, let highest = whole.map(\.levels.cycle.peakRate).max() else { return nil }
    let higher = min(roundedRate(3 * highest), bound ?? .infinity)
    guard higher > 1.2 * highest else { return nil }
    let found = whole.count == 1 ? noRiseInOneCycle(last) : noRiseInCycles(whole.map(\.levels))
    return found.map { around, elsewhere in
      CurveFinding(
        .noRiseAtPeak(
          NoRiseAtPeak(
            cycles: whole.count, peak: highest, aroundPeak: around, elsewhere: elsewhere,
            update: last.cycle.end)),
        change: .raiseUpperBound(from: roundedRate(highest), to: higher))
    }
  }

  private func noRiseInCycles(_ cycles: [CycleLevels]) -> (around: Double, elsewhere: Double)? {
    let troughs = troughs.map(\.trainingLoss)
    guard troughs.count == cycles.count, let first = troughs.first, let end = troughs.last else {
      return nil
    }
    let rise = zip(troughs, cycles.dropFirst()).reduce(0.0) { sum, pair in
      let (trough, cycle) = pair
      let positions = window(around: cycle.cycle.peak, cycle)
      return sum + curve.level(positions) - trough
    }
    let fall = first - end
    let lastFall = troughs[troughs.count - 2] - end
    let error = cycles.map(\.levelError).max() ?? 0
    guard fall > 3 * error, lastFall > 0.05 * gained, rise < 0.1 * fall else { return nil }
    return (rise, fall)
  }

  private func noRiseInOneCycle(_ levels: CycleLevels) -> (around: Double, elsewhere: Double)? {
    let cycle = levels.cycle
    let middle = (cycle.baseRate + cycle.peakRate) / 2
    let positions = cycle.start..<cycle.end
    guard let up = positions.first(where: { curve.updates[$0].learningRate >= middle }),
      let down = positions.last(where: { curve.updates[$0].learningRate >= middle }),
      let trough = troughs.last?.trainingLoss
    else { return nil }
    let left = curve.level(window(around: up, levels))
    let right = curve.level(window(around: down, levels))
    let (around, after) = (left - right, right - trough)
    let before = curve.level(window(around: cycle.start, levels)) - left
    let isSlower =
      around * Double(up - cycle.start) < before * Double(down - up)
      || up - cycle.start < levels.window
    let error = levels.levelError
    guard around > 5 * error, after + error < 0.5 * around, after > 0.1 * around, !isSlower else {
      return nil
    }
    return (around, after)
  }

  private func window(around position: Int, _ levels: CycleLevels) -> Range<Int> {
    let (cycle, half) = (levels.cycle, levels.window / 2)
    let from = max(cycle.start, min(position - half, cycle.end - levels.window))
    return from..<min(cycle.end, from + levels.window)
  }
}
