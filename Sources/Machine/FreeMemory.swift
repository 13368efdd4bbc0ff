import CFiles
import Foundation
import Numbers

/// The memory that this process may still take.
///
/// On Linux it is what the system can give without swapping, or less where a control group limits it, as in
/// a container that was started with `--memory 2g`, or the process's own limits (`ulimit -v`, `ulimit -d`). What a
/// group's file cache holds counts as free.
///
/// - Source: Linux, `/proc/meminfo`, `/proc/self/limits`; *Control Group v2* (`memory.max`, `memory.current`,
///   `memory.stat`) and *Memory Resource Controller* (`memory.limit_in_bytes`).
public enum FreeMemory {
  /// Bytes that are free now; nil where the system does not say it.
  public static var bytes: Int? {
    guard let system = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8),
      let available = kilobytes("MemAvailable:", in: system)
    else { return nil }
    let own = leftOfLimits(
      (try? String(contentsOfFile: "/proc/self/limits", encoding: .utf8)) ?? "",
      status: (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? "")
    return least(
      min(available * 1024, own ?? .max), groups: ControlGroups.ofThisProcess,
      mount: ControlGroups.mount)
  }

  /// Returns what a process's own limits leave of address space and data; nil where it has none.
  static func leftOfLimits(_ limits: String, status: String) -> Int? {
    [("Max address space", "VmSize:"), ("Max data size", "VmData:")].compactMap { name, key in
      guard let line = limits.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
        let soft = line.dropFirst(name.count).split(whereSeparator: \.isWhitespace).first,
        // Without a limit it is `unlimited`.
        let limit = Int(soft), let used = kilobytes(key, in: status)
      else { return nil }
      return limit - used * 1024
    }.min()
  }

  /// Returns what is left of so many bytes where control groups leave less.
  static func least(_ available: Int, groups: String, mount: String) -> Int {
    let rooms = ControlGroups.folders("memory", groups: groups, mount: mount).compactMap(room)
    return max(0, ([available] + rooms).min() ?? available)
  }

  /// What a group's limit leaves; nil where it has none.
  private static func room(_ folder: ControlGroups.Folder) -> Int? {
    let (path, limit, usage, cache) =
      switch folder {
      case .version2(let path): (path, "memory.max", "memory.current", "inactive_file ")
      case .version1(let path):
        (path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file ")
      }
    func read(_ name: String) -> String? {
      try? String(contentsOfFile: path + "/" + name, encoding: .utf8)
    }
    func number(_ name: String) -> Int? {
      read(name).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    // Without a limit it is `max`, or in version 1 the largest number of pages.
    guard let limit = number(limit), limit < 1 << 60, let used = number(usage) else { return nil }
    let cached = (read("memory.stat") ?? "").split(separator: "\n")
      .first { $0.hasPrefix(cache) }.flatMap { Int($0.dropFirst(cache.count)) }
    return limit - max(0, used - (cached ?? 0))
  }

  /// Reads a line such as `MemAvailable:   123456 kB`.
  static func kilobytes(_ key: String, in text: String) -> Int? {
    text.split(separator: "\n").first { $0.hasPrefix(key) }
      .flatMap { $0.dropFirst(key.count).split(whereSeparator: \.isWhitespace).first }.flatMap {
        Int($0)
      }
  }
}

/// The memory that this process has.
public enum OwnMemory {
  /// Bytes that it has now; nil where the system does not say it.
  public static var bytes: Int? { status("VmRSS:") }

  /// Gives memory that is not used back to the system, where the C library keeps it for later.
  public static func release() { rondo_give_memory_back() }

  /// Runs a body, and returns how many bytes the process had at most meanwhile; nil where the system does not say
  /// it.
  public static func peak(during body: () throws -> Void) rethrows -> Int? {
    // What is kept from before would be used again unseen.
    release()
    let isReset = resetPeak()
    try body()
    return isReset ? status("VmHWM:") : nil
  }

  private static func status(_ key: String) -> Int? {
    (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))
      .flatMap { FreeMemory.kilobytes(key, in: $0) }.map { $0 * 1024 }
  }

  /// Has the system begin anew with the most memory that the process had.
  private static func resetPeak() -> Bool {
    let file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return false }
    defer { close(file) }
    return write(file, "5", 1) == 1
  }
}
