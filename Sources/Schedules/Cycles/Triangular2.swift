/// `Triangular` with half the height in each further cycle.
///
///     rate(t) = from + (to - from) * height(t) / 2^cycle(t)
///
///     let rate = Triangular2(from: 0.001, to: 0.005, stepSize: 2000)
///     rate.value(at: 2_000)   // 0.005
///     rate.value(at: 6_000)   // 0.003
///
/// - Source: Smith (2017), section 3.2; equal to PyTorch's `CyclicLR(mode="triangular2")`.
public struct Triangular2: EndlessCycle {
  /// The name in files: `triangular2`.
  public static let name = "triangular2"

  /// The bound at which a cycle begins and ends.
  public let from: Double
  /// The bound in the middle of the first cycle.
  public let to: Double
  /// Updates from `from` to the middle.
  public let stepSize: Int
  /// Updates from the middle back to `from`.
  public let stepSizeDown: Int

  /// Creates the schedule; the way back is as long as the way there unless it is said.
  public init(from: Double, to: Double, stepSize: Int, stepSizeDown: Int? = nil) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.stepSize = max(0, stepSize)
    self.stepSizeDown = max(0, stepSizeDown ?? stepSize)
  }

  /// The schedule as its initializer would make it of the same numbers.
  public func normalized() -> Triangular2 {
    Triangular2(from: from, to: to, stepSize: stepSize, stepSizeDown: stepSizeDown)
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let position = clock.position(of: step)
    return from + (to - from) * position.height * halved(position.cycle)
  }
}

extension Triangular2 {
  /// The names by which a run can ask for the schedule.
  public static let entries = [
    ScheduleEntry(
      "triangular2", elsewhere: ["Triangular2CyclicalLearningRate"], "as triangular, with half the height each time",
      [.rises, .repeats, .isOpenEnded]
    ) {
      Triangular2(
        from: $0.low, to: $0.high, stepSize: $0.halfCycle, stepSizeDown: $0.halfCycleDown)
    }
  ]

  /// The line between the bounds, and the halvings.
  public func pythonFormula(_ t: String) -> String? {
    "\(PythonFormula.number(from)) + \(PythonFormula.number(to - from)) "
      + "* \(PythonFormula.height(t, stepSize, stepSizeDown)) "
      + "* 0.5 ** (\(t) // \(PythonFormula.period(stepSize, stepSizeDown)))"
  }
}
