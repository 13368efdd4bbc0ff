import Foundation

/// The way from one value to another.
public enum Anneal: String, Sendable, Hashable, Codable, CaseIterable {
  /// In a straight line.
  case linear
  /// Along half a cosine: flat at both ends.
  case cos

  /// Returns the value after a part of the way, from 0 to 1.
  func value(from start: Double, to end: Double, after part: Double) -> Double {
    // The ends are met exactly, which the formulas do only to the last bit.
    if part <= 0 { return start }
    if part >= 1 { return end }
    return switch self {
    case .linear: start + (end - start) * part
    case .cos: end + (start - end) / 2 * (1 + Foundation.cos(.pi * part))
    }
  }
}

/// One rise to a peak and one fall to the end of the run, below the start if so wished.
///
///     let rate = OneCycle(from: 0.04, to: 1, ending: 0.0004, stepsUp: 300, totalSteps: 1000)
///     rate.value(at: 0)      // 0.04
///     rate.value(at: 300)    // 1.0
///     rate.value(at: 999)    // 0.0004, and so for ever
///
/// The peak is met exactly, at update `stepsUp`; the end at the last update. With `stepsUp` 0 the
/// run begins at the peak; a run of one update is all peak.
///
/// - Source: Smith, Topin, *Super-Convergence* (2018). PyTorch's `OneCycleLR` puts the peak at
///   `pct_start * total_steps - 1`, between two updates if that is not whole.
public struct OneCycle: CyclicSchedule {
  /// The value at the first update.
  public let from: Double
  /// The value at the peak.
  public let to: Double
  /// The value at the last update.
  public let ending: Double
  /// Updates before the peak.
  public let stepsUp: Int
  /// Updates in all.
  public let totalSteps: Int
  /// The way up and down.
  public let anneal: Anneal

  /// Creates the schedule; a peak behind the end is moved to the end.
  public init(
    from: Double, to: Double, ending: Double, stepsUp: Int, totalSteps: Int,
    anneal: Anneal = .cos
  ) {
    self.from = nonNegative(from)
    self.to = nonNegative(to)
    self.ending = nonNegative(ending)
    self.totalSteps = max(1, totalSteps)
    self.stepsUp = min(max(0, stepsUp), max(1, totalSteps) - 1)
    self.anneal = anneal
  }

  /// Returns the value for an update.
  public func value(at step: Int) -> Double {
    let step = min(max(0, step), totalSteps - 1)
    if step <= stepsUp {
      guard stepsUp > 0 else { return to }
      return anneal.value(from: from, to: to, after: Double(step) / Double(stepsUp))
    }
    let part = Double(step - stepsUp) / Double(totalSteps - 1 - stepsUp)
    return anneal.value(from: to, to: ending, after: part)
  }

  /// It holds after the last update.
  public var length: Int? { totalSteps }
  /// The value at the first update.
  public var trough: Double { from }
  /// The value at the peak.
  public var peak: Double { to }
  /// Updates in the one cycle.
  public var stepsPerCycle: Int { totalSteps }
}
