import Foundation
import Numbers
import Runs
import Schedules

/// Measures the speed of training: the time between updates with nothing between them.
///
/// Where there are no such updates, since each is followed by an evaluation, it is that from the end of an
/// evaluation to the next update.
struct Speedometer {
  /// Updates, and the seconds that they took.
  private struct Sum {
    var updates = 0
    var seconds = 0.0

    mutating func add(_ count: Int, in time: Double) {
      updates += count
      seconds += time
    }
  }

  /// Training images in an update, on average.
  private let images: Double
  private var last: Double?
  private var resumed: Double?
  private var uninterrupted = Sum()
  private var afterPauses = Sum()
  /// The seconds from the program's start to the first update's loss.
  private(set) var firstUpdate: Double?

  init(_ budget: Budget) { images = budget.samplesPerUpdate }

  /// Takes in updates whose losses were read back at this second of the run; returns training images a
  /// second since the last ones, nil if that is not known.
  mutating func take(updates count: Int, at second: Double) -> Double? {
    guard count > 0 else { return nil }
    if firstUpdate == nil { firstUpdate = secondsSinceLaunch() }
    defer { (last, resumed) = (second, nil) }
    if let resumed, second > resumed { afterPauses.add(count, in: second - resumed) }
    guard let last, second > last else { return nil }
    uninterrupted.add(count, in: second - last)
    return Double(count) * images / (second - last)
  }

  /// Forgets when the last update was, since something else takes time now.
  mutating func interrupt() { last = nil }

  /// Begins to measure again at this second of the run.
  mutating func resume(at second: Double) { resumed = second }

  /// Training images a second; nil before anything was measured.
  var imagesPerSecond: Double? {
    let sum = uninterrupted.seconds > 0 ? uninterrupted : afterPauses
    return sum.seconds > 0 ? Double(sum.updates) * images / sum.seconds : nil
  }

  /// Training images a second in earlier sessions of a run, by its table; nil where that does not say.
  ///
  /// Rows whose losses were read back together have one time; the first of them say since when others count.
  static func imagesPerSecond(_ table: MetricsTable, _ budget: Budget) -> Double? {
    var sum = Sum()
    var begun: Double?
    var last = 0.0
    for row in table.rows {
      guard row.split == .train, let start = begun, row.seconds >= last else {
        begun = row.split == .train ? row.seconds : nil
        last = row.seconds
        continue
      }
      if row.seconds > start { sum.add(1, in: row.seconds - last) }
      last = row.seconds
    }
    return sum.seconds > 0 ? Double(sum.updates) * budget.samplesPerUpdate / sum.seconds : nil
  }
}

/// Returns the seconds since the kernel started this process, to a hundredth.
private func secondsSinceLaunch() -> Double {
  #if os(Linux)
    // Field 22 of /proc/self/stat is the start in ticks since boot; the name before it may hold spaces.
    guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return 0 }
    let fields = text[end...].split(separator: " ")
    guard fields.count > 20, let ticks = Double(fields[20]) else { return 0 }
    var now = timespec()
    clock_gettime(CLOCK_BOOTTIME, &now)
    let seconds = Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    return seconds - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
  #else
    var process = kinfo_proc()
    var size = MemoryLayout<kinfo_proc>.stride
    var name = [CTL_KERN, KERN_PROC, KERN_PROC_PID, getpid()]
    guard sysctl(&name, 4, &process, &size, nil, 0) == 0 else { return 0 }
    let start = process.kp_proc.p_un.__p_starttime
    return Date().timeIntervalSince1970 - Double(start.tv_sec) - Double(start.tv_usec) * 1e-6
  #endif
}
