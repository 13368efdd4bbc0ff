/// From what a schedule that is asked for by name is made: bounds, budget, cycle, warm-up.
///
/// A schedule takes what it needs. All lengths are in updates.
public struct ScheduleShape: Sendable, Hashable {
  /// The lower bound.
  public var low: Double
  /// The upper bound.
  public var high: Double
  /// The value at the end, of a schedule that ends below its lower bound.
  public var ending: Double
  /// Updates in the run.
  public var total: Int
  /// Updates from a trough to the next peak.
  public var halfCycle: Int
  /// Updates from a peak to the next trough.
  public var halfCycleDown: Int
  /// Updates of the rise before everything else.
  public var warmUp: Int
  /// Updates of the fall at the end of a schedule that has one; nil for its own share.
  public var coolDown: Int?
  /// By what each cycle is longer than the last.
  public var growth: Double
  /// The decay of exp-range, an update.
  public var gamma: Double
  /// The reading of exp-range.
  public var dialect: ExponentialRange.Dialect
  /// The way down of one-cycle.
  public var anneal: Anneal

  /// Creates a shape; cycles fall as long as they rise unless it is said, and the end is the lower bound.
  ///
  /// A negative length counts as 0.
  public init(
    low: Double = 0, high: Double, ending: Double? = nil, total: Int, halfCycle: Int = 0,
    halfCycleDown: Int? = nil, warmUp: Int = 0, coolDown: Int? = nil, growth: Double = 1,
    gamma: Double = 1, dialect: ExponentialRange.Dialect = .pytorch, anneal: Anneal = .linear
  ) {
    self.low = low
    self.high = high
    self.ending = ending ?? low
    self.total = max(0, total)
    self.halfCycle = max(0, halfCycle)
    self.halfCycleDown = max(0, halfCycleDown ?? halfCycle)
    self.warmUp = max(0, warmUp)
    self.coolDown = coolDown.map { max(0, $0) }
    self.growth = growth
    self.gamma = gamma
    self.dialect = dialect
    self.anneal = anneal
  }

  /// Returns this shape upside down: a momentum that is lowest where the rate is highest.
  public func mirrored(low: Double, high: Double) -> ScheduleShape {
    var shape = self
    (shape.low, shape.high, shape.ending) = (high, low, high)
    return shape
  }
}
