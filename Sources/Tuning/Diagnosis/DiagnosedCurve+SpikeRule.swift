import Foundation

/// The rule on single losses that stand out.
extension DiagnosedCurve {
  /// Spikes that gather near the peaks, and the rate from which on there are some.
  ///
  /// A spike is a loss 8 standard deviations above the median of those before it, from which the loss
  /// comes back. A normal batch never does that; a data set of heavy tails does, but at all rates. So
  /// what counts is whether the spikes gather in the quarter of the range next to the peak: as often
  /// as they do there chance would place them in one of a thousand runs. They must also be a tenth of
  /// what was gained, or nobody would see them.
  var spikesNearPeak: CurveFinding? {
    var near: [Spike] = []
    var elsewhere = 0
    var positionsNear = 0
    var positions = 0
    for (_, levels) in levels {
      let cycle = levels.cycle
      let end = min(cycle.end, curve.count)
      let bound = cycle.baseRate + 0.75 * (cycle.peakRate - cycle.baseRate)
      positions += end - cycle.start
      positionsNear +=
        (cycle.start..<end).count { curve.updates[$0].learningRate >= bound }
      for spike in spikes(in: levels) {
        if curve.updates[spike.position].learningRate >= bound {
          near.append(spike)
        } else {
          elsewhere += 1
        }
      }
    }
    let heights = near.map(\.height).sorted()
    guard near.count >= 4, let first = near.first, positionsNear < positions,
      median(of: heights[...]) > 0.1 * gained
    else { return nil }
    let chance = binomialTail(
      atLeast: near.count, of: near.count + elsewhere,
      share: Double(positionsNear) / Double(positions))
    guard chance < 0.001 else { return nil }
    let rates = near.map { curve.updates[$0.position].learningRate }.sorted()
    let noise = median(of: near.map(\.noise).sorted()[...])
    let lowest = rates[0]
    let highest = levels.map(\.levels.cycle.peakRate).max() ?? lowest
    return CurveFinding(
      .spikesNearPeak(
        Spikes(
          count: near.count, elsewhere: elsewhere, firstUpdate: first.position + 1,
          lowestRate: lowest, height: noise > 0 ? median(of: heights[...]) / noise : 0)),
      change: .lowerUpperBound(to: roundedRate(min(lowest, 0.9 * highest))))
  }

  struct Spike {
    let position: Int
    let height: Double
    let noise: Double
  }

  /// The spikes of a cycle; losses that follow one another closely are one.
  private func spikes(in levels: CycleLevels) -> [Spike] {
    let end = min(levels.cycle.end, curve.count)
    let reach = 11
    guard levels.batchNoise > 0, end - levels.cycle.start > 4 * reach else { return [] }
    var found: [Spike] = []
    for position in (levels.cycle.start + reach)..<(end - reach) {
      let loss = curve.updates[position].loss
      // Few losses come so far that a median is taken.
      guard loss - curve.updates[position - 1].loss > 4 * levels.batchNoise else { continue }
      if let last = found.last, position - last.position < reach { continue }
      let before = curve.level((position - reach)..<position)
      let around = max(levels.cycle.start, position - 50)..<min(end, position + 50)
      let noise = max(curve.batchNoise(around), 0.5 * levels.batchNoise)
      let after = curve.level((position + 1)..<(position + 1 + reach))
      guard loss - before > 8 * noise, after - before < 0.5 * (loss - before) else { continue }
      found.append(Spike(position: position, height: loss - before, noise: noise))
    }
    return found
  }
}

/// The chance of at least so many of `count`, if each comes with a chance of `share`.
func binomialTail(atLeast least: Int, of count: Int, share: Double) -> Double {
  (least...max(least, count)).reduce(0.0) { sum, hits in
    guard hits <= count else { return sum }
    let ways =
      lgamma(Double(count + 1)) - lgamma(Double(hits + 1)) - lgamma(Double(count - hits + 1))
    return sum + exp(ways + Double(hits) * log(share) + Double(count - hits) * log(1 - share))
  }
}
