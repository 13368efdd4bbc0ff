import Foundation

/// Something about a plan that its user should know before the first update.
public enum PlanFinding: Sendable, Hashable {
  /// The run ends amid a cycle; the last whole one ends earlier, if there is any.
  case endsOffTrough(lastTrough: Int?, totalSteps: Int)
  /// Half a cycle is longer than the whole run, so the peak is never met.
  case halfCycleLongerThanRun(stepsUp: Int, totalSteps: Int, highest: Double)
  /// Half a cycle is outside Smith's 2 to 10 epochs.
  case halfCycleUnusual(epochs: Double)
  /// The upper bound is not above the lower one.
  case boundsCrossed(trough: Double, peak: Double)
}

extension PlanFinding: CustomStringConvertible {
  /// One sentence: what, and what will happen.
  public var description: String {
    switch self {
    case .endsOffTrough(let trough?, let total):
      "The run ends amid a cycle: the last trough is at update \(trough) of \(total); the figures "
        + "at the end will be worse than at that trough."
    case .endsOffTrough(nil, let total):
      "The run of \(total) updates ends before its first cycle does."
    case .halfCycleLongerThanRun(let up, let total, let highest):
      "Half a cycle (\(up) updates) is longer than the run (\(total)): the rate only rises, to "
        + String(format: "%.3g", highest) + ", and the peak is never met."
    case .halfCycleUnusual(let epochs):
      "Half a cycle takes " + String(format: "%.2g", epochs)
        + " epochs; Smith found 2 to 10 to work."
    case .boundsCrossed(let trough, let peak):
      "The upper bound \(peak) is not above the lower one \(trough): the rate does not cycle."
    }
  }
}

extension Plan {
  /// Returns what is worth knowing about the plan in this budget; empty if all is as it should be.
  public func findings(in budget: Budget) -> [PlanFinding] {
    guard let cycle = learningRate.cyclic else { return [] }
    let total = budget.totalSteps
    if cycle.peak <= cycle.trough {
      return [.boundsCrossed(trough: cycle.trough, peak: cycle.peak)]
    }
    if cycle.stepsUp >= total {
      let highest = cycle.value(at: total - 1)
      return [.halfCycleLongerThanRun(stepsUp: cycle.stepsUp, totalSteps: total, highest: highest)]
    }
    var findings: [PlanFinding] = []
    let troughs = troughs(upTo: total)
    if troughs.last != total {
      findings.append(.endsOffTrough(lastTrough: troughs.last, totalSteps: total))
    }
    // One-cycle's length is the run's, so the rule on repeated cycles says nothing about it.
    if cycle.length == nil {
      let epochs = Double(cycle.stepsUp) / Double(budget.stepsPerEpoch)
      if epochs < 2 || epochs > 10 { findings.append(.halfCycleUnusual(epochs: epochs)) }
    }
    return findings
  }
}
