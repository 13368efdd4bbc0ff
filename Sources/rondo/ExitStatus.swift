import ArgumentParser
import Fetching
import Files
import Foundation
import Runs
import Words

#if LIBTORCH
  import Tasks
  import Torch
  import Training
#endif

/// What the program says to whoever started it.
enum ExitStatus: Int32 {
  /// It was done.
  case done = 0
  /// The run failed, though it was rightly asked for.
  case failed = 1
  /// The usage, the input or the place to write must be mended first.
  case badInput = 2

  private static let diskFailures = [ENOSPC, EDQUOT, EFBIG, EIO]

  /// Returns the status of a failure.
  static func of(_ error: any Error) -> ExitStatus {
    if let error = error as? FetchError { return error.isBadInput ? .badInput : .failed }
    switch error {
    case FileError.outputNotWritten: return .failed
    // The command was right; the disk is full, or broken.
    case FileError.notWritten(_, let code) where diskFailures.contains(code): return .failed
    case RunError.cannotWrite(_, let reason)
    where diskFailures.contains { systemReason($0) == reason }:
      return .failed
    default: break
    }
    guard error is any DescribedError else { return .failed }
    #if LIBTORCH
      switch error {
      case is TorchError: return .failed
      case TrainingError.nonFiniteLoss, TrainingError.brokenLoss, TrainingError.nonFiniteParameters,
        TrainingError.gradientsOverflow, TrainingError.ranOutOfBatches,
        TrainingError.noReliableRange, TrainingError.divergedAgain, TrainingError.cannotRollBack:
        return .failed
      case EvaluationError.noNumber, EvaluationError.leftOut: return .failed
      default: return .badInput
      }
    #else
      return .badInput
    #endif
  }

  /// Whether an error is the parser's, with a usage to show.
  static func isUsage(_ error: any Error) -> Bool {
    String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
  }
}
