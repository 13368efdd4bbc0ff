/// A number that rises and falls in straight lines between two bounds, without end.
///
/// One cycle is `stepSize` updates from one bound to the other, and `stepSizeDown` back:
///
///     rate(t) = from + (to - from) * height(t)
///
///     let rate = Triangular(from: 0.001, to: 0.006, stepSize: 2000)
///     rate.value(at: 0)       // 0.001
///     rate.value(at: 2_000)   // 0.006
///     rate.value(at: 4_000)   // 0.001
///
/// With `from` above `to` it falls first, as momentum does while the learning rate rises. A step size
/// of 0 begins at the other bound.
///
/// - Source: Smith, *Cyclical Learning Rates for Training Neural Networks* (2017), section 3.2;
///   equal to PyTorch's `CyclicLR(mode="triangular")`.
public struct Triangular: EndlessCycle {
  /// The name in files: `triangular`.
  public static let name = "triangular"

  /// The bound at which a cycle begins and ends.
  public let from: Double
  /// The bound in the middle of a cycle.
  public let to: Double
  /// Updates from `from` to `to`.
  public let stepSize: Int
  /// Updates from `to` back to `from`.
  public let stepSizeDown: Int

  /// Creates the schedule; the way back is as long as the way there unless it is said.
  public init(from: Double, to: Double, stepSize: Int, stepSizeDown: Int? = nil) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.stepSize = max(0, stepSize)
    self.stepSizeDown = max(0, stepSizeDown ?? stepSize)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Triangular {
    Triangular(from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double { from + (to - from) * clock.position(of: step).height }
}

extension Triangular {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "triangular", elsewhere: ["CyclicLR", "CyclicalLearningRate"],
      "rise and fall, again and again", [.rises, .repeats, .isOpenEnded]
    ) {
      Triangular(
        from: $0.low, to: $0.high, stepSize: $0.halfCycle, stepSizeDown: $0.halfCycleDown)
    }
  ]

  /// The line between the bounds.
  public func pythonFormula(_ t: String) -> String? {
    "\(PythonFormula.number(from)) + \(PythonFormula.number(to - from)) "
      + "* \(PythonFormula.height(t, stepSize, stepSizeDown))"
  }
}
