/// A constant value.
///
///     Constant(0.1).value(at: 1_000_000)   // 0.1
public struct Constant: Schedule {
  /// The name in files: `constant`.
  public static let name = "constant"

  /// The value at every update.
  public let value: Double

  /// Creates the schedule; a negative number, or one that is not finite, counts as 0.
  public init(_ value: Double) { self.value = nonNegative(value) }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Constant { Constant(value) }

  /// Returns the value, which is the same at every update.
  public func value(at step: Int) -> Double { value }

  /// 0: the value holds from the first update on.
  public var length: Int? { 0 }
}

extension Constant {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "constant", elsewhere: ["ConstantLR", "constant_with_warmup", "warmup_constant_schedule"],
      "the upper bound throughout", .isOpenEnded
    ) { Constant($0.high) }
  ]

  /// The formula in Python.
  public func pythonFormula(_ t: String) -> String? { PythonFormula.number(value) }
}
