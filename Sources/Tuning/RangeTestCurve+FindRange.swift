import Foundation

extension RangeTestCurve {
  /// Returns the range in which the model trains, or why the curve does not say.
  ///
  /// The loss first lies on a plateau, falls, reaches its lowest, and rises. The upper bound is the
  /// highest rate at which it is still at its lowest, to within `floorShare` of the fall; where the
  /// optimizer is known at most twice a single cycle's peak, since a model may tolerate for a few updates
  /// rates that ruin a run. The lower bound is the rate at which the fall has begun, within a twentieth to a
  /// quarter of the upper one, but never above a single cycle's peak.
  ///
  /// The peak of a single cycle is measured from the valley's left side, since repeats agree on that; the
  /// right side is where updates begin to disrupt the model, and differs between repeats. It
  /// may lie above where the loss leaves its floor, since a run comes to its peak more slowly than the
  /// test does, but not where four fifths of the fall are lost again. On a curve that a user measured, of which
  /// the updates are not known, it is the valley's middle on the logarithm.
  ///
  /// A test of a few dozen updates may be too short for a model that is slow to start: its loss
  /// hardly falls, and then the valley's position is random. So the more the fall is like the
  /// difference between one batch and another, and the smaller a part it is of the loss that can be gained,
  /// the less the curve counts, and the more the default.
  ///
  /// - Parameter defaultPeak: the default peak of a single cycle with this optimizer; without it a
  ///   curve that does not fall gives no range.
  public func findRange(defaultPeak: DefaultPeak? = nil) -> RangeTestResult {
    let verdict = found(defaultPeak: defaultPeak)
    guard case .found(var range) = verdict else { return verdict }
    guard range.isUsable else { return .none(.beyondNumbers) }
    range.momentum = momentum
    let diverges = Valley(self, Array(finite)).edge
    let edge = diverges ?? finite.last?.learningRate
    range.edge = edge.flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    range.fallback = defaultPeak.map { $0.fallback(below: diverges) }
    return .found(range)
  }

  private func found(defaultPeak: DefaultPeak?) -> RangeTestResult {
    let finite = Array(self.finite)
    guard finite.count >= Self.minimumPoints else { return .none(.tooFewPoints(finite.count)) }
    let valley = Valley(self, finite)
    guard valley.drop.isFinite, valley.noise.isFinite else { return .none(.beyondNumbers) }
    let isWhole = valley.rises || finite.count < points.count
    let weight = defaultPeak == nil ? 1 : weight(of: valley)
    guard valley.isDeep, isWhole else {
      // A curve that hardly counts is no reason to refuse either.
      if let defaultPeak, !valley.isDeep || weight < 0.5, let edge = valley.edge,
        edge / 10 > points[0].learningRate
      {
        return .found(Self.range(around: defaultPeak.rate(below: edge), curveWeight: 0))
      }
      return .none(
        valley.isDeep
          ? .stillFalling(highest: finite[valley.lowest].learningRate) : valley.whyNoFall)
    }
    let upper = valley.rateLeavingFloor(at: Self.floorShare)
    let peak = peak(of: valley, upper: upper) * (defaultPeak?.curveShare ?? 1)
    guard let defaultPeak else {
      return .found(range(of: valley, upper: upper, peak: peak, weight: 1))
    }
    let blended = exp(weight * log(peak) + (1 - weight) * log(defaultPeak.rate(below: valley.edge)))
    let ceiling = Swift.min(upper, Self.ceilingRatio * blended)
    return .found(
      weight < 0.5
        ? Self.range(around: blended, curveWeight: weight)
        : range(of: valley, upper: ceiling, peak: blended, weight: weight))
  }

  func peak(of valley: Valley, upper: Double) -> Double {
    guard let reach else {
      return (valley.rateReachingFloor(at: Self.middleShare) * upper).squareRoot()
    }
    return Swift.min(
      reach * valley.rateReachingFloor(at: Self.reachShare),
      0.6 * valley.rateLeavingFloor(at: Self.lostShare))
  }

