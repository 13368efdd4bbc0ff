import Formatting
import Numbers

/// The cycles that fit a budget: how long, and how many.
public struct CycleChoice: Sendable, Hashable {
  /// Updates from a trough to the next peak.
  public var stepSize: Int
  /// Whole cycles in the run.
  public var cycles: Int
  /// Updates in the run: as many whole cycles as the budget holds.
  public var totalSteps: Int
  /// Why, in a sentence's second half.
  public var reason: String

  /// Whether it is a single rise and fall over the whole run.
  public var isSingle: Bool { cycles == 1 }
}

/// Chooses cycles for a budget.
///
/// One cycle rises over `peakShare` of the run and falls over the rest (Smith, Topin 2018). Several cycles to the same
/// step were better in no comparison (Guides/comparison.md), so they are for runs that make something of their ends.
///
/// Smith (2017) finds half-cycles of 2 to 10 epochs, and at least 3 cycles, to work; common are 500 to
/// 10,000 updates. Both are kept where both can be: half-cycles have fewer epochs where an epoch has
/// many updates, and more where it has few. Where they cannot, as in tiny data and in huge ones, 500
/// updates and 2 epochs are the least; a budget too short for three such cycles is cut into three shorter ones. A larger
/// one has as few cycles as half-cycles of at most 10 epochs need.
public struct CyclePlanner: Sendable {
  /// The share of a single cycle that rises.
  public static let peakShare = 0.25
  private static let halfCycleUpdates = 500...10_000
  /// Cycles that are half as high each time: the tenth is a five-hundredth of the first.
  private static let maximumCycles = 10

  /// Creates a planner.
  public init() {}

  /// Returns one cycle of so many updates.
  public func single(totalSteps: Int) -> CycleChoice {
    CycleChoice(
      stepSize: Int(clamping: (Self.peakShare * Double(totalSteps)).rounded()), cycles: 1,
      totalSteps: totalSteps,
      reason: "several cycles to the same step were better in no comparison (Guides/comparison.md)")
  }

  /// Returns three or more cycles for so many updates; one where they are fewer than six.
  public func several(totalSteps: Int, stepsPerEpoch: Int) -> CycleChoice {
    // So large a number that nothing below can overflow.
    let (total, perEpoch) = (min(totalSteps, 1 << 60), min(max(1, stepsPerEpoch), 1 << 50))
    guard total >= 6 else { return single(totalSteps: totalSteps) }
    let least = max(within(epochs: 5, perEpoch), 2 * perEpoch)
    let most = max(within(epochs: 10, perEpoch), least)
    let cycles = max(3, min(atMost(total, perEpoch), count(total, most, least)))
    let stepSize = total / (2 * cycles)
    return CycleChoice(
      stepSize: stepSize, cycles: cycles, totalSteps: 2 * cycles * stepSize,
      reason: "\(cycles) cycles fit into \(epochs(total, perEpoch)), with half-cycles of "
        + "\(epochs(stepSize, perEpoch)) (\(quantity(stepSize, "update")))")
  }

  /// So many epochs in updates, brought within the recommended range.
  private func within(epochs: Int, _ perEpoch: Int) -> Int {
    min(max(epochs * perEpoch, Self.halfCycleUpdates.lowerBound), Self.halfCycleUpdates.upperBound)
  }

  /// As few cycles as half-cycles of at most `most` updates need, but none shorter than `least`.
  private func count(_ total: Int, _ most: Int, _ least: Int) -> Int {
    min((total + 2 * most - 1) / (2 * most), total / (2 * least))
  }

  /// The most cycles: ten, or as many as half-cycles of 10 epochs need where that is a length.
  private func atMost(_ total: Int, _ perEpoch: Int) -> Int {
    let longest = 10 * perEpoch
    guard longest >= Self.halfCycleUpdates.lowerBound else { return Self.maximumCycles }
    return max(Self.maximumCycles, (total + 2 * longest - 1) / (2 * longest))
  }

  private func epochs(_ updates: Int, _ perEpoch: Int) -> String {
    let epochs = Double(updates) / Double(perEpoch)
    return (epochs < 0.1 ? "less than a tenth of an epoch" : quantity(tenths(epochs), "epoch"))
  }

  private func tenths(_ value: Double) -> String {
    let rounded = (value * 10).rounded() / 10
    return rounded == rounded.rounded() ? "\(Int(clamping: rounded))" : "\(rounded)"
  }
}
