import Foundation
import Numbers

/// Something about a plan that its user should know before the first update.
public enum PlanFinding: Sendable, Hashable {
  /// The run ends within a cycle; the last whole one ends earlier, if there is any.
  case endsOffTrough(lastTrough: Int?, totalSteps: Int)
  /// Half a cycle is longer than the whole run, so the peak is never met.
  case halfCycleLongerThanRun(stepsUp: Int, totalSteps: Int, highest: Double)
  /// The rise of the run's one cycle was to take longer than fits, and takes less.
  case riseShortened(asked: Int, rise: Int, totalSteps: Int)
  /// Half a cycle is outside Smith's 2 to 10 epochs.
  case halfCycleOutsideRange(epochs: Double)
  /// There are fewer cycles than Smith's three.
  case fewCycles(Int)
  /// The upper bound is not above the lower one.
  case boundsCrossed(trough: Double, peak: Double)
  /// The upper bound is hardly above the lower one.
  case boundsClose(ratio: Double)
  /// The peak lies between two updates, and neither has it.
  case peakMissed(peak: Double, highest: Double)
  /// The run ends while the rate is still warming up.
  case warmUpLongerThanRun(warmUp: Int, totalSteps: Int)
  /// The fall at the end takes another number of updates than was asked for.
  case coolDownChanged(asked: Double, takes: Int, totalSteps: Int)
  /// The run has fewer cycles than its patience waits for.
  case patienceNeverOver(patience: Int, cycles: Int)
}

extension PlanFinding {
  /// Whether it compares the cycles' length or number with what Smith found to work.
  public var isAboutLengths: Bool {
    switch self {
    case .halfCycleOutsideRange, .fewCycles: true
    default: false
    }
  }
}

extension PlanFinding: CustomStringConvertible {
  /// One sentence: what, and what will happen.
  public var description: String {
    func text(_ value: Double) -> String { String(format: "%.3g", value) }
    return switch self {
    case .endsOffTrough(let trough?, let total):
      "The run ends within a cycle: the last trough is at update \(trough) of \(total); the metrics "
        + "at the end will be worse than at that trough."
    case .endsOffTrough(nil, let total):
      "The run of \(total) updates ends before its first cycle does."
    case .halfCycleLongerThanRun(let up, let total, let highest):
      "The rise of a cycle (\(up) updates) is not shorter than the run (\(total)): the rate only rises, to "
        + "\(text(highest)), and never reaches the peak."
    case .riseShortened(let asked, let rise, let total):
      "The rise was to take \(asked) of the run's \(total) updates (--step-size): it takes \(rise), since the rate has to "
        + "fall too."
    case .halfCycleOutsideRange(let epochs):
      "Half a cycle takes " + String(format: "%.2g", epochs)
        + (epochs == 1 ? " epoch" : " epochs") + "; Smith found 2 to 10 to work."
    case .fewCycles(let count):
      "The run has \(count) \(count == 1 ? "cycle" : "cycles"); Smith found 3 and more to work better."
    case .boundsCrossed(let trough, let peak):
      "The upper bound \(peak) is not above the lower one \(trough): the rate does not cycle."
    case .boundsClose(let ratio):
      "The upper bound is only \(text(ratio)) times the lower one: the rate hardly cycles; Smith's "
        + "are 3 to 4 times apart."
    case .peakMissed(let peak, let highest):
      "The peak \(text(peak)) lies between two updates; the highest rate is \(text(highest))."
    case .warmUpLongerThanRun(let warmUp, let total):
      "The warm-up takes \(warmUp) updates and the run has \(total): the rate never reaches the schedule's "
        + "first value."
    case .coolDownChanged(let asked, let takes, let total):
      "The cool-down was to take \(text(asked)) of the run's \(total) updates (--cooldown): it takes \(takes), since "
        + (Double(takes) > asked ? "the first of them still has the peak." : "the warm-up takes the others.")
    case .patienceNeverOver(let patience, let cycles):
      "The run has \(cycles) \(cycles == 1 ? "cycle" : "cycles"): --patience \(patience) stops it at none of them, since "
        + "the first has nothing to be compared with, and the last is the end."
    }
  }
}

extension Plan {
  /// Returns what is worth knowing about the plan in this budget; empty if all is as it should be.
  public func findings(in budget: Budget) -> [PlanFinding] {
    let total = budget.totalSteps
    if let warmUp = learningRate.warmUp, warmUp >= total {
      return [.warmUpLongerThanRun(warmUp: warmUp, totalSteps: total)]
    }
    guard let cycle = learningRate.cyclic else { return [] }
    if cycle.peak <= cycle.trough {
      return [.boundsCrossed(trough: cycle.trough, peak: cycle.peak)]
    }
    if cycle.stepsUp >= total {
      let highest = cycle.value(at: total - 1)
      return [.halfCycleLongerThanRun(stepsUp: cycle.stepsUp, totalSteps: total, highest: highest)]
    }
    return ending(in: budget) + heights(of: cycle) + lengths(of: cycle, in: budget)
  }

  private func ending(in budget: Budget) -> [PlanFinding] {
    let last = troughs(upTo: budget.totalSteps).last
    return last == budget.totalSteps
      ? [] : [.endsOffTrough(lastTrough: last, totalSteps: budget.totalSteps)]
  }

  private func heights(of cycle: any CyclicSchedule) -> [PlanFinding] {
    var findings: [PlanFinding] = []
    if let one = cycle as? OneCycle, one.peakAt != one.peakAt.rounded() {
      let sides = [one.peakAt.rounded(.down), one.peakAt.rounded(.up)]
      let highest = sides.map { one.value(at: Int(clamping: $0)) }.max() ?? one.to
      findings.append(.peakMissed(peak: one.to, highest: highest))
    }
    if cycle.trough > 0, cycle.peak / cycle.trough < 1.5 {
      findings.append(.boundsClose(ratio: cycle.peak / cycle.trough))
    }
    return findings
  }

  /// One-cycle's length is the run's, and restarts have no way up, so Smith's rules on repeated cycles
  /// say nothing about them.
  private func lengths(of cycle: any CyclicSchedule, in budget: Budget) -> [PlanFinding] {
    guard cycle.length == nil, cycle.stepsUp > 0 else { return [] }
    var findings: [PlanFinding] = []
    let epochs = Double(cycle.stepsUp) / Double(budget.stepsPerEpoch)
    // Where an epoch has hardly an update, 500 to 10,000 of them are common.
    let isUsual = 10 * budget.stepsPerEpoch < 500 && (500...10_000).contains(cycle.stepsUp)
    if epochs < 2 || epochs > 10, !isUsual {
      findings.append(.halfCycleOutsideRange(epochs: epochs))
    }
    let count = troughs(upTo: budget.totalSteps).count
    if count < 3 { findings.append(.fewCycles(count)) }
    return findings
  }
}
