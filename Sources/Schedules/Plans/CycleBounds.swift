/// The bounds between which a plan's next cycles go, after all that was changed.
struct CycleBounds {
  /// The lower bound.
  var low: Double
  /// The upper bound.
  var high: Double
  /// How far a one-cycle ends below its lower bound, as a share of that.
  var endShare = 1.0
  /// The bound to which a diverged run was lowered without its cycles being written anew.
  var ceiling: Double?
}

extension Plan {
  /// The bounds of the cycles still to come; nil if the rate does not cycle.
  var bounds: CycleBounds? {
    let leaves = learningRate.leaves
    let cycles = leaves.compactMap { $0.schedule.schedule as? any CyclicSchedule }
    guard let first = cycles.first else { return nil }
    var bounds = CycleBounds(low: first.trough, high: first.peak)
    /// The lower bound of the one-cycle that was written last.
    var written = bounds.low
    for change in changes {
      switch change.kind {
      case .rebound(let low, let high): bounds = CycleBounds(low: low, high: high)
      case .returned(_, let low, let high) where low < high:
        bounds = CycleBounds(low: low, high: high)
      case .returned(_, _, let high):
        bounds.low = min(bounds.low, high / 4)
        bounds.high = min(bounds.high, high)
        bounds.ceiling = high
        continue
      case .extended: break
      case .continuedAtFloor, .groupAdded: continue
      }
      written = bounds.low
    }
    if let last = cycles.last as? OneCycle, written > 0 { bounds.endShare = last.ending / written }
    return bounds
  }
}
