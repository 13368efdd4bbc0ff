/// A number that changes with the update: a learning rate, a momentum, a weight decay.
///
/// A schedule is a value. It knows nothing of optimizers and counts nothing itself: whoever trains
/// owns the count of applied updates and asks for the value at it. So a run that resumes needs the
/// count alone, and no call can be forgotten or made twice.
public protocol Schedule: Sendable, Hashable, Codable {
  /// Returns the value for the update after `step` applied ones.
  ///
  /// Total: defined for every step from 0 to `Int.max` (a negative one counts as 0), finite, and
  /// never negative. After the schedule's end the last value holds.
  func value(at step: Int) -> Double

  /// The number of updates after which the value holds for ever, or nil if it never ends.
  var length: Int? { get }
}
