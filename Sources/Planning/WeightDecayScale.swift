import Formatting
import Foundation
import Schedules
import Settings

/// AdamW's weight decay by its time scale: the updates in which it forgets what the weights were.
///
/// Each update takes `rate * decay` of a weight away, so a weight is a mean over the last
/// `1 / (rate * decay)` updates. That number, in epochs, is what stays alike over data sets, batches and
/// lengths; the useful ones lie between one epoch and the run.
///
/// - Source: Wang, Aitchison, *How to set AdamW's weight decay as you scale model and dataset size* (2024).
public struct WeightDecayScale: Sendable, Hashable {
  /// The weight decay.
  public let decay: Double
  /// Updates in which it takes effect: 1 / (mean rate * decay).
  public let updates: Double

  /// The time scale in runs, where the weights begin at random.
  static let share = 0.4
  /// The share for a model that begins with trained weights, which are not to be forgotten.
  static let shareOfFineTuning = 1.0
  /// The highest decay that is chosen.
  static let highest = 0.3
  /// The highest decay that is chosen for a model that begins with trained weights.
  static let highestOfFineTuning = 0.05

  /// Measures a decay in a plan.
  init?(of decay: Double, in plan: Plan, _ budget: Budget) {
    let mean = Self.meanRate(of: plan, budget)
    guard decay > 0, mean > 0 else { return nil }
    self.decay = decay
    updates = 1 / (mean * decay)
  }

  /// Chooses the decay of a plan, to two digits.
  init?(for plan: Plan, _ budget: Budget, isFineTuning: Bool) {
    let mean = Self.meanRate(of: plan, budget)
    let share = isFineTuning ? Self.shareOfFineTuning : Self.share
    let highest = isFineTuning ? Self.highestOfFineTuning : Self.highest
    guard mean > 0, budget.totalSteps > 0 else { return nil }
    let decay = min(highest, 1 / (share * Double(budget.totalSteps) * mean))
    guard let rounded = Double(String(format: "%.1e", decay)) else { return nil }
    self.init(of: rounded, in: plan, budget)
  }

  /// The decay by which the sum of rate * decay over the run is 4: all but a fiftieth of a weight is forgotten.
  static func strongest(in plan: Plan, _ budget: Budget) -> Double {
    let sum = meanRate(of: plan, budget) * Double(budget.totalSteps)
    return sum > 0 ? 4 / sum : .infinity
  }

  /// The mean of a plan's rate over the run, by at most some ten thousand of its updates.
  private static func meanRate(of plan: Plan, _ budget: Budget) -> Double {
    let step = max(1, budget.totalSteps / 10_000)
    let rates = stride(from: 0, to: budget.totalSteps, by: step).map(plan.learningRate.value)
    return rates.reduce(0, +) / Double(max(1, rates.count))
  }

  /// `weight decay 0.21, with a time scale of 12.4 epochs (40 % of the run)`; where it is longer than the run,
  /// `weight decay 0.05, which takes 2.7 % of each weight in the whole run`.
  ///
  /// Of a run without an end nothing is said of its share.
  func description(in budget: Budget, hasEnd: Bool = true) -> String {
    let runs = updates / Double(max(1, budget.totalSteps))
    if hasEnd, runs > 1 {
      let taken = String(format: "%.2g", 100 * (1 - exp(-1 / runs)))
      return "weight decay \(decay), which takes \(taken) % of each weight in the whole run"
    }
    let epochs = String(format: "%.3g", updates / Double(budget.stepsPerEpoch))
    let share = String(format: "%.0f", 100 * runs)
    return "weight decay \(decay), with a time scale of \(quantity(epochs, "epoch"))"
      + (hasEnd ? " (\(share) % of the run)" : "")
  }
}
