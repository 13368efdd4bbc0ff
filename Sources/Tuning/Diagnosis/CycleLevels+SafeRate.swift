/// The rate up to which a model trained, where it did not bear the higher ones.
extension CycleLevels {
  /// The highest rate on the way up at which the loss had not yet left its lowest level, if it rises.
  ///
  /// It has left it by a tenth of the rise, or of what had been gained where it rises by more than that:
  /// a loss that grows to any height says nothing by its height. It has also not left it within what
  /// chance does to a bin, where batches differ least. Once it is as far as a quarter of the rise it
  /// has left for good: a model that was lost at a low rate and came to rest may be lost again at a
  /// higher one, but the first is what matters. As a rate that is safe must be below the one that was
  /// not, it is at most four fifths of the highest that was passed.
  func rateBeforeRise(gained: Double) -> Double? {
    guard risesBeyondChance, let rise, var low = rising.first else { return nil }
    let height = min(rise.height, max(0, gained))
    let left = max(0.1 * height, 3.5 * binError(calmNoise))
    let isGone = max(0.25 * height, 2 * left)
    var safe = low
    for bin in rising {
      if bin.level < low.level { low = bin }
      if bin.level > low.level + isGone { break }
      if bin.level <= low.level + left { safe = bin }
    }
    let highest = (rising + falling).map(\.rate).max() ?? safe.rate
    return min(safe.rate, 0.8 * highest)
  }
}

extension CurveFinding {
  /// A divergence with the upper bound that the curve up to it suggests.
  ///
  /// The bound is the highest rate, on the way up of the cycle in which it happened, before the loss
  /// rose. Where it became NaN it ran away within a few updates, mostly; then single losses count,
  /// and the bound is at most a third of the cycle's highest rate so far and at least a tenth: on the way down, the
  /// rates before did it. Smith's bounds are 3 to 4
  /// apart, and where there was no warning a third is all that can be said. A model that answered
  /// every image alike had no level to leave: then no rate on the way up is known to be safe, and the
  /// bound is a tenth of the highest.
  public init(_ divergence: Divergence, in curve: LossCurve, _ cycles: [RunCycle]) {
    var before = curve
    before.cut(to: min(curve.firstNonFinite ?? curve.count, divergence.update))
    let cycle = cycles.last { $0.start < divergence.onset } ?? cycles.first
    let levels = cycle.flatMap { CycleLevels(of: before, $0) }
    let risen = levels?.rateBeforeRise(gained: divergence.gained)
    let rate = divergence.learningRate
    let highest =
      before.updates.suffix(from: min(cycle?.start ?? 0, before.count)).map(\.learningRate).max()
      ?? rate
    let bound: Double
    if divergence.sign == .rise, divergence.isAtBaseline {
      bound = min(risen ?? highest, highest / 10)
    } else if divergence.sign == .rise {
      bound = risen ?? rate / 3
    } else {
      let runaway = cycle.flatMap { before.rateBeforeRunaway(since: $0.start) }
      let found = [risen, runaway].compactMap { $0 }.min()
      let most = max(rate, highest)
      bound = max(most / 10, min(most / 3, found ?? most))
    }
    self.init(.diverged(divergence), change: .lowerUpperBound(to: roundedRate(bound)))
  }
}

extension LossCurve {
  /// The rate of the last update, since this many, after which the loss was still among the others, if
  /// those at the end of the curve run away from it.
  ///
  /// Away is 6 deviations of the batches' noise above the middle. The loss of an update shows what the
  /// one before it did.
  fileprivate func rateBeforeRunaway(since start: Int) -> Double? {
    let losses = updates[min(start, count)...].map(\.loss)
    guard losses.count >= 5 else { return nil }
    let bound = median(of: losses[...]) + 6 * jumpNoise(losses[...])
    guard let last = losses.lastIndex(where: { $0 <= bound }), last < losses.count - 1 else {
      return nil
    }
    return updates[start + max(0, last - 1)].learningRate
  }
}
