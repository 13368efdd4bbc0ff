/// Decides when a range test ends: when the loss is not finite, or has risen again.
///
/// It fires at once on a loss that is not a finite number. Otherwise it fires when the median of the
/// last five losses has risen again by four fifths of what had been gained. That is measured against
/// what was gained and not against the loss itself, so it serves negative losses and bounded ones,
/// where "four times the minimum" stops at once or never.
public struct DivergenceWatch: Sendable {
  /// Why the test is over.
  public enum Reason: Sendable, Hashable {
    /// The loss was NaN or infinite.
    case nonFinite
    /// The loss has risen again.
    case rose
  }

  private var losses: [Double] = []
  private var best = Double.infinity
  private var worstBeforeBest = -Double.infinity
  private let window = 5

  /// Creates a watch that has seen nothing.
  public init() {}

  /// Takes in the next loss; returns why the test should stop, or nil if it should continue.
  ///
  /// - Parameter tolerated: a rise that is no reason, though a curve without noise may have gained less
  ///   than that before.
  public mutating func shouldStop(after loss: Double, tolerating tolerated: Double = 0) -> Reason? {
    guard loss.isFinite else { return .nonFinite }
    losses.append(loss)
    guard losses.count >= window else { return nil }
    let recent = median(of: losses.suffix(window))
    if losses.count == window { worstBeforeBest = recent }
    best = min(best, recent)
    let start = max(worstBeforeBest, median(of: losses.prefix(window)))
    let gained = start - best
    let noise = typicalJump
    // Nothing gained yet: only a rise far beyond the noise counts.
    if gained < 3 * noise {
      return recent > start + max(20 * noise, tolerated) + 1e-12 ? .rose : nil
    }
    return recent > best + max(0.8 * gained, 4 * noise, tolerated) ? .rose : nil
  }

  /// The median jump between successive losses up to now, over the first ones: noise before trouble.
  private var typicalJump: Double {
    let early = losses.prefix(max(10, losses.count / 2))
    return median(of: zip(early, early.dropFirst()).map { abs($1 - $0) }[...])
  }
}
