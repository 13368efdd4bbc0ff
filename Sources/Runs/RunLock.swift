import Files
import Foundation
import Words

/// Holds a run folder for this process, until it is let go or the process ends in any way.
public final class RunLock {
  private let descriptor: Int32

  /// Takes the lock.
  ///
  /// - Throws: `RunError.locked` naming the process that has it, `RunError.cannotWrite`, `FileError.isLink`.
  public init(_ folder: RunFolder) throws {
    let file = folder.url.appendingPathComponent(".lock")
    do throws(FileError) { descriptor = try OwnFile.open(file.path) } catch {
      guard case .notWritten(_, let code) = error else { throw error }
      throw RunError.cannotWrite(path: folder.url.path, reason: systemReason(code))
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
      close(descriptor)
      throw RunError.locked(
        path: folder.url.path,
        holder: holder.isEmpty ? "unknown" : "process " + holder.trimmingCharacters(in: .newlines))
    }
    ftruncate(descriptor, 0)
    let words = Array("\(ProcessInfo.processInfo.processIdentifier)\n".utf8)
    _ = words.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
  }

  /// Takes the lock, unless another process has it.
  ///
  /// - Throws: `RunError.cannotWrite`, `FileError.isLink`.
  public static func ifFree(_ folder: RunFolder) throws -> RunLock? {
    do { return try RunLock(folder) } catch RunError.locked { return nil }
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
