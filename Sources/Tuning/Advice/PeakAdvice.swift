import Foundation

/// The advised peak of a run, its interval, and what it follows from.
///
/// The prior and the range test are joined first: the clearer the test, the less the prior counts. With
/// rehearsals the peak is the posterior mean, given their losses. The peak is never raised above
/// what the range test's edge allows, nor into the neighborhood of a rehearsal that was lost.
///
///     let situation = PeakSituation(batchSize: 128, images: 10_000, updates: 2_400)
///     let reading = RangeTestReading(rate: 0.7, edge: 8, weight: 0.9)     // as steps
///     PeakAdvice(for: situation, reading: reading).step
public struct PeakAdvice: Sendable, Hashable, Codable {
  /// What bounds a peak from above.
  public enum Limit: Sendable, Hashable, Codable {
    /// The edge of the range test, at this step.
    case edge(Double)
    /// The lowest rehearsal that was lost, at this step.
    case lostRehearsal(Double)
    /// Rehearsals move a peak by so many octaves at most.
    case reach(octaves: Double)
  }

  /// What the run is like.
  public let situation: PeakSituation
  /// The prior, before anything was measured.
  public let prior: PeakPrior
  /// The range test's own result, as steps; nil where no test was made.
  public let reading: RangeTestReading?
  /// The prior and the range test, joined.
  public let before: PeakEstimate
  /// The rehearsals, in the order in which they were made.
  public let rehearsals: [Rehearsal]
  /// The updates of a rehearsal that came to its end; nil where there is none.
  public let length: Int?
  /// The prior, the range test and the rehearsals, joined, for the whole run.
  public let after: PeakEstimate
  /// What keeps the peak lower than it would be.
  public let limit: Limit?
  /// Whether the prior is above what the range test's edge allows, which takes its place.
  public let isPriorCapped: Bool
  /// The step at the run's peak.
  public let step: Double
  /// The steps between which the best one lies with a probability of 80 %.
  public let interval: ClosedRange<Double>

  /// Joins what is known of a run with what was measured.
  ///
  /// - Parameters:
  ///   - reading: what the range test says, as steps; nil where none was made.
  ///   - rehearsals: short cycles of this run; none where none were made.
  ///   - length: the updates of a rehearsal that came to its end.
  public init(
    for situation: PeakSituation, reading: RangeTestReading?, rehearsals: [Rehearsal] = [],
    length: Int? = nil
  ) {
    self.situation = situation
    self.reading = reading
    self.rehearsals = rehearsals
    self.length = length
    let prior = PeakPrior(for: situation)
    self.prior = prior
    let cap = Self.cap(for: situation, reading, prior)
    isPriorCapped = cap.map { log2($0) < prior.belief.center } ?? false
    before = Self.joined(prior, reading, situation, below: cap)
    let octaves = Self.octavesLonger(situation, length)
    after = Self.joined(
      before, rehearsals, shift: Self.shift(situation, prior, octavesLonger: octaves),
      octavesLonger: octaves)
    var (center, limit) = (after.center, Limit?.none)
    // An edge bounds what is dared, and not where the best peak lies.
    let bound = rehearsals.lowestLost ?? .infinity
    let reach = PeakTable.maximumMoved.value
    if abs(center - before.center) > reach {
      center = before.center + (center < before.center ? -reach : reach)
      limit = .reach(octaves: reach)
    }
    if let lost = rehearsals.lowestLost, center > log2(lost) - PeakTable.lostDistance.value {
      center = log2(lost) - PeakTable.lostDistance.value
      limit = .lostRehearsal(lost)
    }
    if let cap, let edge = reading?.edge, center > log2(cap) {
      center = log2(cap)
      limit = .edge(edge)
    }
    // Of numbers that nothing measured, as in a file that was changed.
    if !center.isFinite { center = prior.belief.center }
    step = exp2(center)
    self.limit = limit
    let (low, high) = (after.interval.lowerBound, min(bound, after.interval.upperBound))
    interval = min(low.isNaN ? step : low, step)...max(step, high.isNaN ? step : high)
  }