  /// How far above the left side of the valley the peak is; nil if the updates are not known.
  ///
  /// The progress up to a rate follows the sum of the rates so far: a slower sweep comes down at
  /// a lower rate. And what a long run bears is bounded by how much one batch's gradient differs from
  /// another's, which a test of few updates does not show: the bound rises with the root of the batch,
  /// as it does for Adam (Malladi et al. 2022) and did for SGD (Krizhevsky 2014). The factor is that of
  /// `Benchmarks/advice`, at 20 updates a decade of 128 images.
  private var reach: Double? {
    updatesPerDecade.map { updates in
      4 * pow(updates / 20, 0.75) * (Double(updateSize ?? 128) / 128).squareRoot()
    }
  }

  /// How much the curve counts beside the default, from 0 to 1.
  ///
  /// A half where the fall is three times what batches differ by, or three hundredths of a constant
  /// prediction's loss; nine tenths from nine times on.
  func weight(of valley: Valley) -> Double {
    guard valley.drop > 0 else { return 0 }
    let chance = Self.evenRatio * (batchSpread ?? valley.noise) / valley.drop
    let start = Self.evenPart * (baselineLoss ?? 0) / valley.drop
    return 1 / (1 + chance * chance + start * start)
  }

  private func range(
    of valley: Valley, upper: Double, peak: Double, weight: Double
  ) -> LearningRateRange {
    let start = valley.rateComingDown(by: Self.startShare)
    let base = Swift.min(Swift.max(start, upper / 20), upper / 4)
    return LearningRateRange(
      base: base < peak ? base : peak / 4, max: Swift.max(upper, peak),
      oneCycleMax: peak, curveWeight: weight)
  }

  private static func range(around peak: Double, curveWeight: Double) -> LearningRateRange {
    LearningRateRange(base: peak / 10, max: peak, curveWeight: curveWeight)
  }

  /// How many times a single cycle's peak the upper bound is at most.
  ///
  /// In 19 of the 20 cases of `Benchmarks/advice` a cycle to twice the peak loses no more than 2.5 points
  /// against the best one; to three times it, 30 and more in two.
  private static var ceilingRatio: Double { 2 }
  /// Fewer finite losses than this are not evaluated.
  static var minimumPoints: Int { 12 }
  /// The share of the fall by which the loss may have risen again at the upper bound.
  static var floorShare: Double { 0.05 }
  /// The share of the fall of which a peak must stay clear.
  private static var lostShare: Double { 0.8 }
  /// The share of the fall that is still to be made where the valley begins.
  static var middleShare: Double { 0.2 }
  /// The same at the place from which the peak is measured: the steep part, where repeats agree best.
  private static var reachShare: Double { 0.3 }
  /// The fall, in spreads between batches, at which the curve counts as much as the default.
  static var evenRatio: Double { 3 }
  /// The same as a part of a constant predictor's loss.
  static var evenPart: Double { 0.03 }
  /// The share of the fall that has been made at the lower bound.
  static var startShare: Double { 0.1 }
}

/// The default peak of a single cycle with an optimizer, for curves that show little.
public struct DefaultPeak: Sendable, Hashable {
  /// The default peak of the learning rate.
  public var rate: Double
  /// How many times the peak the rate is, at least, at which a test's loss diverges.
  ///
  /// A model tolerates for a test's few updates what it does not tolerate for a run's hundreds.
  public var edgeRatio: Double
  /// The share of the curve's own peak that a run should take.
  ///
  /// The rule for the curve is that of classifiers. A segmenter's loss falls as fast in a test at rates
  /// that give worse outlines in a run.
  public var curveShare: Double

  /// Creates a default peak.
  public init(_ rate: Double, edgeRatio: Double, curveShare: Double = 1) {
    self.rate = rate
    self.edgeRatio = edgeRatio
    self.curveShare = curveShare
  }

  /// The peak in a model whose loss diverges at this rate, if it does.
  func rate(below edge: Double?) -> Double { min(rate, edge.map { $0 / edgeRatio } ?? rate) }

  /// Which of both that is: the default, or the share of the edge.
  func fallback(below edge: Double?) -> RangeFallback {
    rate(below: edge) < rate ? .edge(ratio: edgeRatio) : .optimizerDefault
  }
}
