import Files
import Formatting
import Foundation

/// Holds a run folder for this process, until it is let go or the process ends in any way.
public final class RunLock {
  /// What the process that holds a run does with it.
  public enum Work: String, Sendable {
    /// The process trains the run, or is about to.
    case training
    /// The process evaluates the run, which has ended.
    case evaluation
    /// The process writes a request for the run, which takes a moment.
    case request
  }

  /// The process that holds a run folder, as far as the folder says.
  public struct Holder: Sendable, Hashable {
    /// The process.
    public let pid: pid_t
    /// What the process does.
    public let work: Work

    /// Reads who holds a folder, or held it last; nil where nobody did.
    public init?(of folder: RunFolder) {
      let words = ((try? TextFile.read(RunLock.file(in: folder).path)) ?? "")
        .split(whereSeparator: \.isWhitespace)
      guard let number = words.first.flatMap({ pid_t($0) }), number > 0 else { return nil }
      pid = number
      // Older versions wrote the number alone.
      work = words.dropFirst().first.flatMap { Work(rawValue: String($0)) } ?? .training
    }

    /// The process and what it does, in words.
    public var description: String {
      switch work {
      case .training: "process \(pid), which trains the run"
      case .evaluation: "process \(pid), which evaluates the run"
      case .request: "process \(pid), which asks something of the run"
      }
    }
  }

  /// The file that is locked.
  public static func file(in folder: RunFolder) -> URL {
    folder.url.appendingPathComponent(".lock")
  }

  private let descriptor: Int32

  /// What this process does with the run.
  public var work: Work { didSet { write() } }

  /// Takes the lock.
  ///
  /// - Throws: `RunError.locked` naming the process that has it, `RunError.cannotWrite`, `FileError.isLink`.
  public init(_ folder: RunFolder, for work: Work = .training) throws {
    self.work = work
    let file = Self.file(in: folder)
    let opened: Int32
    do throws(FileError) { opened = try OwnFile.open(file.path) } catch {
      guard case .notWritten(_, let code) = error else { throw error }
      throw RunError.cannotWrite(path: folder.url.path, reason: systemReason(code))
    }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      // Closed once: an object that is not whole has no deinit.
      close(opened)
      throw RunError.locked(
        path: folder.url.path, holder: Holder(of: folder)?.description ?? "unknown")
    }
    descriptor = opened
    write()
  }

  /// Writes down who has the lock and for what; at no moment is the file empty.
  private func write() {
    let words = Array("\(ProcessInfo.processInfo.processIdentifier) \(work.rawValue)\n".utf8)
    _ = words.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    ftruncate(descriptor, off_t(words.count))
  }

  /// Takes the lock, unless another process has it.
  ///
  /// - Throws: `RunError.cannotWrite`, `FileError.isLink`.
  public static func ifFree(_ folder: RunFolder, for work: Work = .training) throws -> RunLock? {
    do { return try RunLock(folder, for: work) } catch RunError.locked { return nil }
  }

  /// Takes the lock as soon as no other process has it.
  ///
  /// - Throws: `RunError.cannotWrite`, `FileError.isLink`.
  public static func whenFree(_ folder: RunFolder) throws -> RunLock {
    while true {
      if let lock = try ifFree(folder) { return lock }
      Thread.sleep(forTimeInterval: 0.5)
    }
  }

  deinit { close(descriptor) }
}
