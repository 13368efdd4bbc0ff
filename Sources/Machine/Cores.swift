import Foundation
import Numbers

/// The processor cores that this process may use.
///
/// On Linux these are fewer than the machine has where the process is bound to some of them (`taskset`,
/// a job of Slurm's) or where a control group limits its time (a container started with `--cpus 2`). More
/// threads than that wait for one another.
public enum Cores {
  /// The number of cores, at least 1; asked for once.
  public static let usable = usable(bound: boundCores, quota: CPUQuota.ofThisProcess)

  /// Returns the number of cores for a process that is bound to some, with a limit in cores if it has one.
  ///
  ///     Cores.usable(bound: 8, quota: 2.5)   // 3
  static func usable(bound: Int, quota: Double?) -> Int {
    guard let quota, quota.isFinite, quota < Double(bound) else { return max(1, bound) }
    return max(1, Int(clamping: quota.rounded()))
  }

  private static var boundCores: Int {
    allowed?.count ?? ProcessInfo.processInfo.activeProcessorCount
  }

  /// The numbers of the cores that Linux lets this process run on; nil on other systems.
  static var allowed: [Int]? {
    (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)).flatMap(allowed(in:))
  }

  /// Reads the numbers of cores in what Linux says of a process: `Cpus_allowed_list: 0-3,8`.
  static func allowed(in status: String) -> [Int]? {
    let key = "Cpus_allowed_list:"
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(key) }) else {
      return nil
    }
    let ranges = line.dropFirst(key.count).split(separator: ",").map { range -> [Int]? in
      let ends = range.split(separator: "-").map {
        Int($0.trimmingCharacters(in: .whitespaces))
      }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
        first >= 0, last >= first, last < 1 << 20
      else { return nil }
      return Array(first...last)
    }
    guard !ranges.isEmpty, !ranges.contains(nil) else { return nil }
    return ranges.flatMap { $0 ?? [] }
  }
}
