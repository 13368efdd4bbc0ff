import Foundation
import Numbers
import Synchronization

/// The cores that other programs leave to this one.
///
/// Compute threads wait for one another at every operation. Where another program takes the core of one of
/// them, all wait: two threads on two cores beside one busy program make less than one thread alone.
public struct FreeCores: Sendable, Hashable {
  /// The cores that this process may use and that no other program is using, at least 1.
  public let count: Int
  /// How many cores' time other programs took while it was measured, of those that this process may use.
  public let usedByOthers: Double

  /// What was measured once in this process, when it was first asked for.
  public static let now: FreeCores = {
    isKnown.store(true, ordering: .relaxed)
    return measured()
  }()

  private static let isKnown = Atomic(false)

  /// What was measured in this process, if it has been asked for.
  public static var known: FreeCores? { isKnown.load(ordering: .relaxed) ? now : nil }

  /// Measures how busy the cores are; half a second where other programs run, else some milliseconds.
  ///
  /// Programs that give way to others (`nice`) are not counted, unless this one does so too. Where the system
  /// does not say how busy its cores are, all count as free.
  private static func measured() -> FreeCores {
    let all = FreeCores(count: Cores.usable, usedByOthers: 0)
    guard let allowed = Cores.allowed else { return all }
    // The cheap question first: how many threads run at this moment, on average over some moments?
    let moments = (0..<8).compactMap { _ -> Int? in
      usleep(1_000)
      return ProcessorTimes.statistics.flatMap(ProcessorTimes.running(in:))
    }
    let running = Double(moments.reduce(0, +)) / Double(max(1, moments.count))
    guard left(of: allowed.count, usedByOthers: running - 1) < Cores.usable,
      let before = ProcessorTimes.now(on: allowed)
    else { return all }
    usleep(500_000)
    guard let after = ProcessorTimes.now(on: allowed) else { return all }
    let used = after.othersUse(since: before)
    return FreeCores(
      count: min(Cores.usable, left(of: allowed.count, usedByOthers: used)), usedByOthers: used)
  }

  /// The number of cores that are free where other programs use so many cores' time: 1 of 2 for 0.6, 2 for 0.4.
  static func left(of cores: Int, usedByOthers used: Double) -> Int {
    max(1, cores - Int(clamping: used.rounded()))
  }
}

/// Seconds that cores were busy since the machine was started, and seconds that this process computed.
struct ProcessorTimes: Equatable {
  let busy: Double
  let own: Double
  let instant: ContinuousClock.Instant

  /// The cores' time that other programs took per second.
  func othersUse(since before: ProcessorTimes) -> Double {
    let seconds = (instant - before.instant) / .seconds(1)
    guard seconds > 0 else { return 0 }
    return max(0, (busy - before.busy) - (own - before.own)) / seconds
  }

  static func now(on cores: [Int]) -> ProcessorTimes? {
    let busy = statistics.flatMap {
      busySeconds(
        in: $0, cores: Set(cores), tick: Double(max(1, sysconf(Int32(_SC_CLK_TCK)))),
        countsNiced: nice(0) > 0)
    }
    return busy.map {
      ProcessorTimes(busy: $0, own: Double(clock()) / Double(CLOCKS_PER_SEC), instant: .now)
    }
  }

  static var statistics: String? { try? String(contentsOfFile: "/proc/stat", encoding: .utf8) }

  /// Adds up the busy time of cores in Linux's `/proc/stat`: `cpu0 USER NICE SYSTEM IDLE IOWAIT IRQ SOFTIRQ ...`, in
  /// ticks.
  static func busySeconds(
    in statistics: String, cores: Set<Int>, tick: Double, countsNiced: Bool
  ) -> Double? {
    var ticks = 0.0
    var found = 0
    for line in statistics.split(separator: "\n") where line.hasPrefix("cpu") {
      let words = line.split(separator: " ")
      guard let core = Int(words[0].dropFirst(3)), cores.contains(core) else { continue }
      let times = words.dropFirst().map { Double($0) ?? 0 }
      guard times.count >= 7 else { return nil }
      found += 1
      ticks += times[0] + times[2] + times[5] + times[6] + (countsNiced ? times[1] : 0)
    }
    return found > 0 ? ticks / tick : nil
  }

  /// The number of threads that run or wait for a core now, this one among them: `procs_running 2`.
  static func running(in statistics: String) -> Int? {
    let key = "procs_running "
    return statistics.split(separator: "\n").first { $0.hasPrefix(key) }
      .flatMap { Int($0.dropFirst(key.count)) }
  }
}
