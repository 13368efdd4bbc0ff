import Foundation
import Runs

/// What came out of a run.
public struct RunSummary: Sendable, Hashable, Codable {
  /// The final figures on the evaluation data, by name.
  public let final: [String: Double]
  /// Updates applied.
  public let updates: Int
  /// Seconds of training, evaluation included, range test not.
  public let seconds: Double
  /// Training images a second, evaluation not counted.
  public let imagesPerSecond: Double
  /// Seconds from the start of the program to the first applied update.
  public let firstUpdateSeconds: Double
  /// The most memory the process ever held.
  public let peakMemoryBytes: Int

  enum CodingKeys: String, CodingKey {
    case final, updates, seconds
    case imagesPerSecond = "images_per_second"
    case firstUpdateSeconds = "first_update_seconds"
    case peakMemoryBytes = "peak_memory_bytes"
  }

  init(values: [MetricValue], updates: Int, seconds: Double, speed: Speedometer) {
    final = Dictionary(values.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    self.updates = updates
    self.seconds = seconds
    imagesPerSecond = speed.imagesPerSecond
    firstUpdateSeconds = speed.firstUpdate ?? 0
    peakMemoryBytes = Self.peakMemory
  }

  func write(to folder: RunFolder) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try AtomicFile.write(try encoder.encode(self), to: folder.summary)
  }

  private static var peakMemory: Int {
    var usage = rusage()
    #if os(macOS)
      getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #else
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #endif
  }
}

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
