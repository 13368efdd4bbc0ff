import Formatting
import Foundation
import Numbers
import Planning
import Reporting
import Runs
import Settings
import Tuning

/// A run that is watched: what was read of its folder, which is read again where it has changed.
///
/// Of the rows only what charts can show is kept, and of each update the loss and the rate, which the diagnosis is of.
final class WatchedRun {
  let name: String
  let folder: RunFolder
  /// When somebody looked at its curves last.
  var lookedAt = ContinuousClock.now

  private var plan = CachedFile<RunPlan?>(nil)
  private var settings = CachedFile<RunSettings?>(nil)
  private var summary = CachedFile<RunSummary?>(nil)
  private var isOver = CachedFile<Bool>(false)
  private var recent = CachedFile(MetricsTable(columns: [], rows: []))
  /// The bytes at the end of the table that are read for the overview.
  private var recentBytes = 1 << 15
  private var text = CachedFile("")
  private var advice = CachedFile<AdviceRecord?>(nil)
  private var rangeTest = CachedFile<RangeTestCurve?>(nil)
  private var reader: MetricsReader
  private var curves: RunCurves?
  private var places: [(update: Int, offset: Int)] = []
  private var stride = 1
  private var rows = 0
  private var losses = LossRows(columns: [])
  private var tableProblem: String?
  private var diagnosis: (offset: Int, at: ContinuousClock.Instant, value: Diagnosis?)?

  init(name: String, folder: RunFolder) {
    self.name = name
    self.folder = folder
    reader = MetricsReader(folder.metrics)
  }

  // MARK: Small files

  /// The run's plan, as it stands now.
  var currentPlan: RunPlan? {
    plan.refresh(folder.plan) { try RunPlan.read(from: folder) }
    return plan.value
  }

  /// Whether the run was begun without an end, by its plan, or by its settings before there is one.
  var isOpenEnded: Bool {
    currentPlan?.settings.budget.openEnded ?? settings.value?.budget.openEnded ?? false
  }

  var currentSummary: RunSummary? {
    summary.refresh(folder.summary) { try RunSummary.read(from: folder) }
    return summary.value
  }

  /// The run's settings as they stand in its folder.
  var configurationText: String {
    text.refresh(folder.configuration) { try TextFile.read(folder.configuration.path) }
    return text.value
  }

  /// The range test and what followed from it; what is half-written is left for the next time.
  var currentRangeTest: (advice: AdviceRecord?, curve: RangeTestCurve?) {
    advice.refresh(folder.advice) { try AdviceRecord.read(from: folder) }
    let plan = currentPlan
    rangeTest.refresh(folder.rangeTest, folder.plan, folder.configuration) {
      guard FileStamp(folder.rangeTest) != nil else { return nil }
      let settings =
        plan?.settings ?? (try? RunSettings.read(from: folder.configuration.path))?.resolved
      return try RangeTestCurve.read(
        csv: folder.rangeTest.path, measure: settings?.rangeTest.measure ?? .trainingLoss)
    }
    return (advice.value, rangeTest.value)
  }

