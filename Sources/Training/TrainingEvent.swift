import Foundation
import Tuning

/// What happens in a run, told to whoever draws the progress.
public enum TrainingEvent {
  /// An update was applied and its loss has been read.
  case updated(UpdateReport)
  /// An update was left out, and will be made of other batches: its gradients overflowed in float16.
  case skipped(update: Int, scale: Double)
  /// So many of the updates so far had nothing to learn on their images; said of the first one, and at the
  /// end of training.
  case withoutTarget(updates: Int, of: Int)
  /// The model was judged on the evaluation data after so many updates.
  case evaluated(update: Int, values: [MetricValue])
  /// What the run averages was judged on it too.
  case averageEvaluated(update: Int, values: [MetricValue])
  /// The run ends here: the score was best after an earlier update, so many cycles ago or more.
  case stopped(update: Int, best: Int?, cycles: Int)
  /// A checkpoint was written.
  case saved(file: URL)
  /// The loss curve says something that it has not said before.
  case watched(CurveFinding)
}

/// One update, in figures.
public struct UpdateReport {
  /// The number of applied updates, this one included.
  public var update: Int
  /// The number of updates in the whole run.
  public var total: Int
  /// The epoch that the update belongs to, from 0.
  public var epoch: Int
  /// The learning rate with which it was applied.
  public var learningRate: Double
  /// The loss before the update, on its images.
  public var loss: Double
  /// What else was measured on them, by the task's names.
  public var measures: [MetricValue]
  /// Seconds since training began, evaluation and earlier sessions of the run included.
  public var seconds: Double
}
