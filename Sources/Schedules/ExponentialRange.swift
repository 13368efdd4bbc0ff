import Foundation

/// `Triangular` whose height shrinks a little with every update.
///
///     rate(t) = from + (to - from) * height(t) * gamma^t
///
/// - Source: PyTorch's `CyclicLR(mode="exp_range")`. Smith (2017) words it otherwise: there both
///   bounds shrink.
public struct ExponentialRange: CyclicSchedule {
  /// The bound at which a cycle begins and ends.
  public let from: Double
  /// The bound in the middle of a cycle, before it shrinks.
  public let to: Double
  /// Updates from `from` to the middle.
  public let stepSize: Int
  /// Updates from the middle back to `from`.
  public let stepSizeDown: Int
  /// What the height is multiplied by, an update; from 0 to 1.
  public let gamma: Double

  /// Creates the schedule; the way back is as long as the way there unless it is said.
  public init(from: Double, to: Double, stepSize: Int, stepSizeDown: Int? = nil, gamma: Double) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.stepSize = max(0, stepSize)
    self.stepSizeDown = max(0, stepSizeDown ?? stepSize)
    self.gamma = min(1, nonNegative(gamma))
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let sawtooth = Sawtooth(up: stepSize, down: stepSizeDown)
    return from + (to - from) * sawtooth.height(at: step) * pow(gamma, Double(max(0, step)))
  }

  /// It never ends.
  public var length: Int? { nil }
  /// The bound between cycles.
  public var trough: Double { from }
  /// The bound amid a cycle, before it shrinks.
  public var peak: Double { to }
  /// Updates from trough to peak.
  public var stepsUp: Int { stepSize }
  /// Updates in a cycle.
  public var stepsPerCycle: Int { Sawtooth(up: stepSize, down: stepSizeDown).period }
}
