import Foundation
import Numbers
import Runs
import Schedules

/// Measures the speed of training from its events: the time between updates with nothing between.
struct Speedometer {
  /// Training images in an update, on average.
  private let images: Double
  private var lastUpdate: Double?
  private var updates = 0
  private var seconds = 0.0
  private(set) var firstUpdate: Double?

  init(_ budget: Budget) { images = budget.samplesPerUpdate }

  /// Takes in an event; returns the seconds since the program's start if it was the first update.
  mutating func take(_ event: TrainingEvent) -> Double? {
    guard case .updated(let report) = event else {
      lastUpdate = nil
      return nil
    }
    if let lastUpdate {
      updates += 1
      seconds += report.seconds - lastUpdate
    }
    lastUpdate = report.seconds
    guard firstUpdate == nil else { return nil }
    firstUpdate = secondsSinceLaunch()
    return firstUpdate
  }

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
