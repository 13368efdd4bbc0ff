/// A number that changes with the update: a learning rate, a momentum, a weight decay.
///
/// A schedule is a value. It knows nothing of optimizers and counts nothing itself: whoever trains
/// owns the count of applied updates and asks for the value at it. So a run that resumes needs the
/// count alone, and no call can be forgotten or made twice.
public protocol Schedule: Sendable, Hashable, Codable {
  /// The name under which the schedule is saved, such as `triangular2`.
  static var name: String { get }

  /// Returns the value for the update after `step` applied ones.
  ///
  /// Total: defined for every step from 0 to `Int.max` (a negative one counts as 0), finite, and
  /// never negative. After the schedule's end the last value holds.
  func value(at step: Int) -> Double

  /// The number of updates after which the value holds for ever, or nil if it never ends.
  var length: Int? { get }

  /// Returns the schedule as its initializer would make it of the same numbers.
  ///
  /// In Swift it is always so. One that is read from a file is compared with it, and refused where a
  /// number would have to be changed.
  func normalized() -> Self

  /// The numbers of updates, from 1 to `totalSteps`, after which a cycle has ended in its trough.
  func troughs(upTo totalSteps: Int) -> [Int]

  /// The names under which a run can ask for the schedule, planned from bounds and a budget.
  static var entries: [ScheduleEntry] { get }

  /// Returns the value as an expression of Python, or nil for a schedule that has none of a few lines.
  ///
  /// It uses `where`, `minimum`, `maximum`, `cos`, `sin` and `sqrt`, which each framework has or is given,
  /// so that the same expression works on a number, under `jax.jit`, and in a graph.
  ///
  /// - Parameter t: the expression of the number of applied updates.
  func pythonFormula(_ t: String) -> String?
}

extension Schedule {
  /// A schedule whose initializer changes NaN is as it should be.
  public func normalized() -> Self { self }

  /// A schedule that does not cycle has no troughs.
  public func troughs(upTo totalSteps: Int) -> [Int] { [] }

  /// A schedule that is made of others, or knows more than bounds and a budget, has no name for a run.
  public static var entries: [ScheduleEntry] { [] }

  /// A schedule without a formula is exported as a table.
  public func pythonFormula(_ t: String) -> String? { nil }
}

/// Returns a finite number that is not negative: what a schedule may give.
func nonNegative(_ value: Double) -> Double { value.isFinite ? max(0, value) : 0 }
