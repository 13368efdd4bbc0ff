import Foundation
import Numbers
import Synchronization

/// Counts of what a server did, in Prometheus' text format.
public final class ServerMetrics: Sendable {
  /// Values counted in buckets, each up to a bound and including it.
  struct Histogram {
    let bounds: [Double]
    private var counts: [Int]
    private var sum = 0.0

    init(_ bounds: [Double]) {
      self.bounds = bounds
      counts = [Int](repeating: 0, count: bounds.count + 1)
    }

    mutating func add(_ value: Double) {
      counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
      sum += value
    }

    func lines(_ name: String) -> [String] {
      var total = 0
      var lines: [String] = []
      for (index, count) in counts.enumerated() {
        total += count
        let bound = index < bounds.count ? JSONText.number(bounds[index]) : "+Inf"
        lines.append("\(name)_bucket{le=\"\(bound)\"} \(total)")
      }
      return lines + ["\(name)_sum \(JSONText.number(sum))", "\(name)_count \(total)"]
    }
  }

  private struct State {
    var responses: [Int: Int] = [:]
    var seconds = Histogram([
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ])
    var batches = Histogram([1, 2, 4, 8, 16, 32, 64, 128, 256, 512])
  }

  private let state = Mutex(State())

  /// Creates counts of nothing.
  public init() {}

  /// Counts a response to a request, and the time of a prediction.
  ///
  /// - Parameter seconds: from the request's first byte to the response's last; nil where nothing was predicted.
  public func count(status: Int, seconds: Double?) {
    state.withLock { state in
      state.responses[status, default: 0] += 1
      if let seconds { state.seconds.add(seconds) }
    }
  }

  /// Counts a batch of images.
  public func count(batch images: Int) {
    state.withLock { $0.batches.add(Double(images)) }
  }

  /// The counts, with gauges of now.
  public func text(queue: Int, connections: Int) -> String {
    let state = state.withLock { $0 }
    func section(_ name: String, _ type: String, _ help: String, _ lines: [String]) -> String {
      (["# HELP \(name) \(help)", "# TYPE \(name) \(type)"] + lines).map { $0 + "\n" }.joined()
    }
    return section(
      "rondo_http_requests_total", "counter", "Requests by the status of their response.",
      state.responses.sorted { $0.key < $1.key }
        .map { "rondo_http_requests_total{status=\"\($0)\"} \($1)" })
      + section(
        "rondo_prediction_seconds", "histogram",
        "Seconds from the first byte of a request to the last of its prediction.",
        state.seconds.lines("rondo_prediction_seconds"))
      + section(
        "rondo_batch_size", "histogram", "Images that were predicted together.",
        state.batches.lines("rondo_batch_size"))
      + section(
        "rondo_queue_length", "gauge", "Images that are read, waiting or being predicted.",
        ["rondo_queue_length \(queue)"])
      + section(
        "rondo_connections", "gauge", "Connections that are open.",
        ["rondo_connections \(connections)"])
  }
}