  /// Where the run stands, with its last metrics.
  func overview() -> RunOverview {
    var overview = RunOverview(name: name, path: shellQuoted(folder.url.relativePath))
    let plan = currentPlan
    let summary = currentSummary
    if plan == nil {
      settings.refresh(folder.configuration) {
        try RunSettings.read(from: folder.configuration.path)
      }
    }
    recent.refresh(folder.metrics) { try lastRows() }
    let process = RunProcess(of: folder)
    isOver.refresh(folder.summary, folder.plan) {
      // Most runs end by their plan, or have no summary yet: then the plan need not be read once more.
      guard let plan, let summary else { return false }
      guard summary.updates >= plan.budget.totalSteps else {
        return try RunSummary.ofEndedRun(in: folder) != nil
      }
      return folder.listCheckpoints().last?.update == summary.updates
    }
    let typed = plan?.settings.open ?? settings.value
    overview.what = [typed?.text("model"), typed?.text("data")]
      .compactMap(\.self).joined(separator: " on ")
    overview.modified =
      [folder.configuration, folder.plan, folder.metrics, folder.summary]
      .compactMap { FileStamp($0)?.modified }.max() ?? 0
    overview.problem =
      plan == nil ? self.plan.problem : tableProblem ?? recent.problem
    fill(&overview, plan)
    let loss = recent.value.rows.last { $0.split == .train }?.loss
    let isNaN = loss.map { !$0.isFinite } ?? false
    // A run whose last rows are seconds old may have ended since.
    if process.work == .evaluation, let pid = process.pid {
      overview.work = "evaluated by process \(pid)"
    }
    if process.work == .training, process.pid != nil || process.isThere && !isOver.value {
      overview.state = .live
      overview.memory = process.peakMemory
    } else if let words = try? TextFile.read(folder.failure.path) {
      overview.state = .failed
      overview.problem = words.trimmingCharacters(in: .whitespacesAndNewlines)
    } else if isOver.value || plan == nil && summary != nil {
      overview.state = .ended
    } else {
      // A run whose last evaluation has no loss has failed as well.
      let last = recent.value.rows.last { $0.split.isEvaluation }
      let predictsNaN = last.map { $0.update == overview.total && $0.loss?.isFinite != true } ?? false
      overview.state = isNaN || predictsNaN ? .failed : .stopped
      if isNaN {
        overview.problem = "The loss is not finite after update \(overview.update)."
      } else if predictsNaN {
        overview.problem = "The model predicts NaN or infinite values after update \(overview.update)."
      }
    }
    if let summary, overview.state == .ended {
      overview.metrics = summary.final.sorted { $0.key < $1.key }
        .map { RunOverview.Metric(name: $0.key, value: $0.value) }
      overview.split = summary.evaluationSplit.rawValue
      overview.imagesPerSecond = summary.imagesPerSecond.isFinite ? summary.imagesPerSecond : nil
      overview.seconds = summary.seconds.isFinite ? summary.seconds : nil
      overview.memory = summary.peakMemoryBytes
      overview.update = summary.updates
    }
    if overview.state != .live { overview.secondsLeft = nil }
    return overview
  }

  /// The last rows: so many that the last two evaluations are among them, where those are not too far back.
  private func lastRows() throws -> MetricsTable {
    while true {
      let table = try MetricsReader.last(of: folder.metrics, bytes: recentBytes)
      let size = FileStamp(folder.metrics)?.size ?? 0
      guard recentBytes < min(size, Self.mostRecentBytes), table.rows.count(where: \.split.isEvaluation) < 2
      else { return table }
      recentBytes *= 8
    }
  }

  private static let mostRecentBytes = 1 << 21

  /// Metrics and speed from the last rows.
  private func fill(_ overview: inout RunOverview, _ plan: RunPlan?) {
    overview.total = plan.flatMap { $0.isOpenEnded ? nil : $0.budget.totalSteps }
    overview.epochs = plan.flatMap { $0.isOpenEnded ? nil : $0.budget.epochs }
    let table = recent.value
    let training = table.rows.filter { $0.split == .train }
    var time = TimeLeft()
    for row in table.rows {
      if row.split == .train { time.take(update: row.update, seconds: row.seconds) }
      if row.split.isEvaluation { time.evaluated(after: row.update) }
    }
    if let last = table.rows.last {
      overview.update = last.update
      overview.epoch = last.epoch + 1
      overview.seconds = last.seconds
    }
    overview.learningRate = training.last?.learningRate
    let losses = training.suffix(50).compactMap(\.loss).filter(\.isFinite)
    if !losses.isEmpty { overview.loss = losses.reduce(0, +) / Double(losses.count) }
    if let plan, let seconds = time.secondsPerUpdate, seconds > 0 {
      overview.imagesPerSecond = plan.budget.samplesPerUpdate / seconds
    }
    overview.secondsLeft = overview.total.flatMap { time.seconds(after: overview.update, of: $0) }
    if let row = table.rows.last(where: { $0.split.isEvaluation }) {
      overview.split = row.split.rawValue
      overview.metrics =
        zip(["loss"] + table.columns, [row.loss] + row.values)
        .map { name, value in RunOverview.Metric(name: name, value: value ?? .nan) }
    }
  }

