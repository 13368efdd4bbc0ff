/// A run has left its trainer before its plan's end, saved as it stood.
struct TrainingInterruption: Error {
  /// What for.
  enum Kind: Hashable, Codable {
    /// It was asked to land, and goes on by another plan.
    case landing(reason: String)
    /// It is to be resumed.
    case pause
  }

  let kind: Kind
  /// The number of applied updates.
  let update: Int
  /// Seconds since training began.
  let seconds: Double
}
