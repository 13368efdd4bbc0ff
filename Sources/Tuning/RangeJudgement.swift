import Foundation

extension RangeTestCurve {
  /// Returns the range in which the model learns, or why the curve does not say.
  ///
  /// The loss first lies on a plateau, falls, reaches its lowest, and rises. The upper bound is the
  /// highest rate at which it is still at its lowest, to within `floorShare` of the fall: beyond it
  /// each update loses more than it gains, even in a model that has only begun to learn. (A cycle
  /// passes its peak later, when the model bears more, so this is on the safe side; the usual tenth
  /// of it is not needed, since the smooth curve does not lag.) The lower bound is the rate at which
  /// the fall has begun, within a twentieth to a quarter of the upper one.
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
      if rise > 3 * Swift.max(drop, noise) { return .none(.neverFell) }
      if drop > 0.3 * noise { return .none(.tooNoisy(drop: drop, noise: noise)) }
      return .none(.flat(change: Swift.max(drop, rise), noise: noise))
    }
    guard lowest < finite.count - 1 || finite.count < points.count else {
      return .none(.stillFalling(highest: finite[lowest].learningRate))
    }
    let peak = rateLeavingFloor(
      at: smooth[lowest] + Self.floorShare * drop, of: finite, smooth, from: lowest)
    let start = rateComingDown(
      to: plateau - Self.startShare * drop, of: finite, smooth, upTo: lowest)
    return .found(
      LearningRateRange(base: Swift.min(Swift.max(start, peak / 20), peak / 4), max: peak))
  }

  /// Fewer finite losses than this are not judged.
  private static var fewestPoints: Int { 12 }
  /// The share of the fall by which the loss may have risen again at the upper bound.
  static var floorShare: Double { 0.05 }
  /// The share of the fall that has been made at the lower bound.
  static var startShare: Double { 0.1 }

  /// Returns the rate at which the smooth curve comes down through a level for the last time before
  /// its lowest point.
  private func rateComingDown(
    to level: Double, of points: [RangeTestPoint], _ smooth: [Double], upTo lowest: Int
  ) -> Double {
    guard let before = smooth[..<lowest].lastIndex(where: { $0 > level }) else {
      return points[0].learningRate
    }
    return rate(at: level, between: before, of: points, smooth)
  }

  /// Returns the rate at which the smooth curve first rises through a level after its lowest point,
  /// or the last rate.
  private func rateLeavingFloor(
    at level: Double, of points: [RangeTestPoint], _ smooth: [Double], from lowest: Int
  ) -> Double {
    guard let after = smooth[lowest...].firstIndex(where: { $0 > level }) else {
      return points[points.count - 1].learningRate
    }
    return rate(at: level, between: after - 1, of: points, smooth)
  }

  /// Returns where the smooth curve crosses a level between a point and the next, on the logarithm.
  private func rate(
    at level: Double, between index: Int, of points: [RangeTestPoint], _ smooth: [Double]
  ) -> Double {
    let (from, to) = (smooth[index], smooth[index + 1])
    let part = from == to ? 0 : (from - level) / (from - to)
    let (left, right) = (points[index].learningRate, points[index + 1].learningRate)
    guard left > 0 else { return left + part * (right - left) }
    return left * pow(right / left, part)
  }
}
