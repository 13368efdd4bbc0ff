import Foundation

/// The share of the processor's time that control groups leave a process, in cores.
///
/// A group's limit holds for all groups below it, so the smallest on the way up counts.
///
/// - Source: Linux, *Control Group v2* (`cpu.max`) and *CFS Bandwidth Control* (`cpu.cfs_quota_us`).
enum CPUQuota {
  /// This process's limit; nil where there is none.
  static var ofThisProcess: Double? {
    guard let groups = try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8) else {
      return nil
    }
    return limit(groups: groups, mount: "/sys/fs/cgroup")
  }

  /// Returns the limit of a process in these groups, which `/proc/PID/cgroup` lists as
  /// `NUMBER:CONTROLLERS:PATH`; in version 2 number and controllers are `0` and nothing.
  static func limit(groups: String, mount: String) -> Double? {
    let limits = groups.split(separator: "\n").flatMap { line -> [Double] in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { return [] }
      let controllers = parts[1].split(separator: ",")
      if parts[0] == "0", controllers.isEmpty {
        return ancestors(of: String(parts[2])).compactMap { version2(mount + $0) }
      }
      guard controllers.contains("cpu") else { return [] }
      let mounts = [mount + "/cpu", "\(mount)/\(parts[1])"]
      return mounts.flatMap { mount in
        ancestors(of: String(parts[2])).compactMap { version1(mount + $0) }
      }
    }
    return limits.min()
  }

  /// `/a/b`, `/a` and nothing for `/a/b`.
  private static func ancestors(of path: String) -> [String] {
    let parts = path.split(separator: "/")
    return (0...parts.count).map { parts.prefix($0).map { "/" + $0 }.joined() }
  }

  /// `200000 100000`: microseconds of every so many; or `max 100000`.
  private static func version2(_ folder: String) -> Double? {
    let words = (try? String(contentsOfFile: folder + "/cpu.max", encoding: .utf8))?
      .split(whereSeparator: \.isWhitespace)
    guard let words, words.count == 2 else { return nil }
    return share(Double(words[0]), Double(words[1]))
  }

  private static func version1(_ folder: String) -> Double? {
    func number(_ name: String) -> Double? {
      (try? String(contentsOfFile: "\(folder)/cpu.cfs_\(name)_us", encoding: .utf8))
        .flatMap { Double($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    return share(number("quota"), number("period"))
  }

  /// A quota of -1 is none.
  private static func share(_ quota: Double?, _ period: Double?) -> Double? {
    guard let quota, let period, quota > 0, period > 0 else { return nil }
    return quota / period
  }
}
