import ArgumentParser
import Datasets
import Fetching
import Files
import Formatting
import Foundation
import Runs
import Serving

#if LIBTORCH
  import Tasks
  import Torch
  import Training
#endif

/// What the program says to whoever started it.
enum ExitStatus: Int32 {
  /// The command succeeded.
  case done = 0
  /// The run failed, though it was rightly asked for.
  case failed = 1
  /// The usage, the input or the place to write must be mended first.
  case badInput = 2

  /// Ends the program.
  func leave() -> Never { Self.leave(with: rawValue) }

  /// Ends the program with any code, as `exit` does, but for what libraries do at their end: LibTorch takes a tenth of
  /// a second to give memory back that the system takes anyway.
  static func leave(with code: Int32) -> Never {
    fflush(nil)
    _exit(code)
  }

  private static let diskFailures = [ENOSPC, EDQUOT, EFBIG, EIO]

  /// Returns the status of a failure.
  static func of(_ error: any Error) -> ExitStatus {
    // The command was right; the disk is full, or broken.
    if isDiskFailure(error) { return .failed }
    if let error = error as? FetchError { return error.isBadInput ? .badInput : .failed }
    switch error {
    case FileError.outputNotWritten, ServerError.unanswered, is NoRange: return .failed
    default: break
    }
    guard error is any DescribedError else { return .failed }
    #if LIBTORCH
      switch error {
      case is TorchError: return .failed
      case TrainingError.nonFiniteLoss, TrainingError.brokenLoss, TrainingError.nonFiniteParameters,
        TrainingError.nonFinitePredictions,
        TrainingError.gradientsOverflow, TrainingError.ranOutOfBatches,
        TrainingError.noReliableRange, TrainingError.everyRehearsalLost,
        TrainingError.divergedAgain, TrainingError.cannotRollBack, TrainingError.paused:
        return .failed
      case GroupError.lost, GroupError.failed: return .failed
      case EvaluationError.notFinite, EvaluationError.leftOut, is SeriesFailure: return .failed
      default: return .badInput
      }
    #else
      return .badInput
    #endif
  }

  private static func isDiskFailure(_ error: any Error) -> Bool {
    switch error {
    case RunError.noRoom: true
    case FileError.notWritten(_, let code): diskFailures.contains(code)
    case RunError.cannotWrite(_, let reason), FetchError.cannotWrite(_, let reason, _),
      AnnotationError.notWritable(_, let reason):
      diskFailures.contains { systemReason($0) == reason }
    default: false
    }
  }

  /// Whether an error is the parser's, with a usage to show.
  static func isUsage(_ error: any Error) -> Bool {
    String(reflecting: type(of: error)).hasPrefix("ArgumentParser.")
  }
}
