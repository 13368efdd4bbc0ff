/// `Triangular` that shrinks a little with every update.
///
///     pytorch   rate(t) = from + (to - from) * height(t) * gamma^t
///     paper     rate(t) = (from + (to - from) * height(t)) * gamma^t
///
///     let rate = ExponentialRange(from: 0.001, to: 0.006, stepSize: 2000, gamma: 0.99994)
///     rate.value(at: 40_000)   // 0.001; by the paper 0.0000907
///
/// - Source: Smith (2017), section 3.2: "each boundary value declines by an exponential factor of
///   gamma^iteration". PyTorch's `CyclicLR(mode="exp_range")`, and Keras ports before it, let only the
///   height decline.
public struct ExponentialRange: EndlessCycle {
  /// The name in files: `exp-range`.
  public static let name = "exp-range"

  /// Which of the two readings of the paper is meant.
  public enum Dialect: String, Sendable, Hashable, Codable, CaseIterable {
    /// The height above the lower bound declines.
    case pytorch
    /// Both bounds decline.
    case paper
  }

  /// The bound at which a cycle begins and ends, before it shrinks.
  public let from: Double
  /// The bound in the middle of a cycle, before it shrinks.
  public let to: Double
  /// Updates from `from` to the middle.
  public let stepSize: Int
  /// Updates from the middle back to `from`.
  public let stepSizeDown: Int
  /// What is multiplied once an update; from 0 to 1.
  public let gamma: Double
  /// Which of the two readings of the paper is meant.
  public let dialect: Dialect

  /// Creates the schedule; the way back is as long as the way there unless it is said.
  public init(
    from: Double, to: Double, stepSize: Int, stepSizeDown: Int? = nil, gamma: Double,
    dialect: Dialect = .pytorch
  ) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.stepSize = max(0, stepSize)
    self.stepSizeDown = max(0, stepSizeDown ?? stepSize)
    self.gamma = min(1, nonNegative(gamma))
    self.dialect = dialect
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> ExponentialRange {
    ExponentialRange(
      from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown, gamma: gamma,
      dialect: dialect)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let height = clock.position(of: step).height
    let scale = power(gamma, max(0, step))
    return switch dialect {
    case .pytorch: from + (to - from) * height * scale
    case .paper: (from + (to - from) * height) * scale
    }
  }
}

extension ExponentialRange {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "exp-range", elsewhere: ["ExponentialCyclicalLearningRate"],
      "as triangular, with a height that shrinks with every update",
      [.rises, .repeats, .isOpenEnded]
    ) {
      ExponentialRange(
        from: $0.low, to: $0.high, stepSize: $0.halfCycle, stepSizeDown: $0.halfCycleDown,
        gamma: $0.gamma, dialect: $0.dialect)
    }
  ]

  /// The line between the bounds, and what it shrinks by.
  public func pythonFormula(_ t: String) -> String? {
    let height = PythonFormula.height(t, stepSize, stepSizeDown)
    let (low, rise) = (PythonFormula.number(from), PythonFormula.number(to - from))
    return switch dialect {
    case .pytorch: "\(low) + \(rise) * \(height) * \(PythonFormula.number(gamma)) ** \(t)"
    case .paper: "(\(low) + \(rise) * \(height)) * \(PythonFormula.number(gamma)) ** \(t)"
    }
  }
}
