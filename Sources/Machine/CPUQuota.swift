import Foundation

/// The share of the processor's time that control groups leave a process, in cores.
///
/// A group's limit holds for all groups below it, so the smallest on the way up counts.
///
/// - Source: Linux, *Control Group v2* (`cpu.max`) and *CFS Bandwidth Control* (`cpu.cfs_quota_us`).
enum CPUQuota {
  /// This process's limit; nil where there is none.
  static var ofThisProcess: Double? {
    limit(groups: ControlGroups.ofThisProcess, mount: ControlGroups.mount)
  }

  /// Returns the limit of a process in these groups.
  static func limit(groups: String, mount: String) -> Double? {
    ControlGroups.folders("cpu", groups: groups, mount: mount).compactMap { folder in
      switch folder {
      case .version1(let path): version1(path)
      case .version2(let path): version2(path)
      }
    }.min()
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
