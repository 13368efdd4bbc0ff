/// A number that stays as it is.
///
///     Constant(0.1).value(at: 1_000_000)   // 0.1
public struct Constant: Schedule {
  /// The number.
  public let value: Double

  /// Creates the schedule; a negative number, or one that is not finite, counts as 0.
  public init(_ value: Double) { self.value = nonNegative(value) }

  /// Returns the number.
  public func value(at step: Int) -> Double { value }

  /// It holds from the beginning.
  public var length: Int? { 0 }
}

/// Returns a finite number that is not negative: what a schedule may give.
func nonNegative(_ value: Double) -> Double { value.isFinite ? max(0, value) : 0 }
