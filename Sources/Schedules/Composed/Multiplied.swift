/// The product of two schedules, update by update.
///
///     let cycles = Triangular(from: 0.1, to: 0.3, stepSize: 9)
///     let rate = cycles.multiplied(by: StepDecay(initial: 1, factor: 0.1, every: 90))
///
/// So Smith (2017, table 4) trained ResNets: the cycle's bounds go down by the original steps.
public struct Multiplied: Schedule {
  /// The name in files: `multiplied`.
  public static let name = "multiplied"

  /// One factor; its cycles are the product's.
  public let first: AnySchedule
  /// The other factor.
  public let second: AnySchedule

  /// Returns the product for an update; the largest finite number where that is beyond.
  public func value(at step: Int) -> Double {
    min(first.value(at: step) * second.value(at: step), .greatestFiniteMagnitude)
  }

  /// The later of the two ends.
  public var length: Int? {
    guard let one = first.length, let other = second.length else { return nil }
    return max(one, other)
  }

  /// The ends of the first one's cycles, or of the second's if the first has none.
  public func troughs(upTo totalSteps: Int) -> [Int] {
    let troughs = first.troughs(upTo: totalSteps)
    return troughs.isEmpty ? second.troughs(upTo: totalSteps) : troughs
  }
}

extension Multiplied {
  /// The product of both formulas.
  public func pythonFormula(_ t: String) -> String? {
    guard let one = PythonFormula.inner(first, t), let other = PythonFormula.inner(second, t) else {
      return nil
    }
    return "\(one) * \(other)"
  }
}

extension Schedule {
  /// Returns the product of this schedule and another, update by update.
  public func multiplied(by other: some Schedule) -> AnySchedule {
    AnySchedule(Multiplied(first: AnySchedule(self), second: AnySchedule(other)))
  }
}