  // MARK: Curves

  /// Reads the rows that have been added, and returns all of the run's curves.
  func currentCurves() -> RunCurves {
    lookedAt = .now
    var curves = self.curves ?? RunCurves()
    self.curves = nil
    do {
      try reader.read(begin: { columns in
        curves = RunCurves(columns: columns)
        losses = LossRows(columns: columns)
        (places, stride, rows) = ([], 1, 0)
      }) { row, offset in
        curves.append(row)
        losses.append(row)
        note(row.update, offset)
      }
      tableProblem = nil
    } catch {
      tableProblem = sentence(for: error)
    }
    self.curves = curves
    return curves
  }

  /// Remembers where every so many rows lie in the file, at most a few thousand places.
  private func note(_ update: Int, _ offset: Int) {
    if rows % stride == 0 { places.append((update, offset)) }
    rows += 1
    guard places.count > 4_000 else { return }
    places = places.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    stride = stride.multipliedOrMax(by: 2)
  }

  /// Reads the rows of some updates again, and returns their curves: every value, or more of them than of the
  /// whole run.
  func curves(of updates: ClosedRange<Int>) throws -> RunCurves {
    let whole = currentCurves()
    let first = places.last { $0.update < updates.lowerBound }?.offset ?? 0
    let last = places.first { $0.update > updates.upperBound }?.offset ?? reader.offset
    var curves = RunCurves(columns: whole.columns)
    try reader.read(first..<max(first, last)) { row, _ in
      if updates.contains(row.update) { curves.append(row) }
    }
    return curves
  }

  /// What changes when the charts do: by the bytes of rows that were read, and by the diagnosis.
  var version: String {
    "\(reader.offset)" + (diagnosis.map { "d\($0.value?.findings.count ?? 0)" } ?? "")
  }

  /// Which part of the data the evaluations are of, in a word.
  func curveSplit(_ curves: RunCurves) -> String {
    curves.has(.validation) ? "validation" : currentSummary?.evaluationSplit.rawValue ?? "evaluation"
  }

  /// Drops what can be read again.
  func forgetCurves() {
    reader = MetricsReader(folder.metrics)
    curves = nil
    losses = LossRows(columns: [])
    (places, stride, rows) = ([], 1, 0)
    diagnosis = nil
  }

  // MARK: Diagnosis

  /// What the loss curve said when it was asked last.
  var lastDiagnosis: Diagnosis? { diagnosis?.value }

  /// A diagnosis that is due, made by whoever has the time for it: it needs the run no more.
  struct DueDiagnosis: Sendable {
    fileprivate let plan: RunPlan
    fileprivate let losses: LossRows
    fileprivate let offset: Int

    /// What the loss curve says.
    func made() -> Diagnosis { plan.diagnosis(of: losses.curve) }
  }

  /// Reads the rows that have been added, and returns a diagnosis of all, if there is a newer one to be made: at most
  /// every half minute while the run goes on.
  func dueDiagnosis(isLive: Bool) -> DueDiagnosis? {
    _ = currentCurves()
    if let diagnosis,
      diagnosis.offset == reader.offset
        || isLive && ContinuousClock.now - diagnosis.at < .seconds(30)
    {
      return nil
    }
    return currentPlan.map { DueDiagnosis(plan: $0, losses: losses, offset: reader.offset) }
  }

  /// Keeps a diagnosis that was made.
  func keep(_ value: Diagnosis, of due: DueDiagnosis) { diagnosis = (due.offset, .now, value) }
}
