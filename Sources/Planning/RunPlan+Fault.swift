import Numbers
import Schedules
import Settings

extension RunPlan {
  /// The first number that no run's plan has, in words; nil for a sound plan.
  ///
  /// A plan is read from a file that may have been changed, and a run would train by it whatever it says.
  var fault: String? {
    // Looked up once: each of ten thousand updates is compared with them.
    let bounds = (rate: highestAllowedRate, decay: highestAllowedDecay)
    return faultOfPeaks ?? updates.lazy.compactMap { fault(at: $0, bounds) }.first
  }

  /// The updates whose numbers are checked: the first peak, the last update, and some ten thousand between.
  private var updates: [Int] {
    let last = max(0, budget.totalSteps - 1)
    let between = stride(from: 0, through: last, by: max(1, last / 10_000))
    let peaks = [plan.learningRate, plan.momentum, plan.weightDecay].compactMap {
      $0?.afterWarmUp.cyclic.map { $0.stepsUp.addingOrMax(warmUp) }
    }
    return (between + peaks + [last]).filter { (0...last).contains($0) }
  }

  private func fault(at update: Int, _ highest: (rate: Double, decay: Double)) -> String? {
    let values = plan.values(at: update)
    func fault(_ name: String, _ value: Double, _ allowed: String) -> String {
      "the \(name) of update \(update + 1) is \(value), but must be \(allowed)"
    }
    if !(0...highest.rate * 1.001).contains(values.learningRate) {
      return fault("learning rate", values.learningRate, "from 0 to \(highest.rate)")
    }
    if let momentum = values.momentum, !(0..<1).contains(momentum) {
      return fault("momentum", momentum, "from 0 to below 1")
    }
    if let decay = values.weightDecay, !(0...highest.decay * 1.001).contains(decay) {
      return fault("weight decay", decay, "from 0 to \(highest.decay)")
    }
    return nil
  }

  /// The upper bound, or a higher one that a change gave.
  private var highestAllowedRate: Double {
    let changed = plan.changes.map { change -> Double in
      switch change.kind {
      case .continuedAtFloor(let rate), .bounds(_, let rate, _, _), .rolledBack(_, _, let rate),
        .peaks(_, let rate):
        rate
      case .extended, .weightDecay, .groupAdded, .landed, .reopened: 0
      }
    }
    guard let bound = settings.schedule.maxLR else { return .greatestFiniteMagnitude / 2 }
    return max(bound, changed.max() ?? 0)
  }

  /// The weight decay of the settings, or a higher one that a change gave.
  private var highestAllowedDecay: Double {
    let changed = plan.changes.map { change -> Double in
      if case .weightDecay(let from, let to) = change.kind { return max(from, to) }
      return 0
    }
    return max(settings.optimizer.weightDecay, changed.max() ?? 0)
  }

  /// A run's own one-cycle has its peak at a whole update before its end.
  private var faultOfPeaks: String? {
    for (name, schedule) in [("learning rate", plan.learningRate), ("momentum", plan.momentum)] {
      guard let cycle = schedule?.afterWarmUp.cyclic as? OneCycle else { continue }
      if !(0...max(0, cycle.endAt)).contains(cycle.peakAt) || cycle.peakAt != cycle.peakAt.rounded() {
        return
          "the \(name)'s peakAt is \(cycle.peakAt), but must be a whole number from 0 to \(cycle.endAt)"
      }
    }
    return nil
  }
}
