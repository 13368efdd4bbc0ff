/// Straight lines through given points.
///
///     let rate = PiecewiseLinear([(0, 0), (1_955, 0.4), (9_384, 0)])
///     rate.value(at: 977)     // 0.1999
///     rate.value(at: 1_955)   // 0.4
///
/// Before the first point its value holds, after the last one the last. Of two points at one update
/// the later one counts from there on: the value jumps.
///
/// - Source: `numpy.interp`, by which the fast CIFAR-10 trainers write their rates.
public struct PiecewiseLinear: Schedule {
  /// The name in files: `piecewise-linear`.
  public static let name = "piecewise-linear"

  /// A point that the lines go through.
  public struct Knot: Sendable, Hashable, Codable {
    /// The update at which the schedule has the knot's value.
    public let step: Int
    /// The value at it.
    public let value: Double
  }

  /// The points, in order.
  public let knots: [Knot]

  /// Creates the schedule; points may come in any order, and without any the value is 0.
  public init(_ knots: [(step: Int, value: Double)]) {
    self.knots = Self.sorted(
      knots.map { Knot(step: max(0, $0.step), value: nonNegative($0.value)) })
  }

  /// Creates the schedule through points at times, such as epochs, of a budget.
  ///
  ///     PiecewiseLinear([(.epochs(0), 0), (.epochs(5), 0.4), (.epochs(24), 0)], in: budget)
  public init(_ knots: [(time: Time, value: Double)], in budget: Budget) {
    self.init(knots.map { ($0.time.steps(in: budget), $0.value) })
  }

  /// Points at one update keep their order.
  private static func sorted(_ knots: [Knot]) -> [Knot] {
    knots.enumerated().sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }
      .map(\.element)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> PiecewiseLinear { PiecewiseLinear(knots.map { ($0.step, $0.value) }) }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    guard let first = knots.first else { return 0 }
    if step < first.step { return first.value }
    // The last point that is not behind the update, by halving.
    var (low, high) = (0, knots.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if knots[middle].step <= step { low = middle } else { high = middle }
    }
    guard low + 1 < knots.count else { return knots[low].value }
    let (left, right) = (knots[low], knots[low + 1])
    let part = Double(step - left.step) / Double(right.step - left.step)
    return left.value + (right.value - left.value) * part
  }

  /// The update of the last knot, after which the value holds.
  public var length: Int? { knots.last?.step ?? 0 }

  /// Reads the points, which may come in any order.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    knots = Self.sorted(try container.decode([Knot].self, forKey: .knots))
  }
}

extension PiecewiseLinear.Knot {
  /// Reads a point.
  ///
  /// - Throws: `DecodingError`, also for a key that a point does not have.
  public init(from decoder: any Decoder) throws {
    try decoder.refuseKeys(otherThan: ["step", "value"], of: "a knot")
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      step: try container.decode(Int.self, forKey: .step), value: try container.decode(Double.self, forKey: .value))
  }
}

extension PiecewiseLinear {
  /// The name for a run.
  ///
  /// - Source: Page, *How to Train Your ResNet* (2018): up in 5 of 24 epochs, and down to 0.
  public static let entries = [
    ScheduleEntry(
      "piecewise-linear", elsewhere: ["piecewise_interpolate_schedule"],
      "a straight rise from 0 in 5/24 of the run, and a straight fall to 0",
      [.fallsToZero, .warmsUp], warmUpShare: 5.0 / 24
    ) { PiecewiseLinear([(0, 0), ($0.warmUp, $0.high), ($0.total, 0)]) }
  ]

  /// The lines, from the last one back.
  public func pythonFormula(_ t: String) -> String? {
    let number = PythonFormula.number
    guard var last = knots.last else { return "0.0" }
    var text = number(last.value)
    for knot in knots.dropLast().reversed() {
      let (left, right) = (knot, last)
      if right.step > left.step {
        let line =
          "\(number(left.value)) + \(number(right.value - left.value)) "
          + "* ((\(t) - \(left.step)) / \(right.step - left.step))"
        text = "where(\(t) < \(right.step), \(line), \(text))"
      }
      last = knot
    }
    return "where(\(t) < \(last.step), \(number(last.value)), \(text))"
  }
}
