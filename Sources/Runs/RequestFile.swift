import Files
import Formatting
import Foundation

/// A file in a run's folder by which another process asks something of the run, until the run has answered.
public struct RequestFile {
  /// The file.
  public let url: URL

  /// Whether the run has been asked, and has not answered.
  public var exists: Bool { access(url.path, F_OK) == 0 }

  /// Asks the run.
  ///
  /// - Throws: `FileError`.
  public func post() throws {
    try AtomicFile.write(Data("rondo \(url.lastPathComponent)\n".utf8), to: url)
  }

  /// Removes the request.
  ///
  /// - Throws: `RunError.cannotWrite`.
  public func remove() throws {
    guard unlink(url.path) != 0, errno != ENOENT else { return }
    throw RunError.cannotWrite(path: url.path, reason: systemReason())
  }
}

extension RunFolder {
  /// By which an open-ended run lands: at once if a process trains it, or else when it is resumed.
  public var landRequest: RequestFile { RequestFile(url: url.appendingPathComponent("land")) }

  /// By which a run stops at its next trough.
  public var stopRequest: RequestFile { RequestFile(url: url.appendingPathComponent("stop")) }
}
