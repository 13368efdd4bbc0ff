/// A rate that is lowered when a metric has stopped improving.
///
/// It is the one rule that no function of the update can express, so it is no `Schedule`: what it has
/// seen is an explicit `State`, which whoever trains keeps, and saves with the run.
///
///     let rule = ReduceOnPlateau(initial: 0.1, factor: 0.1, patience: 2)
///     var state = rule.start
///     for loss in [1.0, 0.5, 0.5, 0.5, 0.5] { rule.take(loss, into: &state) }
///     rule.value(in: state)   // 0.01: the third loss in a row that was no better
///
/// - Source: PyTorch's `ReduceLROnPlateau`.
public struct ReduceOnPlateau: Sendable, Hashable, Codable {
  /// Whether a metric is better when it is lower or when it is higher.
  public enum Goal: String, Sendable, Hashable, Codable, CaseIterable {
    /// A loss.
    case lower
    /// An accuracy.
    case higher
  }

  /// How a threshold is meant.
  public enum ThresholdMode: String, Sendable, Hashable, Codable, CaseIterable {
    /// As a part of the best metric so far.
    case relative
    /// As a difference from it.
    case absolute
  }

  /// What the rule has seen so far.
  public struct State: Sendable, Hashable, Codable {
    /// The rate now.
    public var rate: Double
    /// The best metric so far, if there was any.
    public var best: Double?
    /// Metrics in a row that were no better.
    public var badEvaluations = 0
    /// Metrics for which nothing will be counted yet.
    public var coolingDown = 0
  }

  /// The rate at the start.
  public let initial: Double
  /// What the rate is multiplied by; from 0 to 1.
  public let factor: Double
  /// Metrics in a row that may be no better; the next one lowers the rate.
  public let patience: Int
  /// Whether lower or higher is better.
  public let goal: Goal
  /// By how much a metric must be better to count as such.
  public let threshold: Double
  /// How the threshold is meant.
  public let thresholdMode: ThresholdMode
  /// Metrics after a lowering that are not counted.
  public let cooldown: Int
  /// The lowest rate.
  public let floor: Double
  /// A lowering that is smaller than this is not made.
  public let leastChange: Double

  /// Creates the rule, with PyTorch's defaults.
  public init(
    initial: Double, factor: Double = 0.1, patience: Int = 10, goal: Goal = .lower,
    threshold: Double = 1e-4, thresholdMode: ThresholdMode = .relative, cooldown: Int = 0,
    floor: Double = 0, leastChange: Double = 1e-8
  ) {
    self.initial = nonNegative(initial)
    self.factor = min(1, nonNegative(factor))
    self.patience = max(0, patience)
    self.goal = goal
    self.threshold = nonNegative(threshold)
    self.thresholdMode = thresholdMode
    self.cooldown = max(0, cooldown)
    self.floor = nonNegative(floor)
    self.leastChange = nonNegative(leastChange)
  }

  /// The state before any metric.
  public var start: State { State(rate: initial) }

  /// Returns the rate in a state.
  public func value(in state: State) -> Double { state.rate }

  /// Takes in the next metric; one that is not a number counts as no better.
  public func take(_ value: Double, into state: inout State) {
    if isBetter(value, than: state.best) {
      state.best = value
      state.badEvaluations = 0
    } else {
      state.badEvaluations += 1
    }
    if state.coolingDown > 0 {
      state.coolingDown -= 1
      state.badEvaluations = 0
    }
    guard state.badEvaluations > patience else { return }
    let lowered = max(state.rate * factor, floor)
    if state.rate - lowered > leastChange { state.rate = lowered }
    state.coolingDown = cooldown
    state.badEvaluations = 0
  }

  private func isBetter(_ value: Double, than best: Double?) -> Bool {
    guard !value.isNaN else { return false }
    guard let best else { return true }
    return switch (goal, thresholdMode) {
    case (.lower, .relative): value < best * (1 - threshold)
    case (.lower, .absolute): value < best - threshold
    case (.higher, .relative): value > best * (1 + threshold)
    case (.higher, .absolute): value > best + threshold
    }
  }
}

extension ReduceOnPlateau.State {
  /// Reads a state, also of an older file.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      rate: try values.decode(Double.self, forKey: .rate),
      best: try values.decodeIfPresent(Double.self, forKey: .best),
      badEvaluations: try decoder.value("badEvaluations", older: "badFigures"),
      coolingDown: try values.decode(Int.self, forKey: .coolingDown))
  }
}
