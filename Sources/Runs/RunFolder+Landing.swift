import Formatting
import Foundation

/// What is kept of a landing after which the run went on.
extension RunFolder {
  /// A file of the run's landing of this number, from 1, after which it went on.
  public func landed(_ number: Int, _ suffix: String) -> URL {
    url.appendingPathComponent("landed-\(number).\(suffix)")
  }

  /// Puts aside what came of a landing, and leaves the run as it was before: its rows after an update become
  /// `landed-1.csv` (then 2, 3, ...), and of a landing that was completed the last checkpoint
  /// `landed-1.safetensors` and the summary `landed-1.json`.
  ///
  /// The newest checkpoint goes first: killed during this, the folder is that of a run which cools down, and lands
  /// again when it is resumed.
  ///
  /// - Throws: `RunError`, `FileError`.
  public func putLandingAside(after update: Int, isComplete: Bool) throws {
    var number = 1
    while FileManager.default.fileExists(atPath: landed(number, "csv").path) { number += 1 }
    try copyRows(after: update, to: landed(number, "csv"))
    if isComplete, let (last, file) = listCheckpoints().last, last > update {
      try move(file, to: landed(number, "safetensors"))
      try move(summary, to: landed(number, "json"))
    }
    try removeCheckpoints(after: update)
  }

  private func move(_ file: URL, to other: URL) throws {
    guard rename(file.path, other.path) == 0 else {
      throw RunError.cannotWrite(path: other.path, reason: systemReason())
    }
  }
}
