import Foundation
import Numbers

/// A complete short cycle to one peak, and what came of it.
public struct Rehearsal: Sendable, Hashable, Codable {
  /// How the rehearsal ended.
  public enum End: String, Sendable, Hashable, Codable {
    /// The rehearsal reached the end of its cycle.
    case completed
    /// The loss became NaN or infinite.
    case notFinite
    /// The rehearsal was stopped at half time, its loss far above the best one's.
    case stopped
  }

  /// The step at its peak; see `PeakPrior`.
  public let step: Double
  /// How the rehearsal ended.
  public let end: End
  /// The mean loss on the held-out images; NaN unless it came to its end.
  @NaNAsNull public private(set) var loss: Double
  /// The losses of the held-out images' batches, in order; those of one batch belong together in all
  /// rehearsals.
  public let batchLosses: [Double]
  /// The mean training loss just before half time; NaN where it did not come to it.
  @NaNAsNull public private(set) var halfTimeLoss: Double
  /// The updates that were made.
  public let updates: Int

  enum CodingKeys: String, CodingKey {
    case step, end, loss, updates
    case batchLosses = "batch_losses"
    case halfTimeLoss = "half_time_loss"
  }

  /// Creates a rehearsal.
  public init(
    step: Double, end: End = .completed, loss: Double = .nan, batchLosses: [Double] = [],
    halfTimeLoss: Double = .nan, updates: Int = 0
  ) {
    self.step = step
    self.end = end
    self.batchLosses = batchLosses
    self.updates = updates
    self.loss = loss
    self.halfTimeLoss = halfTimeLoss
  }

  /// Whether its peak is too high: its loss was NaN or infinite, or far above that of a lower peak.
  public var isLost: Bool { end != .completed || !loss.isFinite }

  /// Whether a training loss just before half time is so far above the best one that the rehearsal is lost.
  ///
  /// Only a peak above the best one's is lost: one below it learns slowly and harms nothing.
  ///
  /// - Parameter others: the rehearsals that have come to half time.
  public static func isLost(
    _ halfTimeLoss: Double, atStep step: Double, beside others: [Rehearsal]
  ) -> Bool {
    guard halfTimeLoss.isFinite else { return true }
    let seen = others.filter { $0.halfTimeLoss.isFinite }
    guard let best = seen.min(by: { $0.halfTimeLoss < $1.halfTimeLoss }), best.halfTimeLoss > 0,
      step > best.step
    else { return false }
    return halfTimeLoss > PeakTable.lostRatio.value * best.halfTimeLoss
  }
}

extension [Rehearsal] {
  /// The rehearsal with the lowest loss, of those that came to their end.
  public var best: Rehearsal? {
    filter { !$0.isLost }.min { ($0.loss, $0.step) < ($1.loss, $1.step) }
  }

  /// The lowest step that was lost.
  public var lowestLost: Double? { filter(\.isLost).map(\.step).min() }

  /// The variance of each loss that was not lost, by which it may differ from the best one's by chance: by
  /// the held-out images, which are the same in all, and by the seed.
  func variances() -> [(rehearsal: Rehearsal, variance: Double)] {
    guard let best else { return [] }
    return filter { !$0.isLost }.map { rehearsal in
      let seed = PeakTable.seedDeviation.value * rehearsal.loss
      let missed = PeakTable.misfit.value * (rehearsal.loss - best.loss)
      return (
        rehearsal,
        Self.varianceOfMean(rehearsal.batchLosses, minus: best.batchLosses) + seed * seed
          + missed * missed
      )
    }
  }

  /// The standard error of each loss beside the best one, for pictures.
  public var standardErrors: [(rehearsal: Rehearsal, error: Double)] {
    variances().map { ($0.rehearsal, $0.variance.squareRoot()) }
  }

  /// The variance of the mean of paired differences; 0 of fewer than two.
  private static func varianceOfMean(_ a: [Double], minus b: [Double]) -> Double {
    let differences = zip(a, b).map { $0 - $1 }.filter(\.isFinite)
    guard a.count == b.count, differences.count > 1 else { return 0 }
    let count = Double(differences.count)
    let mean = differences.reduce(0, +) / count
    let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return squares / (count - 1) / count
  }
}
