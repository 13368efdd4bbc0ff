import Files
import Foundation

/// How a run is asked to stop at its next trough by another process.
extension RunFolder {
  /// The file by which the run is asked to stop.
  public var stopRequest: URL { url.appendingPathComponent("stop") }

  /// Whether the run has been asked to stop, and has not done so.
  public var hasStopRequest: Bool { access(stopRequest.path, F_OK) == 0 }

  /// Tells the run to stop at its next trough.
  ///
  /// - Throws: `FileError`.
  public func requestStop() throws {
    try AtomicFile.write(Data("rondo stop\n".utf8), to: stopRequest)
  }

  /// Forgets that the run was asked to stop.
  ///
  /// - Throws: `RunError.cannotWrite`.
  public func forgetStop() throws {
    if hasStopRequest { try remove(stopRequest) }
  }
}
