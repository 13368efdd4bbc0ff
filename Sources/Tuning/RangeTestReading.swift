/// The result of a range test's curve alone, before it is joined with the prior.
public struct RangeTestReading: Sendable, Hashable, Codable {
  /// The peak of a single cycle by the curve alone; nil where it shows none.
  public var rate: Double?
  /// The highest rate before the loss diverges for good; nil where it never does.
  public var edge: Double?
  /// How clearly the curve shows its peak, from 0 to 1; see `LearningRateRange.curveWeight`.
  public var weight: Double

  /// Creates a reading.
  public init(rate: Double?, edge: Double?, weight: Double) {
    self.rate = rate
    self.edge = edge
    self.weight = weight
  }
}

extension RangeTestCurve {
  /// Returns the peak of a single cycle by the curve alone.
  ///
  /// - Parameter defaultPeak: the optimizer's default, of which only `curveShare` is used.
  public func reading(defaultPeak: DefaultPeak) -> RangeTestReading {
    let finite = Array(self.finite)
    guard finite.count >= Self.minimumPoints else {
      return RangeTestReading(rate: nil, edge: nil, weight: 0)
    }
    let valley = Valley(self, finite)
    let edge = valley.edge.flatMap { $0.isFinite && $0 > 0 ? $0 : nil }
    guard valley.drop.isFinite, valley.noise.isFinite, valley.isDeep,
      valley.rises || finite.count < points.count
    else { return RangeTestReading(rate: nil, edge: edge, weight: 0) }
    let upper = valley.rateLeavingFloor(at: Self.floorShare)
    let rate = peak(of: valley, upper: upper) * defaultPeak.curveShare
    guard rate.isFinite, rate > 0 else {
      return RangeTestReading(rate: nil, edge: edge, weight: 0)
    }
    return RangeTestReading(rate: rate, edge: edge, weight: weight(of: valley))
  }
}
