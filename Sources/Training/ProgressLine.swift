import Foundation
import Metrics
import Numbers
import Planning
import Schedules

/// A run's progress as one line of text: where it is, how it does, how fast, how long still.
///
///     epoch 3/8 · 1200/3752 · 0:42 left · train loss 0.312 · accuracy 0.894 · lr 0.213 · 5210 images/s
///
/// A run without an end says how long it has trained, and how long it would take to land:
///
///     epoch 3 · update 1200 · 4:10 trained · 0:50 to land · train loss 0.312 · lr 0.213 · 5210 images/s
///
/// Loss and measures are means over the last updates (bias-corrected exponential, 0.98), so that the
/// line can be read while batches jump about. Time left includes what evaluation has cost so far.
public struct ProgressLine {
  private let epochs: Int
  private let samplesPerUpdate: Double
  /// The plan of a run without an end.
  private let openPlan: RunPlan?
  private let smoothing = 0.98
  private var weight = 0.0
  private var loss = 0.0
  private var measures: [MetricValue] = []
  private var window: [(update: Int, seconds: Double)] = []

  /// Creates the line of a run of so many epochs.
  public init(epochs: Int, batchSize: Int) {
    self.epochs = epochs
    samplesPerUpdate = Double(batchSize)
    openPlan = nil
  }

  /// Creates the line of a run of this plan.
  public init(_ plan: RunPlan) {
    epochs = Int(clamping: plan.budget.epochs.rounded(.up))
    samplesPerUpdate = plan.budget.samplesPerUpdate
    openPlan = plan.isOpenEnded ? plan : nil
  }

  /// Takes in an update and returns the line after it.
  ///
  /// - Parameter later: how many times this run's budget comes after it, in other runs.
  public mutating func line(after report: UpdateRecord, later: Double = 0) -> String {
    take(report)
    let rate = updatesPerSecond
    var parts = ["epoch \(report.epoch + 1)/\(epochs)", "\(report.update)/\(report.total)"]
    if openPlan != nil {
      parts = ["epoch \(report.epoch + 1)", "update \(report.update)"]
      parts.append(Self.clock(report.seconds) + " trained")
      if let seconds = secondsToLand { parts.append(Self.clock(seconds) + " to land") }
    } else if let rate {
      let left = Double(report.total - report.update) / rate
      let all = left + later * (report.seconds + left)
      parts.append(
        Self.clock(left) + " left"
          + (later > 0 ? ", \(Self.clock(all)) with the runs after it" : ""))
    }
    parts.append("train loss " + Self.text(loss / weight))
    parts += measures.map { "\($0.name) " + Self.text($0.value / weight) }
    parts.append("lr " + String(format: "%.3g", report.learningRate))
    if let rate { parts.append("\(Int(clamping: rate * samplesPerUpdate)) images/s") }
    return parts.joined(separator: " · ")
  }

  /// Takes in an update without making a line of it.
  public mutating func take(_ report: UpdateRecord) {
    weight = smoothing * weight + (1 - smoothing)
    if report.loss.isFinite { loss = smoothing * loss + (1 - smoothing) * report.loss }
    if measures.isEmpty { measures = report.measures.map { MetricValue($0.name, 0) } }
    for index in measures.indices where report.measures[index].value.isFinite {
      measures[index].value =
        smoothing * measures[index].value + (1 - smoothing) * report.measures[index].value
    }
    window.append((report.update, report.seconds))
    if window.count > 200 { window.removeFirst(100) }
  }

  /// The seconds that the run would take from the last update on if it were asked to land now, at the speed of
  /// its last updates; nil for a run that has an end, and before the speed is known.
  public var secondsToLand: Double? {
    guard let openPlan, let rate = updatesPerSecond, let last = window.last else { return nil }
    return Double(openPlan.updatesToLand(after: last.update)) / rate
  }

  private var updatesPerSecond: Double? {
    guard let first = window.first, let last = window.last, last.seconds > first.seconds else {
      return nil
    }
    return Double(last.update - first.update) / (last.seconds - first.seconds)
  }

  private static func text(_ value: Double) -> String { formatted(value, digits: 3) }

  /// Returns seconds as `m:ss`, or `h:mm:ss` from an hour on.
  public static func clock(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?" }
    let whole = Int(clamping: seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}
