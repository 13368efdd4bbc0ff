import Foundation

extension RangeTestCurve {
  /// Returns the range in which the model learns, or why the curve does not say.
  ///
  /// The loss first lies on a plateau, falls, reaches its lowest, and rises. The lowest point is too
  /// high a rate to train at: there the gain of each update is already lost again. The upper bound
  /// is the rate at which `peakShare` of the whole fall has been made, where the loss still falls
  /// steadily; the lower bound the rate at which the fall has begun.
  public func judged() -> RangeVerdict {
    let finite = Array(self.finite)
    guard finite.count >= Self.fewestPoints else { return .none(.tooFewPoints(finite.count)) }
    let smooth = smoothedLosses()
    let noise = 1.4826 * median(of: zip(finite, smooth).map { abs($0.loss - $1) }[...])
    guard let lowest = smooth.indices.min(by: { smooth[$0] < smooth[$1] }) else {
      return .none(.tooFewPoints(finite.count))
    }
    // The plateau's level, by the first tenth of the points, but of those before the dip alone.
    let plateau = median(of: smooth[0...max(0, min(lowest, finite.count / 10))])
    let drop = plateau - smooth[lowest]
    let rise = (smooth.max() ?? plateau) - plateau
    // A smoothed point is a mean of some seven raw ones, so its own noise is about a third.
    guard drop > noise else {
      if drop > 0.3 * noise { return .none(.tooNoisy(drop: drop, noise: noise)) }
      return .none(rise > 3 * noise && rise > 0 ? .neverFell : .flat(change: max(drop, rise), noise: noise))
    }
    guard lowest < finite.count - 1 || finite.count < points.count else {
      return .none(.stillFalling(highest: finite[lowest].learningRate))
    }
    let peak = rate(at: plateau - Self.peakShare * drop, of: finite, smooth, upTo: lowest)
    let start = rate(at: plateau - Self.startShare * drop, of: finite, smooth, upTo: lowest)
    // Smith's rule for the lower bound where the fall is sudden: a quarter of the upper one at most.
    return .found(LearningRateRange(base: Swift.min(start, peak / 4), max: peak))
  }

  /// Fewer finite losses than this are not judged.
  private static var fewestPoints: Int { 12 }
  /// The share of the fall that has been made at the upper bound.
  static var peakShare: Double { 0.8 }
  /// The share of the fall that has been made at the lower bound.
  static var startShare: Double { 0.1 }

  /// Returns the rate at which the smooth curve comes down through a level for the last time before
  /// its lowest point, between points on the logarithm.
  private func rate(
    at level: Double, of points: [RangeTestPoint], _ smooth: [Double], upTo lowest: Int
  ) -> Double {
    guard let before = smooth[..<lowest].lastIndex(where: { $0 > level }) else {
      return points[0].learningRate
    }
    let (high, low) = (smooth[before], smooth[before + 1])
    let part = high > low ? (high - level) / (high - low) : 0
    let (left, right) = (points[before].learningRate, points[before + 1].learningRate)
    guard left > 0 else { return left + part * (right - left) }
    return left * pow(right / left, part)
  }
}
