/// What a trough within a run of several cycles shows for the next cycles.
///
/// Troughs are alike in phase, so that training images, as they are without augmentation, and held-out
/// images can be compared from one to the next.
public enum TroughReading: Sendable, Hashable {
  /// The training images are separated: a higher peak, or more weight decay, keeps the model from settling
  /// on them.
  case separated(GeneralizationGap)
  /// The held-out images are worse than at the trough before, beyond chance, or the loss swings too far.
  case swingsTooFar(String)
  /// The last cycles brought no improvement.
  case stoppedGaining
  /// The model still improves.
  case gaining
}

extension Diagnosis {
  /// Reads the last trough.
  ///
  /// - Parameter evaluationCount: how many images were evaluated, for the chance in a score; nil where it
  ///   is not known, or the score is no share of images.
  public func reading(of curve: LossCurve, evaluationCount: Int?) -> TroughReading {
    // What was so in earlier cycles has been answered at their ends.
    let begun = troughs.dropLast().last?.update ?? 0
    let wide = findings.first {
      [.swingsTooWide, .spikesNearPeak].contains($0.kind) && $0.update > begun
    }
    if let wide {
      return .swingsTooFar("\(wide.fact)")
    }
    if let worse = worseThanBefore(evaluationCount) { return .swingsTooFar(worse) }
    if let last = troughs.last,
      let evaluation = curve.evaluations.last(where: { $0.update == last.update }),
      let gap = GeneralizationGap(at: evaluation, images: evaluationCount), gap.isSeparated,
      gap.isBeyondChance
    {
      return .separated(gap)
    }
    return findings.contains { $0.kind == .troughsStoppedImproving } ? .stoppedGaining : .gaining
  }

  /// By how much the last trough is worse than the one before, if that is more than two standard errors.
  private func worseThanBefore(_ count: Int?) -> String? {
    guard troughs.count >= 2, let count, count > 0 else { return nil }
    let (before, last) = (troughs[troughs.count - 2], troughs[troughs.count - 1])
    guard let old = before.score, let new = last.score, (0...1).contains(old), (0...1).contains(new)
    else { return nil }
    // The same images were evaluated twice, so that the error is at most this.
    let error = ((old * (1 - old) + new * (1 - new)) / Double(count)).squareRoot()
    guard old - new > 2 * error else { return nil }
    return "the score at the trough fell from \(percent(old)) to \(percent(new))"
  }
}
