import Planning
import Tuning

/// A run has left its trainer before its plan's end.
struct TrainingInterruption: Error {
  /// What for.
  enum Kind: Hashable, Codable {
    /// The run stops with a checkpoint, from which it can be resumed.
    case pause
    /// The run, saved as it stands, was asked to land, and continues by another plan.
    case landing(reason: String)
    /// The run, saved as it stands, continues by this plan.
    case revised(RunPlan)
    /// The run has diverged, and is rolled back; the finding suggests its upper bound.
    case diverged(CurveFinding)
  }

  let kind: Kind
  /// The number of applied updates.
  let update: Int
  /// Seconds since training began.
  let seconds: Double
}
