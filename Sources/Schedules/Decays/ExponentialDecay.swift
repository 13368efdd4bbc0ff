/// A number that is multiplied by a factor at every update.
///
///     rate(t) = initial * gamma^t
///
///     ExponentialDecay(initial: 0.1, gamma: 0.999).value(at: 1_000)   // 0.0368
///
/// - Source: PyTorch's `ExponentialLR`; Smith (2017), whose control policy it is.
public struct ExponentialDecay: Schedule {
  /// `exponential`.
  public static let name = "exponential"

  /// The value at the first update.
  public let initial: Double
  /// What it is multiplied by, an update; from 0 to 1.
  public let gamma: Double

  /// Creates the schedule.
  public init(initial: Double, gamma: Double) {
    self.initial = nonNegative(initial)
    self.gamma = min(1, nonNegative(gamma))
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> ExponentialDecay { ExponentialDecay(initial: initial, gamma: gamma) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double { initial * power(gamma, max(0, step)) }

  /// It never ends.
  public var length: Int? { gamma == 1 ? 0 : nil }
}
