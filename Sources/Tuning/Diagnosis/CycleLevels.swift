import Numbers

/// One cycle of a run as a few robust levels of its loss.
///
/// The cycle is cut into bins that do not lie across the peak, at most `maximumBins` on each side of it and none
/// of fewer than `minimumLosses` losses; a bin's level is its median. A batch's chance is so made small
/// against the cycle's own course.
struct CycleLevels {
  /// Some updates beside one another.
  struct Bin {
    let positions: Range<Int>
    let level: Double
    /// The rate of the middle update: if the level is low, most updates up to it were.
    let rate: Double
  }

  /// The cycle.
  let cycle: RunCycle
  /// The bins up to the peak.
  let rising: [Bin]
  /// The bins after it.
  let falling: [Bin]
  /// By how much levels differ at random, as the deviation of single losses.
  let noise: Double
  /// The batches' standard deviation.
  let batchNoise: Double
  /// The batches' standard deviation where they differ least, as they do before trouble.
  let calmNoise: Double
  /// The number of losses in a level.
  let window: Int

  /// The most bins on a side of the peak.
  ///
  /// Twenty a side: enough to find a rate to within a twentieth of the range, and few enough that the
  /// highest of all differences between bins is not far from a typical one at random.
  private static let maximumBins = 20
  /// Fewer losses than this have no median worth the name.
  static let minimumLosses = 5

  /// Measures a cycle, or as much of it as the curve has; nil of one that is too short to be evaluated.
  init?(of curve: LossCurve, _ cycle: RunCycle) {
    let end = min(cycle.end, curve.count)
    guard end - cycle.start >= 4 * Self.minimumLosses else { return nil }
    let peak = min(cycle.peak, end)
    func bins(_ positions: Range<Int>) -> [Bin] {
      let size = max(Self.minimumLosses, (positions.count + Self.maximumBins - 1) / Self.maximumBins)
      return stride(from: positions.lowerBound, through: positions.upperBound - size, by: size).map {
        let bin = $0..<($0 + size)
        return Bin(
          positions: bin, level: curve.level(bin),
          rate: curve.updates[(bin.lowerBound + bin.upperBound) / 2].learningRate
        )
      }
    }
    self.cycle = cycle
    rising = bins(cycle.start..<peak)
    falling = bins(peak..<end)
    // Of a short cycle alone it would be no measure.
    let around = max(0, cycle.start - 100)..<min(curve.count, end + 100)
    noise = curve.noise(around)
    batchNoise = curve.batchNoise(around)
    let calm = max(20, (end - cycle.start) / 10)
    calmNoise =
      stride(from: cycle.start, through: max(cycle.start, end - calm), by: calm).map {
        curve.batchNoise($0..<min(end, $0 + calm))
      }.min() ?? batchNoise
    window = RunCycle.window(ofLength: cycle.length)
  }

  /// How far the highest bin is above the lowest of those before it, on the way up or just begun.
  ///
  /// The lowest is on the way up; the highest may lie behind the peak, where momentum carries it.
  struct Rise {
    let low: Bin
    let high: Bin
    /// In losses.
    var height: Double { high.level - low.level }
  }

  /// The greatest rise, if there is a way up.
  var rise: Rise? {
    guard var low = rising.first else { return nil }
    var greatest = Rise(low: low, high: low)
    for bin in rising {
      if bin.level < low.level { low = bin }
      if bin.level - low.level > greatest.height { greatest = Rise(low: low, high: bin) }
    }
    for bin in falling where bin.level - low.level > greatest.height {
      greatest = Rise(low: low, high: bin)
    }
    return greatest
  }

  /// The standard error of the difference of two bins.
  var binError: Double { binError(noise) }

  func binError(_ noise: Double) -> Double {
    let size = min(rising.first?.positions.count ?? .max, falling.first?.positions.count ?? .max)
    return 2.0.squareRoot() * medianError(of: size == .max ? 1 : size, noise: noise)
  }

  /// The standard error of the difference of two levels.
  var levelError: Double { 2.0.squareRoot() * medianError(of: window, noise: noise) }

  /// Whether the loss rises on the way up, beyond what chance can do.
  ///
  /// The greatest of some 800 differences between 40 bins is at random at most 4 standard errors in 99
  /// of a hundred cycles, if the noise is the same everywhere. It grows with the rate, by half as much
  /// again at a peak, so that those 4 may be 6.
  var risesBeyondChance: Bool { (rise?.height ?? 0) > 6 * binError && noise > 0 }

  /// Whether the loss may be rising on the way up: less than chance can do, but more than it should
  /// where nothing is to be seen of the peak.
  var mayRise: Bool { (rise?.height ?? 0) > 4.5 * binError(batchNoise) }

  /// The lowest level in the cycle.
  var lowest: Double {
    (rising + falling).map(\.level).min() ?? .infinity
  }

  /// The level at the part of a half-cycle at which another cycle's bin lies: the highest of the bin
  /// there and its neighbors, since two cycles are never alike to the update.
  func level(likePhase bin: Bin, of other: CycleLevels) -> Double? {
    let middle = (bin.positions.lowerBound + bin.positions.upperBound) / 2
    let isRising = middle < other.cycle.peak
    let (from, to) =
      isRising
      ? (other.cycle.start, other.cycle.peak) : (other.cycle.peak, other.cycle.end)
    let part = Double(middle - from) / Double(max(1, to - from))
    let bins = isRising ? rising : falling
    guard !bins.isEmpty else { return nil }
    let position = min(bins.count - 1, Int(clamping: part * Double(bins.count)))
    return bins[max(0, position - 1)...min(bins.count - 1, position + 1)].map(\.level).max()
  }
}

extension RunCycle {
  /// The losses that make up a level: a twentieth of the cycle, from 5 to 50.
  ///
  /// Over a twentieth of a cycle the rate changes by a tenth of its range; 50 losses make the level's
  /// error a sixth of the noise, and more would only be slower.
  static func window(ofLength length: Int) -> Int { min(50, max(5, length / 20)) }
}
