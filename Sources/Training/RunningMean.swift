/// The mean of the last values: exponential, with a weight of 0.98 for what was before, and corrected for its beginning.
///
/// Values that are not finite are left out.
struct RunningMean: Sendable, Hashable {
  private var sum = 0.0
  private var weight = 0.0

  /// The mean; NaN before the first value.
  var value: Double { weight > 0 ? sum / weight : .nan }

  mutating func add(_ value: Double) {
    guard value.isFinite else { return }
    sum = 0.98 * sum + 0.02 * value
    weight = 0.98 * weight + 0.02
  }
}
