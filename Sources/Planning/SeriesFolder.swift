import Formatting
import Foundation
import Runs

/// The folder of runs that one command trains one after another: a comparison, or the folds of a cross-validation.
public struct SeriesFolder: Sendable {
  /// Where it lies.
  public let path: String
  /// The command that continues it.
  public let command: String

  /// Finds the folder of which a run's folder is one; nil for a run by itself.
  public init?(of run: String) {
    path = URL(fileURLWithPath: run).deletingLastPathComponent().relativePath
    if Comparison.isThere(path) {
      command = "\(Comparison.command) --resume \(shellQuoted(path))"
    } else if CrossValidation.isThere(path) {
      command = "rondo train --resume \(shellQuoted(path))"
    } else {
      return nil
    }
  }
}
