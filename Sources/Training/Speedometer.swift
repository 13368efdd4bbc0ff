import Foundation
import Numbers
import Runs
import Schedules

/// Measures the speed of training: the time between updates with nothing between them.
struct Speedometer {
  /// Training images in an update, on average.
  private let images: Double
  private var last: Double?
  private var updates = 0
  private var seconds = 0.0
  /// The seconds from the program's start to the first update's loss.
  private(set) var firstUpdate: Double?

  init(_ budget: Budget) { images = budget.samplesPerUpdate }

  /// Takes in updates whose losses were read back at this second of the run; returns training images a
  /// second since the last ones, nil if that is not known.
  mutating func take(updates count: Int, at second: Double) -> Double? {
    guard count > 0 else { return nil }
    if firstUpdate == nil { firstUpdate = secondsSinceLaunch() }
    defer { last = second }
    guard let last, second > last else { return nil }
    updates += count
    seconds += second - last
    return Double(count) * images / (second - last)
  }

  /// Forgets when the last update was, since something else takes time now.
  mutating func interrupt() { last = nil }

  /// Training images a second; nil before two updates followed one another.
  var imagesPerSecond: Double? { seconds > 0 ? Double(updates) * images / seconds : nil }

  /// The same of earlier sessions of a run, by its table; 0 where that does not tell it.
  static func imagesPerSecond(_ table: MetricsTable, _ budget: Budget) -> Double {
    let pairs = zip(table.rows, table.rows.dropFirst()).filter { one, next in
      one.split == .train && next.split == .train && next.seconds > one.seconds
    }
    let seconds = pairs.reduce(0) { $0 + $1.1.seconds - $1.0.seconds }
    return seconds > 0 ? Double(pairs.count) * budget.samplesPerUpdate / seconds : 0
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
    return ProcessInfo.processInfo.systemUptime
  #endif
}
