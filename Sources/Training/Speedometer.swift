import Foundation
import Numbers

/// Measures the speed of training from its events: the time between updates with nothing between.
struct Speedometer {
  private let batchSize: Int
  private var lastUpdate: Double?
  private var updates = 0
  private var seconds = 0.0
  private(set) var firstUpdate: Double?

  init(batchSize: Int) { self.batchSize = batchSize }

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

  var imagesPerSecond: Double { seconds > 0 ? Double(updates * batchSize) / seconds : 0 }
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
