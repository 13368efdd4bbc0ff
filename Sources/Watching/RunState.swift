import Formatting
import Foundation
import Numbers
import Planning
import Runs

/// Where a run stands.
enum RunState: String, Sendable, Encodable {
  /// A process trains it.
  case live
  /// The run has ended by its plan, or was stopped early because nothing improved.
  case ended
  /// The run is not finished, and no process trains it.
  case stopped
  /// The run ended with an error, or with a loss that is not finite.
  case failed

  /// Where the order of a list puts it.
  var rank: Int { self == .live ? 0 : 1 }
}

/// The process that has a run, as far as its folder says.
struct RunProcess: Sendable {
  /// The process, if it lives.
  let pid: pid_t?
  /// Whether a process holds the run.
  let isThere: Bool
  /// What it does with it.
  let work: RunLock.Work

  /// A run on a shared disk, whose process another machine has, is known by rows of the last seconds.
  private static let freshness = 20.0

  init(of folder: RunFolder) {
    let holder = RunLock.Holder(of: folder)
    work = holder?.work ?? .training
    guard let number = holder?.pid, kill(number, 0) == 0 || errno == EPERM else {
      pid = nil
      isThere = Self.age(of: folder.metrics).map { $0 < Self.freshness } ?? false
      return
    }
    // Its number alone does not say that the process is the one that had the run.
    isThere = Self.isLocked(RunLock.file(in: folder).path)
    pid = isThere ? number : nil
  }

  private static func isLocked(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
  }

  /// The seconds since a file was written.
  static func age(of file: URL) -> Double? {
    FileStamp(file).map { Date().timeIntervalSince1970 - $0.modified }
  }

  /// The most memory that the process has held, in bytes, where the system says it.
  var peakMemory: Int? {
    guard let pid, let text = try? TextFile.read("/proc/\(pid)/status"),
      let line = text.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let number = line.split(whereSeparator: \.isWhitespace).dropFirst().first
    else { return nil }
    return Int(number).map { $0.multipliedOrMax(by: 1024) }
  }
}
