import Foundation

/// The prior of the best peak: a normal distribution of the step's logarithm.
///
/// The step is SGD's rate divided by 1 minus the momentum, and Adam's rate: an SGD rate means little without
/// its momentum.
///
///     let prior = PeakPrior(for: PeakSituation(batchSize: 128, images: 50_000, updates: 3_000))
///     prior.belief.step       // 3: a rate of 0.45 at momentum 0.85
public struct PeakPrior: Sendable, Hashable, Codable {
  /// The distribution.
  public let belief: PeakEstimate
  /// The standard deviation about a clear range test's step, in octaves.
  public let testDeviation: Double
  /// The highest step is the range test's edge divided by this.
  public let edgeRatio: Double
  /// The power of a run's length with which the best step falls.
  public let horizonPower: Double
  /// The numbers from which it follows, in words.
  public let basis: String
  /// The source of the numbers, which were rounded and joined with what else is known.
  public let source: String

  /// Finds what is known of such runs.
  public init(for situation: PeakSituation) {
    let row = situation.task.row(for: situation)
    var step =
      row.step * pow(Double(situation.batchSize) / row.batchSize, row.batchPower)
      * exp2(situation.dataLimitedOctaves(after: situation.epochs))
    if row.fallsWithClasses {
      step *=
        5 / Double(4 + situation.classes) * min(1, Double(situation.images) / 500).squareRoot()
    }
    belief = PeakEstimate(center: log2(step), deviation: row.deviation)
    testDeviation = row.testDeviation
    edgeRatio = row.edgeRatio
    horizonPower = PeakTable.horizonPower(of: situation)
    basis = row.basis
    source = row.source
  }
}

/// A distribution of the best peak: normal in the logarithm of its step to base 2.
public struct PeakEstimate: Sendable, Hashable, Codable {
  /// The mean of log2 of the step.
  public var center: Double
  /// The standard deviation, in octaves.
  public var deviation: Double

  /// Creates a belief.
  public init(center: Double, deviation: Double) {
    self.center = center
    self.deviation = deviation
  }

  /// The step at the center.
  public var step: Double { exp2(center) }

  /// The steps between which four fifths of it lie.
  public var interval: ClosedRange<Double> {
    let reach = deviation.isFinite ? Self.reach * abs(deviation) : 0
    let middle = center.isFinite ? center : 0
    return exp2(middle - reach)...exp2(middle + reach)
  }

  /// The normal distribution's tenth and ninetieth percentile, in standard deviations.
  static let reach = 1.2815515655446004
}
