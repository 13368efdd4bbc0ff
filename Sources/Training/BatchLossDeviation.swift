import Tuning

/// By how much one training batch's loss differs from another's with the same weights.
///
/// The loss of a new batch and that of the fixed one, both before an update, differ by a constant and by
/// chance; chance is what is wanted. Robust, and by the first of them alone, before rates get high.
struct BatchLossDeviation {
  private var differences: [Double] = []
  private static let most = 40

  /// Takes in a batch's loss and the fixed batch's, of the same weights.
  mutating func add(batch: Double, fixed: Double?) {
    guard let fixed, differences.count < Self.most, (batch - fixed).isFinite else { return }
    differences.append(batch - fixed)
  }

  /// The standard deviation; 0 as long as too few are known.
  var value: Double { differences.count < 5 ? 0 : robustDeviation(of: differences) }
}
