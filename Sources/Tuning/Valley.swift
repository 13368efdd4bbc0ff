import Foundation

/// A range test's curve as a plateau, a fall, a floor and a rise.
struct Valley {
  private let points: [RangeTestPoint]
  private let smooth: [Double]
  private let distances: [Double]
  /// The typical distance of a loss from the smooth curve.
  let noise: Double
  /// The place of the lowest smooth loss.
  let lowest: Int
  private let batchSpread: Double
  private let beginning: Double
  private let rise: Double
  private let headroom: Double
  /// What smoothing equal losses may differ by: it rounds, on each processor in another way.
  private let resolution: Double
  /// The loss at the lowest rates, or that of a constant prediction where that is less.
  let plateau: Double
  /// From the plateau to the floor.
  let drop: Double

  /// Finds the parts of a curve, by its finite points.
  init(_ curve: RangeTestCurve, _ finite: [RangeTestPoint]) {
    points = finite
    batchSpread = curve.batchSpread ?? 0
    let losses = finite.map(\.loss)
    let resolution = 1e-12 * (losses.lazy.map(abs).max() ?? 0)
    self.resolution = resolution
    func change(_ difference: Double) -> Double { abs(difference) > resolution ? difference : 0 }
    let jumps = zip(losses, losses.dropFirst()).map { abs($1 - $0) }
    let jump = median(of: jumps.prefix(max(10, finite.count / 3))) / 2.0.squareRoot()
    let first = median(of: losses.prefix(max(1, losses.count / 10)))
    rise = change((losses.max() ?? first) - first)
    // A loss of thousands would bend the smooth curve down in front of it.
    headroom = max(first - (losses.min() ?? first), 20 * jump) + 6 * batchSpread
    let cap = first + headroom
    let capped = finite.map {
      RangeTestPoint(learningRate: $0.learningRate, loss: min($0.loss, cap))
    }
    let smooth = RangeTestCurve(points: capped).smoothedLosses()
    self.smooth = smooth
    // By distances from the smooth curve, and by jumps: few points are followed too closely by the one,
    // and a steep fall is mistaken for jumps by the other.
    distances = zip(capped, smooth).map { abs($0.loss - $1) }
    noise = change(1.4826 * max(median(of: distances[...]), jump))
    let ceiling = curve.baselineLoss ?? .infinity
    lowest = Self.lowest(of: smooth, under: ceiling, sureGain: max(3 * noise, 6 * batchSpread, resolution))
    // The plateau's level, by the first tenth of the points, but of those before the dip alone.
    beginning = median(of: smooth[0...max(0, min(lowest, finite.count / 10))])
    plateau = min(beginning, ceiling)
    drop = change(plateau - smooth[lowest])
  }

  /// The lowest place before the first hump that no cycle should cross: a rise by two fifths of what had
  /// been gained, where that was more than `sureGain`.
  private static func lowest(
    of smooth: [Double], under ceiling: Double, sureGain: Double
  ) -> Int {
    var lowest = 0
    let start = min(ceiling, median(of: smooth.prefix(max(1, smooth.count / 10))))
    for (position, loss) in smooth.enumerated() {
      if loss < smooth[lowest] { lowest = position }
      let gained = start - smooth[lowest]
      if gained > sureGain, loss > smooth[lowest] + 0.4 * gained { break }
    }
    return lowest
  }

  /// Whether the loss falls by more than smoothed noise swings at random.
  ///
  /// A smoothed point is a mean of some seven raw ones, so its own deviation is about a third of theirs,
  /// and of a hundred such the lowest lies some three deviations below the middle. A plateau of few
  /// points is itself uncertain.
  var isDeep: Bool {
    // In front of a cliff the smooth curve bends down by a few hundredths of the cliff's height.
    drop > max(1.5 * noise * max(1, 60 / Double(points.count)).squareRoot(), 0.05 * headroom)
  }

  /// Whether the loss rises again behind its lowest point.
  var rises: Bool {
    (smooth[lowest...].max() ?? plateau) > smooth[lowest] + max(0.05 * drop, 0.5 * noise, resolution)
  }

  /// Why there is no fall to evaluate.
  var whyNoFall: NoRangeReason {
    if rise > 3 * max(drop, noise) { return .neverFell }
    if drop > 0.3 * noise { return .tooNoisy(drop: drop, noise: noise) }
    return .flat(change: max(drop, rise), noise: noise)
  }

  /// The highest rate before the loss diverges for good, above where it began and by more than
  /// batches differ; nil if it never does.
  ///
  /// A model that began far above a constant predictor's loss, came down to it and then diverges may
  /// never get back to where it began.
  var edge: Double? {
    edge(above: beginning) ?? (lowest > 0 ? edge(above: plateau) : nil)
  }

  private func edge(above level: Double) -> Double? {
    let bound = level + max(drop, 3 * noise, 3 * batchSpread, resolution)
    guard let last = smooth.lastIndex(where: { $0 <= bound }), last < smooth.count - 1 else {
      return nil
    }
    return points[last].learningRate
  }

  /// Returns the rate at which a share of the fall has been made for good: where the smooth curve comes
  /// down through that level for the last time before its lowest point.
  func rateComingDown(by share: Double) -> Double {
    let level = plateau - share * drop
    guard let before = smooth[..<lowest].lastIndex(where: { $0 > level }) else {
      return points[0].learningRate
    }
    return rate(at: level, between: before)
  }

  /// Returns the rate at which the smooth curve first comes to within a share of the fall of its floor.
  func rateReachingFloor(at share: Double) -> Double {
    let level = plateau - (1 - share) * drop
    guard let after = smooth[...lowest].firstIndex(where: { $0 <= level }), after > 0 else {
      return points[0].learningRate
    }
    return rate(at: level, between: after - 1)
  }

  /// Returns the rate at which the smooth curve has first risen again by a share of the fall after its
  /// lowest point or has become ragged, or the last rate.
  func rateLeavingFloor(at share: Double) -> Double {
    let level = smooth[lowest] + share * drop
    let after = smooth[lowest...].firstIndex { $0 > level }
    if let ragged, ragged < after ?? smooth.count { return points[ragged].learningRate }
    guard let after else {
      return points[points.count - 1].learningRate
    }
    return rate(at: level, between: after - 1)
  }

  /// The first place from which on losses lie about the smooth curve by a quarter of the fall, and far
  /// more than before: there Smith ends the range.
  private var ragged: Int? {
    let bound = max(0.25 * drop, 5 * noise)
    let reach = 3
    let begun = smooth.firstIndex { $0 <= plateau - 0.8 * drop } ?? 0
    return (begun..<max(begun, distances.count - 2 * reach)).first { position in
      distances[position] > bound
        && median(of: distances[position...(position + 2 * reach)]) > bound
    }
  }

  /// Returns where the smooth curve crosses a level between a point and the next, on the logarithm.
  private func rate(at level: Double, between index: Int) -> Double {
    let (from, to) = (smooth[index], smooth[index + 1])
    let part = from == to ? 0 : (from - level) / (from - to)
    let (left, right) = (points[index].learningRate, points[index + 1].learningRate)
    guard left > 0 else { return left + part * (right - left) }
    return left * pow(right / left, part)
  }
}
