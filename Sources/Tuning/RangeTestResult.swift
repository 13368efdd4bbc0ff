import Formatting
import Foundation

/// The range of learning rates in which a model trains.
public struct LearningRateRange: Sendable, Hashable, Codable {
  /// Where the loss begins to fall for good.
  public var base: Double
  /// The highest rate that is still safe to pass through, again and again.
  public var max: Double
  /// The peak for a single cycle, which passes it once and then comes down for good.
  public var oneCycleMax: Double

  /// How much the curve itself counts in the single cycle's peak, from 0 to 1; the rest is the default
  /// for the optimizer.
  public var curveWeight: Double
  /// SGD's momentum at which these rates were found; nil for Adam, and where it is not known.
  public var momentum: Double?

  /// What counts where the curve does not; nil where the curve says all, and in older runs.
  public var fallback: RangeFallback?

  /// The rate at which the loss diverges for good, or the highest that was tried; nil where none was, and
  /// in older runs.
  public var edge: Double?

  /// Creates a range; by default a single cycle goes as high as others, and the curve says all.
  public init(
    base: Double, max: Double, oneCycleMax: Double? = nil, curveWeight: Double = 1,
    momentum: Double? = nil, edge: Double? = nil, fallback: RangeFallback? = nil
  ) {
    self.base = base
    self.max = max
    self.oneCycleMax = oneCycleMax ?? max
    self.curveWeight = curveWeight
    self.momentum = momentum
    self.edge = edge
    self.fallback = fallback
  }
}

extension LearningRateRange {
  /// Whether all rates are finite and above 0.
  var isUsable: Bool {
    [base, max, oneCycleMax].allSatisfy { $0.isFinite && $0 > 0 } && curveWeight.isFinite
  }

  /// The step of a single cycle's peak; nil where the momentum is not known.
  public var step: Step? { momentum.map { Step(rate: oneCycleMax, momentum: $0) } }

  /// Returns the rates that make the same steps at another momentum; the same rates where the momentum at
  /// which they were found is not known.
  public func rates(at momentum: Double?) -> LearningRateRange {
    guard let found = self.momentum, let momentum else { return self }
    func rate(_ rate: Double) -> Double { Step(rate: rate, momentum: found).rate(at: momentum) }
    return LearningRateRange(
      base: rate(base), max: rate(max), oneCycleMax: rate(oneCycleMax), curveWeight: curveWeight,
      momentum: momentum, edge: edge.map(rate), fallback: fallback)
  }

  /// What to say where the curve counts less than what takes its place; nil where it counts more.
  public var caution: String? {
    guard curveWeight < 0.5 else { return nil }
    let decisive =
      switch fallback {
      case .edge(let ratio):
        "the rate at which the loss diverged, divided by \(String(format: "%.3g", ratio))"
      case .optimizerDefault, nil: "the default for the optimizer"
      }
    return
      "the loss hardly fell in the range test, so its peak is mostly \(decisive); test more updates "
      + "(--range-test-steps) to measure it"
  }
}

/// What a range test's peak is made of where its curve shows little.
public enum RangeFallback: Sendable, Hashable, Codable {
  /// The default peak for the optimizer.
  case optimizerDefault
  /// The rate at which the loss diverges, divided by this ratio: it is below the default.
  case edge(ratio: Double)
}

/// A range test's result.
public enum RangeTestResult: Sendable, Hashable, Codable {
  /// The range in which the model trains.
  case found(LearningRateRange)
  /// The curve does not say; and why.
  case none(NoRangeReason)
}

/// Why a curve has no range.
public enum NoRangeReason: Sendable, Hashable, Codable {
  /// There are too few finite losses to evaluate.
  case tooFewPoints(Int)
  /// The loss hardly changed at any rate.
  case flat(change: Double, noise: Double)
  /// The loss rose and never fell.
  case neverFell
  /// The loss was still falling at the highest rate tried.
  case stillFalling(highest: Double)
  /// The rates that the curve says are beyond what a number can hold.
  case beyondNumbers
  /// The loss fell by less than batches differ at random.
  case tooNoisy(drop: Double, noise: Double)
}

extension NoRangeReason: CustomStringConvertible {
  /// One sentence: what was seen, and what to try.
  public var description: String {
    func text(_ value: Double) -> String { String(format: "%.3g", value) }
    return switch self {
    case .tooFewPoints(0):
      "the loss was NaN or infinite from the first update on; begin at a lower rate"
    case .tooFewPoints(let count):
      "only \(quantity(count, "finite loss", plural: "finite losses")) \(count == 1 ? "was" : "were") measured; start at a lower rate or test more updates"
    case .flat(let change, let noise):
      "the loss changed by \(text(change)) only, and batches differ by \(text(noise)); "
        + "test more updates, or check that labels belong to their images"
    case .neverFell:
      "the loss never fell below where it began; start at a lower rate, test more updates, or end at a higher rate if all of "
        + "these are far below the usual ones"
    case .stillFalling(let highest):
      "the loss was still falling at the highest rate, \(text(highest)); test higher rates"
    case .beyondNumbers:
      "its rates or losses are so extreme that no finite range follows; measure other rates"
    case .tooNoisy(let drop, let noise):
      "the loss fell by \(text(drop)), but batches differ by \(text(noise)); "
        + "use larger batches or test more updates"
    }
  }
}
