import Foundation

/// `Triangular` with half the height in each further cycle.
///
///     let rate = Triangular2(from: 0.001, to: 0.005, stepSize: 2000)
///     rate.value(at: 2_000)   // 0.005
///     rate.value(at: 6_000)   // 0.003
///
/// - Source: Smith (2017), section 3.2; equal to PyTorch's `CyclicLR(mode="triangular2")`.
public struct Triangular2: CyclicSchedule {
  /// The bound at which a cycle begins and ends.
  public let from: Double
  /// The bound in the middle of the first cycle.
  public let to: Double
  /// Updates from `from` to the middle.
  public let stepSize: Int
  /// Updates from the middle back to `from`.
  public let stepSizeDown: Int

  /// Creates the schedule; the way back is as long as the way there unless it is said.
  public init(from: Double, to: Double, stepSize: Int, stepSizeDown: Int? = nil) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.stepSize = max(0, stepSize)
    self.stepSizeDown = max(0, stepSizeDown ?? stepSize)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let sawtooth = Sawtooth(up: stepSize, down: stepSizeDown)
    // After some 1,074 halvings nothing is left of the height in a Double.
    let scale = scalbn(1, -min(sawtooth.cycle(at: step), 2_000))
    return from + (to - from) * sawtooth.height(at: step) * scale
  }

  /// It never ends.
  public var length: Int? { nil }
  /// The bound between cycles.
  public var trough: Double { from }
  /// The bound amid the first cycle.
  public var peak: Double { to }
  /// Updates from trough to peak.
  public var stepsUp: Int { stepSize }
  /// Updates in a cycle.
  public var stepsPerCycle: Int { Sawtooth(up: stepSize, down: stepSizeDown).period }
}
