import Foundation
import Tuning

/// What a run reports beside updates and evaluations, in the order in which a run comes to it.
public enum RunEvent {
  /// Something about the run's data that its user should know, in a sentence.
  case note(String)
  /// How many of the images and views whose features are computed once went through the network.
  case computedFeatures(images: Int, of: Int)
  /// A point of the range test, and its number among so many updates.
  case rangeTestPoint(RangeTestPoint, index: Int, of: Int)
  /// What the range test measured where that is not the training loss, and on which images.
  case rangeTestMeasured(RangeTestMeasure, RangeTestSample)
  /// How long the range test is going to be, or why there is none.
  case rangeTestPlanned(RangeTestLength)
  /// What the range test found, and what it cost in updates and seconds.
  case rangeTested(RangeTestResult, updates: Int, seconds: Double)
  /// Peaks are about to be rehearsed.
  case rehearsing(AdviceRecord)
  /// A rehearsal has ended.
  case rehearsed(AdviceRecord)
  /// How fast it trains here, for a budget in minutes.
  case timed(MeasuredSpeed)
  /// The plan, before the first update of this session.
  case planned(RunPlan)
  /// Training continues from a checkpoint.
  case resumed(update: Int, from: URL)
  /// The checkpoint that was resumed was written on a processor whose arithmetic differs in the last bits.
  case otherProcessor(was: String, now: String)
  /// The first update of this session was applied, with the seconds since the program started.
  case started(secondsSinceLaunch: Double)
  /// An update was skipped, and will be made of other batches: its gradients overflowed in float16, and the
  /// loss is scaled by another factor from here on.
  case skipped(update: Int, scale: Double)
  /// How many of the updates so far had no target on their images: reported of the first one, and at the
  /// end of training.
  case withoutTarget(updates: Int, of: Int)
  /// The loss curve shows something that it did not show before.
  case finding(CurveFinding)
  /// A checkpoint was written.
  case saved(file: URL)
  /// The run ended before its last planned update.
  case stopped(update: Int, reason: String)
  /// The run was asked to land after so many updates, and continues by this plan, which cools it down.
  case landing(RunPlan, update: Int)
  /// A trough was read, and the run continues by this plan, whose last change says how.
  case revised(RunPlan)
  /// The run diverged, was rolled back, and continues by this plan, whose last change says how.
  case rolledBack(RunPlan)
}
