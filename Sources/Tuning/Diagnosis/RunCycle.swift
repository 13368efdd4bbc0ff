import Schedules

/// A cycle of a run's learning rate: where it begins, is highest, and ends.
public struct RunCycle: Sendable, Hashable {
  /// Updates applied before it.
  public let start: Int
  /// Updates applied before the one with the highest rate.
  public let peak: Int
  /// Updates applied at its end.
  public let end: Int
  /// The rate at its start.
  public let baseRate: Double
  /// The highest rate in it.
  public let peakRate: Double
  /// Whether it ends in a trough; the last one of a run may be cut, or be no cycle at all.
  public let isWhole: Bool

  /// Creates a cycle.
  public init(
    start: Int, peak: Int, end: Int, baseRate: Double, peakRate: Double, isWhole: Bool = true
  ) {
    self.start = start
    self.peak = peak
    self.end = end
    self.baseRate = baseRate
    self.peakRate = peakRate
    self.isWhole = isWhole
  }

  /// The number of its updates.
  public var length: Int { end - start }

  /// Returns the cycles of a plan over so many updates; a rate that does not cycle is one that is not
  /// whole.
  public static func cycles(of plan: Plan, upTo totalSteps: Int) -> [RunCycle] {
    let troughs = plan.troughs(upTo: totalSteps)
    let ends = troughs.last == totalSteps ? troughs : troughs + [totalSteps]
    return zip([0] + ends, ends).compactMap { start, end in
      guard end > start else { return nil }
      let rates = (start..<end).map { plan.learningRate.value(at: $0) }
      let highest = rates.max() ?? 0
      return RunCycle(
        start: start, peak: start + (rates.firstIndex(of: highest) ?? 0), end: end,
        baseRate: rates[0], peakRate: highest, isWhole: troughs.contains(end))
    }
  }
}
