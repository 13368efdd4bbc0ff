/// A run has left its trainer before its plan's end, saved as it stood.
struct TrainingInterruption: Error {
  /// What for.
  enum Kind: Hashable, Codable {
    /// The run was asked to land, and continues by another plan.
    case landing(reason: String)
    /// The run stops with a checkpoint, from which it can be resumed.
    case pause
  }

  let kind: Kind
  /// The number of applied updates.
  let update: Int
  /// Seconds since training began.
  let seconds: Double
}
