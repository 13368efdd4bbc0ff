import Foundation

extension RangeTestCurve {
  /// Returns the range in which the model learns, or why the curve does not say.
  ///
  /// The loss first lies on a plateau, falls, reaches its lowest, and rises. The upper bound is the
  /// highest rate at which it is still at its lowest, to within `floorShare` of the fall: beyond it
  /// each update loses more than it gains, even in a model that has only begun to learn. The lower
  /// bound is the rate at which the fall has begun, within a twentieth to a quarter of the upper one.
  /// The peak of a single cycle is the valley's middle, on the logarithm, between where the loss has
  /// come down to within `valleyShare` of the fall and the upper bound. The valley's right side is where
  /// updates begin to throw the model about, and lies elsewhere in each repeat; so on a curve of which
  /// the updates are known, the peak is measured from the left side alone, and only kept below the right.
  ///
  /// A test of a few dozen updates may be too short for a model that is slow to start: its loss
  /// hardly falls, and then the valley lies wherever chance puts it. So the more the fall is like the
  /// difference between one batch and another, the less the curve counts, and the more what is usual.
  ///
  /// - Parameter usualPeak: what a single cycle's peak usually is with this optimizer; without it a
  ///   curve that does not fall gives no answer.
  public func judged(usualPeak: Double? = nil) -> RangeVerdict {
    let finite = Array(self.finite)
    guard finite.count >= Self.fewestPoints else { return .none(.tooFewPoints(finite.count)) }
    let valley = Valley(self, finite)
    let isWhole = valley.rises || finite.count < points.count
    let weight = usualPeak == nil ? 1 : weight(of: valley)
    guard valley.isDeep, isWhole else {
      // A curve that hardly counts is no reason to refuse either.
      if let usualPeak, !valley.isDeep || weight < 0.5,
        let found = range(usual: usualPeak, counting: 0, of: valley)
      {
        return found
      }
      return .none(
        valley.isDeep
          ? .stillFalling(highest: finite[valley.lowest].learningRate) : valley.whyNoFall)
    }
    let upper = valley.rateLeavingFloor(at: Self.floorShare)
    let reached = valley.rateReachingFloor(at: Self.valleyShare)
    let middle = (reached * upper).squareRoot()
    let start = valley.rateComingDown(by: Self.startShare)
    let base = Swift.min(Swift.max(start, upper / 20), upper / 4)
    guard let usualPeak else {
      return .found(LearningRateRange(base: base, max: upper, oneCycleMax: middle))
    }
    let learned = updatesPerDecade.map { Swift.min(reached * Self.reach($0), 0.85 * upper) }
    let blended = exp(weight * log(learned ?? middle) + (1 - weight) * log(usualPeak))
    guard weight >= 0.5 else {
      return range(usual: blended, counting: weight, of: valley) ?? .none(valley.whyNoFall)
    }
    return .found(
      LearningRateRange(
        base: base, max: upper, oneCycleMax: Swift.min(blended, upper), curveWeight: weight))
  }

  /// How far above the left side of the valley the peak is.
  ///
  /// What has been learned up to a rate goes by the sum of the rates so far: a slower sweep comes down at
  /// a lower rate. The factor is that of `Benchmarks/advice`, at 20 updates a decade.
  private static func reach(_ updatesPerDecade: Double) -> Double {
    2.2 * pow(updatesPerDecade / 20, 0.75)
  }

  /// How much the curve counts beside what is usual, from 0 to 1.
  ///
  /// A half where the fall is three times what batches differ by; nine tenths from nine times on.
  private func weight(of valley: Valley) -> Double {
    guard valley.drop > 0 else { return 0 }
    let doubt = Self.evenRatio * (batchSpread ?? valley.noise) / valley.drop
    return 1 / (1 + doubt * doubt)
  }

  /// A range about a peak that the curve does not deny: a tenth of where the loss breaks away, at most.
  private func range(
    usual peak: Double, counting weight: Double, of valley: Valley
  ) -> RangeVerdict? {
    guard let edge = valley.edge, edge / 10 > points[0].learningRate else { return nil }
    let peak = Swift.min(peak, edge / 10)
    return .found(LearningRateRange(base: peak / 10, max: peak, curveWeight: weight))
  }

  /// Fewer finite losses than this are not judged.
  private static var fewestPoints: Int { 12 }
  /// The share of the fall by which the loss may have risen again at the upper bound.
  static var floorShare: Double { 0.05 }
  /// The share of the fall that is still to be made where the valley begins.
  static var valleyShare: Double { 0.2 }
  /// The fall, in spreads between batches, at which the curve counts as much as what is usual.
  static var evenRatio: Double { 3 }
  /// The share of the fall that has been made at the lower bound.
  static var startShare: Double { 0.1 }
}
