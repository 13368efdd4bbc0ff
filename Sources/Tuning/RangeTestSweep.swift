import Foundation

/// The learning rates of a range test, update by update.
///
///     let sweep = RangeTestSweep(lowest: 1e-4, highest: 10, steps: 101)
///     sweep.learningRate(at: 0)     // 0.0001
///     sweep.learningRate(at: 100)   // 10.0
///
/// - Source: Smith (2017), section 3.3, raises the rate in a straight line; the exponential form is
///   Gugger's (2018), and spreads the points evenly over orders of magnitude.
public struct RangeTestSweep: Sendable, Hashable, Codable {
  /// How the rate rises.
  public enum Shape: String, Sendable, Hashable, Codable, CaseIterable {
    /// By the same factor at each update.
    case exponential
    /// By the same amount at each update.
    case linear
  }

  /// The first rate.
  public var lowest: Double
  /// The last rate.
  public var highest: Double
  /// The number of rates, at least 2.
  public var steps: Int
  /// How the rate rises.
  public var shape: Shape

  /// Creates a sweep.
  public init(
    lowest: Double = 1e-4, highest: Double = 10, steps: Int = 100, shape: Shape = .exponential
  ) {
    self.lowest = lowest
    self.highest = highest
    self.steps = max(2, steps)
    self.shape = shape
  }

  /// The updates in which the rate rises tenfold; nil where it rises in a straight line.
  public var updatesPerDecade: Double? {
    shape == .exponential && lowest > 0 && highest > lowest
      ? Double(steps - 1) / decades : nil
  }

  /// The orders of magnitude between the first rate and the last.
  private var decades: Double {
    let ratio = highest / lowest
    return ratio.isFinite ? log10(ratio) : log10(highest) - log10(lowest)
  }

  /// Returns the rate of an update; beyond the ends, the nearest end's.
  public func learningRate(at step: Int) -> Double {
    let part = Double(min(max(0, step), steps - 1)) / Double(steps - 1)
    return switch shape {
    case .exponential where (highest / lowest).isFinite: lowest * pow(highest / lowest, part)
    case .exponential: exp((1 - part) * log(lowest) + part * log(highest))
    case .linear: lowest + (highest - lowest) * part
    }
  }
}