  /// How much the range test's own peak counts before rehearsals, from 0 to 1; the prior, or what the edge allows of
  /// it, has the rest.
  public var testShare: Double {
    reading?.rate == nil ? 0 : PeakTable.testShare.value * max(0, reading?.weight ?? 0)
  }

  /// Whether the peak is above the share of the range test's edge that bounds other runs.
  public var isAboveEdge: Bool {
    guard let edge = reading?.edge, !situation.isBoundedByEdge else { return false }
    return step > edge / prior.edgeRatio
  }

  /// By what a short cycle's best step is multiplied for the whole run.
  public var factorOfShortCycle: Double {
    exp2(-Self.shift(situation, prior, octavesLonger: Self.octavesLonger(situation, length)))
  }

  /// How many times a run is twice as long as its rehearsals.
  private static func octavesLonger(_ situation: PeakSituation, _ length: Int?) -> Double {
    max(0, log2(Double(situation.updates) / Double(max(1, length ?? situation.updates))))
  }

  /// By how many octaves the best step of a short cycle is higher than the run's: less for its length, and
  /// lower for the epochs that it does not see.
  private static func shift(
    _ situation: PeakSituation, _ prior: PeakPrior, octavesLonger: Double
  ) -> Double {
    let limited =
      situation.dataLimitedOctaves(after: situation.epochs)
      - situation.dataLimitedOctaves(after: situation.epochs / exp2(octavesLonger))
    return prior.horizonPower * octavesLonger - limited
  }

  /// The highest step that the range test allows: a share of its edge, but never below the curve's own peak, nor,
  /// where the edge does not bound it, below the prior's; of trained weights, which a high rate ruins for good, the
  /// share alone.
  static func cap(
    for situation: PeakSituation, _ reading: RangeTestReading?, _ prior: PeakPrior
  ) -> Double? {
    guard let reading, let edge = reading.edge else { return nil }
    let share = edge / prior.edgeRatio
    if situation.isPretrained { return share }
    return max(share, reading.rate ?? 0, situation.isBoundedByEdge ? 0 : prior.belief.step)
  }

  /// The prior and a range test: a mean of both, by the weight of the test.
  private static func joined(
    _ prior: PeakPrior, _ reading: RangeTestReading?, _ situation: PeakSituation,
    below cap: Double?
  ) -> PeakEstimate {
    var belief = prior.belief
    // The default is too much for a model that diverges below it.
    if let cap { belief.center = min(belief.center, log2(cap)) }
    if let reading, let rate = reading.rate, reading.weight > 0 {
      let share = PeakTable.testShare.value * reading.weight
      let own = log2(rate) + situation.dataLimitedOctaves(after: situation.epochs)
      belief.center = share * own + (1 - share) * belief.center
      if reading.weight >= PeakTable.clearWeight.value {
        belief.deviation = min(belief.deviation, prior.testDeviation)
      }
    }
    if situation.isDataLimited {
      belief.deviation = max(belief.deviation, PeakTable.dataLimitedDeviation.value)
    }
    return belief
  }

  /// A belief on the whole run's peak and the losses of shorter cycles, whose best peak is `shift` octaves
  /// higher.
  private static func joined(
    _ before: PeakEstimate, _ rehearsals: [Rehearsal], shift: Double, octavesLonger: Double
  ) -> PeakEstimate {
    let seen = rehearsals.variances()
    guard seen.count > 1, let best = rehearsals.best else { return before }
    let scale = abs(best.loss) > 1e-12 ? abs(best.loss) : 1
    let short = PeakPosterior(
      PeakEstimate(center: before.center + shift, deviation: before.deviation),
      seen.map {
        .init(position: log2($0.rehearsal.step), loss: $0.rehearsal.loss, variance: $0.variance)
      },
      curvature: PeakTable.curvature.value * scale,
      curvatureDeviation: PeakTable.curvatureDeviation.value)
    let unsure = PeakTable.horizonDeviation.value * octavesLonger
    let variance = short.belief.deviation * short.belief.deviation + unsure * unsure
    return PeakEstimate(center: short.belief.center - shift, deviation: variance.squareRoot())
  }
}
