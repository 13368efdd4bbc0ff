import Numbers
import Randomness

/// The images that are kept as the test set where the data do not say which are for evaluation.
enum TestFifth {
  /// Returns the places of a fifth of so many images, rounded, and of more than one image at least one.
  ///
  /// - Parameters:
  ///   - seed: which images they are.
  ///   - group: the number of the class whose images are divided; 0 where all are divided together.
  static func places(of count: Int, seed: UInt64, group: Int = 0) -> Set<Int> {
    guard count > 1 else { return [] }
    let kept = max(1, Int(clamping: (Double(count) / 5).rounded()))
    var stream = RandomStream(seed: seed, for: .split, index: group)
    return Set((0..<count).shuffled(using: &stream).prefix(kept))
  }
}
