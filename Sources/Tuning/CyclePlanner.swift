/// The cycles that fit a budget: of which kind, how long, how many.
public struct CycleChoice: Sendable, Hashable, Codable {
  /// The kind of cycle, by the name it has on the command line.
  public enum Kind: String, Sendable, Hashable, Codable {
    /// A single rise and fall over the whole run.
    case oneCycle = "one-cycle"
    /// Repeated cycles, each of half the height of the last.
    case triangular2
  }

  /// The kind of cycle.
  public var kind: Kind
  /// Updates from a trough to the next peak.
  public var stepSize: Int
  /// Whole cycles in the run.
  public var cycles: Int
  /// Updates in the run: as many whole cycles as the budget holds.
  public var totalSteps: Int
  /// Why, in a sentence's second half.
  public var reason: String
}

/// Chooses cycles for a budget.
///
/// Smith (2017) finds half-cycles of 2 to 10 epochs, and at least 3 cycles, to work. A budget that
/// holds no three such cycles is better spent on one (Smith, Topin 2018): it rises over `peakShare` of
/// the run and falls over the rest.
public struct CyclePlanner: Sendable {
  /// The share of a single cycle that rises.
  public static let peakShare = 0.25
  private static let epochsForSeveralCycles = 30.0

  /// Creates a planner.
  public init() {}

  /// Returns the cycles for so many updates.
  public func choose(totalSteps: Int, stepsPerEpoch: Int) -> CycleChoice {
    let epochs = Double(totalSteps) / Double(max(1, stepsPerEpoch))
    guard epochs >= Self.epochsForSeveralCycles else {
      return CycleChoice(
        kind: .oneCycle, stepSize: Int((Self.peakShare * Double(totalSteps)).rounded()), cycles: 1,
        totalSteps: totalSteps,
        reason: "a budget of \(tenths(epochs)) epochs holds no three cycles worth their while")
    }
    // From 3 cycles on, as many as half-cycles of at most 10 epochs need.
    let cycles = max(3, Int((epochs / 20).rounded(.up)))
    let stepSize = totalSteps / (2 * cycles)
    return CycleChoice(
      kind: .triangular2, stepSize: stepSize, cycles: cycles, totalSteps: 2 * cycles * stepSize,
      reason: "\(tenths(epochs)) epochs hold \(cycles) cycles of half-cycles of "
        + "\(tenths(Double(stepSize) / Double(stepsPerEpoch))) epochs")
  }

  private func tenths(_ value: Double) -> String {
    let rounded = (value * 10).rounded() / 10
    return rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
  }
}
