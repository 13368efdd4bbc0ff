/// A number that is multiplied by a factor at given updates.
///
///     rate(t) = initial * factor^(milestones up to t)
///
///     let rate = MultiStepDecay(initial: 0.1, factor: 0.1, milestones: [100, 150])
///     rate.value(at: 99)    // 0.1
///     rate.value(at: 100)   // 0.01
///
/// A milestone that is named twice multiplies twice.
///
/// - Source: PyTorch's `MultiStepLR`.
public struct MultiStepDecay: Schedule {
  /// The name in files: `multi-step`.
  public static let name = "multi-step"

  /// The value at the first update.
  public let initial: Double
  /// The factor at each milestone, from 0 to 1.
  public let factor: Double
  /// The updates, in order, from which on it is multiplied once more.
  public let milestones: [Int]

  /// Creates the schedule; the milestones may come in any order.
  public init(initial: Double, factor: Double, milestones: [Int]) {
    self.initial = nonNegative(initial)
    self.factor = min(1, nonNegative(factor))
    self.milestones = milestones.map { max(0, $0) }.sorted()
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> MultiStepDecay {
    MultiStepDecay(initial: initial, factor: factor, milestones: milestones)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = max(0, step)
    var passed = 0
    while passed < milestones.count, milestones[passed] <= step { passed += 1 }
    return initial * power(factor, passed)
  }

  /// The last milestone, after which the value holds.
  public var length: Int? { milestones.last ?? 0 }

  /// Reads the schedule; the milestones may come in any order.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    initial = try container.decode(Double.self, forKey: .initial)
    factor = try container.decode(Double.self, forKey: .factor)
    milestones = try container.decode([Int].self, forKey: .milestones).sorted()
  }
}

extension MultiStepDecay {
  /// The name for a run.
  ///
  /// - Source: He et al., *Deep Residual Learning for Image Recognition* (2016), section 4.2: divided by
  ///   ten at 32,000 and 48,000 of 64,000 updates.
  public static let entries = [
    ScheduleEntry(
      "step-decay", aliases: ["multi-step"],
      elsewhere: ["MultiStepLR", "PiecewiseConstantDecay", "piecewise_constant_schedule"],
      "the upper bound, divided by ten at half and at three quarters of the run", .fallsToZero
    ) {
      MultiStepDecay(
        initial: $0.high, factor: 0.1, milestones: [$0.total / 2, $0.total - $0.total / 4])
    }
  ]

  /// A factor for each milestone.
  public func pythonFormula(_ t: String) -> String? {
    milestones.reduce(PythonFormula.number(initial)) {
      $0 + " * where(\(t) < \($1), 1.0, \(PythonFormula.number(factor)))"
    }
  }
}
