import Numbers

/// The values of a column, of which a long run keeps the lowest and the highest of each stretch of updates.
///
/// Stretches are equally long, and there are at most `capacity`: when there would be more, each two neighbors
/// become one. So memory is bounded, whatever a run's length, every value that is kept is one of the column's own
/// at its own update, and a spike of a single update is never lost. It is the min-max aggregation of
/// Jugel, Jerzak, Hackenbroich and Markl, *M4: A Visualization-Oriented Time Series Data Aggregation* (2014),
/// section 4.1, that of `Chart` for pixels.
///
///     var series = ThinnedSeries(capacity: 2)
///     for (update, loss) in [(1, 4.0), (2, 9.0), (3, 1.0), (4, 2.0)] { series.append(update, loss) }
///     series.x       // [1, 2, 3, 4], in the stretches of updates 0 to 3 and 4 to 7: [2, 3, 4]
public struct ThinnedSeries: Sendable {
  private struct Stretch: Sendable {
    var low, high: (x: Int, y: Double)
    var sum: Double
    var count: Int
    /// Whether a value that is not finite follows.
    var endsInGap = false

    init(_ x: Int, _ y: Double) {
      low = (x, y)
      high = (x, y)
      sum = y
      count = 1
    }

    mutating func join(_ other: Stretch) {
      if other.low.y < low.y { low = other.low }
      if other.high.y > high.y { high = other.high }
      sum += other.sum
      count += other.count
      endsInGap = other.endsInGap
    }
  }

  /// The most stretches.
  public let capacity: Int
  /// The updates of a stretch.
  public private(set) var width = 1
  private var stretches: [Stretch] = []
  /// Which stretch the last one is, from 0, those without a value counted.
  private var last = -1

  /// Creates a series of nothing.
  public init(capacity: Int = 2_000) { self.capacity = max(1, capacity) }

  /// Whether it has no value.
  public var isEmpty: Bool { stretches.isEmpty }

  /// Adds a value of an update that is not before the last one; one that is not finite leaves a gap.
  public mutating func append(_ update: Int, _ value: Double) {
    guard value.isFinite else {
      if !stretches.isEmpty { stretches[stretches.count - 1].endsInGap = true }
      return
    }
    let number = update / width
    let stretch = Stretch(update, value)
    if number == last, !stretches.isEmpty {
      stretches[stretches.count - 1].join(stretch)
    } else {
      stretches.append(stretch)
      last = number
      while stretches.count > capacity { halve() }
    }
  }

  private mutating func halve() {
    width = width.multipliedOrMax(by: 2)
    var joined: [Stretch] = []
    for stretch in stretches {
      if let before = joined.last, before.low.x / width == stretch.low.x / width {
        joined[joined.count - 1].join(stretch)
      } else {
        joined.append(stretch)
      }
    }
    stretches = joined
    last /= 2
  }

  /// The updates of the values that are kept, in order; a gap has the update before it.
  public var x: [Double] { points.map { Double($0.x) } }
  /// The values that are kept; NaN at a gap.
  public var y: [Double] { points.map(\.y) }

  private var points: [(x: Int, y: Double)] {
    stretches.flatMap { stretch -> [(x: Int, y: Double)] in
      let ends =
        stretch.low.x == stretch.high.x
        ? [stretch.low]
        : stretch.low.x < stretch.high.x
          ? [stretch.low, stretch.high] : [stretch.high, stretch.low]
      return stretch.endsInGap ? ends + [(ends[ends.count - 1].x, .nan)] : ends
    }
  }

  /// The middle of each stretch that has a value.
  public var middles: [Double] { stretches.map { Double($0.low.x + $0.high.x) / 2 } }
  /// The mean of each stretch that has a value.
  public var means: [Double] { stretches.map { $0.sum / Double($0.count) } }

  /// Whether its values differ.
  var isMoving: Bool {
    let low = stretches.map(\.low.y).min() ?? 0
    return stretches.contains { $0.high.y != low }
  }

  /// Whether it has a single value, which makes no line.
  var isPoint: Bool { stretches.count == 1 && stretches[0].count == 1 }
}
