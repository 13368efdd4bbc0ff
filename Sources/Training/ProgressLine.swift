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
/// Loss and measures are means over the last updates, so that the line can be read while batches jump about.
public struct ProgressLine {
  private let epochs: Int
  private let samplesPerUpdate: Double
  /// The plan of a run without an end.
  private let openPlan: RunPlan?
  private var loss = RunningMean()
  private var measures: [(name: String, mean: RunningMean)] = []
  private var time = TimeLeft()
  private var lastUpdate: Int?

  /// Creates the line of a run of this plan.
  public init(_ plan: RunPlan) {
    self.init(
      epochs: Int(clamping: plan.budget.epochs.rounded(.up)), samplesPerUpdate: plan.budget.samplesPerUpdate,
      openPlan: plan.isOpenEnded ? plan : nil)
  }

  init(epochs: Int, samplesPerUpdate: Double, openPlan: RunPlan? = nil) {
    self.epochs = epochs
    self.samplesPerUpdate = samplesPerUpdate
    self.openPlan = openPlan
  }

  /// Takes in an update and returns the line after it.
  ///
  /// - Parameter later: how many times this run's budget comes after it, in other runs.
  public mutating func line(after report: UpdateRecord, later: Double = 0) -> String {
    take(report)
    var parts = ["epoch \(report.epoch + 1)/\(epochs)", "\(report.update)/\(report.total)"]
    if openPlan != nil {
      parts = ["epoch \(report.epoch + 1)", "update \(report.update)"]
      parts.append(Self.clock(report.seconds) + " trained")
      if let seconds = secondsToLand { parts.append(Self.clock(seconds) + " to land") }
    } else if let left = time.seconds(after: report.update, of: report.total) {
      let all = left + later * (report.seconds + left)
      parts.append(
        Self.clock(left) + " left"
          + (later > 0 ? ", \(Self.clock(all)) with the runs after it" : ""))
    }
    parts.append("train loss " + Self.text(loss.value))
    parts += measures.map { "\($0.name) " + Self.text($0.mean.value) }
    parts.append("lr " + String(format: "%.3g", report.learningRate))
    if let seconds = time.secondsPerUpdate, seconds > 0 {
      parts.append("\(Int(clamping: (samplesPerUpdate / seconds).rounded())) images/s")
    }
    return parts.joined(separator: " · ")
  }

  /// Takes in an update without making a line of it.
  public mutating func take(_ report: UpdateRecord) {
    loss.add(report.loss)
    if measures.isEmpty { measures = report.measures.map { ($0.name, RunningMean()) } }
    for (index, measure) in zip(measures.indices, report.measures) { measures[index].mean.add(measure.value) }
    time.take(update: report.update, seconds: report.seconds)
    lastUpdate = report.update
  }

  /// Takes in an evaluation, which takes time too.
  public mutating func take(_ record: EvaluationRecord) { time.evaluated(after: record.update) }

  /// The seconds that the run would take from the last update on if it were asked to land now, at the speed of
  /// its last updates; nil for a run that has an end, and before the speed is known.
  public var secondsToLand: Double? {
    guard let openPlan, let lastUpdate else { return nil }
    return time.seconds(after: 0, of: openPlan.updatesToLand(after: lastUpdate))
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
