/// The bounds between which a plan's next cycles go, after all that was changed.
struct CycleBounds {
  /// The lower bound.
  var low: Double
  /// The upper bound.
  var high: Double
  /// How far a one-cycle ends below its lower bound, as a share of that.
  var endShare = 1.0
  /// The update at which they were given, if they are not those with which the run began.
  var since: Int?
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
    for change in changes {
      switch change.kind {
      case .bounds(let low, let high, _, _):
        bounds = CycleBounds(low: low, high: high, since: change.step)
      case .rolledBack(_, let low, let high) where low < high:
        bounds = CycleBounds(low: low, high: high, since: change.step)
      case .rolledBack(_, _, let high):
        bounds.low = min(bounds.low, high / 4)
        bounds.high = min(bounds.high, high)
        bounds.ceiling = high
      case .extended, .continuedAtFloor, .groupAdded, .landed, .reopened, .peaks, .weightDecay:
        break
      }
    }
    // The first cycle is whole, and begins at the lower bound that it was made for.
    if let once = first as? OneCycle, once.from > 0 { bounds.endShare = once.ending / once.from }
    return bounds
  }
}
