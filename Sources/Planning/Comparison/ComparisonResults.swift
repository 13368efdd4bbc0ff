import Evaluation
import Formatting
import Foundation
import Numbers
import Runs
import Settings

/// The results of a comparison so far.
public struct ComparisonResults: Sendable, Hashable, Codable {
  /// What came out of one run.
  public struct Run: Sendable, Hashable, Codable {
    /// The seed.
    public var seed: UInt64
    /// The final metric; NaN where it is undefined.
    @NaNAsNull public var value: Double
    /// Updates applied.
    public var updates: Int
    /// Seconds of training.
    public var seconds: Double
    /// The metric at each evaluation, by the updates before it.
    public var course: [Point]
  }

  /// The metric at an evaluation.
  public struct Point: Sendable, Hashable, Codable {
    /// The updates applied before the evaluation.
    public var update: Int
    /// The metric.
    public var value: Double
  }

  /// The runs of one schedule.
  public struct Row: Sendable, Hashable, Codable {
    /// The schedule, as it was written.
    public var schedule: String
    /// The runs that ended.
    public var runs: [Run]
    /// The sentences with which runs failed, by their seeds.
    public var failures: [String: String]
    /// The final metrics, without those that are undefined; nil where all are.
    @NilAsNull public var spread: MeanWithInterval?
    /// By how much they are above the first schedule's, seed by seed; nil for the first one.
    @NilAsNull public var gain: MeanWithInterval?
    /// The updates after which each run was at the first schedule's mean final metric; those that never
    /// were are left out.
    public var updatesToFirst: [Int]

    enum CodingKeys: String, CodingKey {
      case schedule, runs, failures, spread, gain
      case updatesToFirst = "updates_to_first"
    }
  }

  /// What the metric is called.
  public var metric: String
  /// The schedules, in the order in which they were written.
  public var rows: [Row]
  /// Results of each further metric that was asked for, from the runs' evaluations; without curves.
  public var evaluated: [ComparisonResults]

  /// Reads what there is in a comparison's folder.
  ///
  /// - Throws: `RunError` for a file that is damaged.
  public init(of comparison: Comparison, task: TaskDescription, in folder: URL) throws {
    let name = task.primaryMetric.name
    try self.init(name, of: comparison, in: folder) { run, summary in
      try summary.final[name].map { ($0, try Self.course(of: run, name)) }
    }
    evaluated = try (comparison.metrics ?? []).map { name in
      try ComparisonResults(name, of: comparison, in: folder) { run, _ in
        try EvaluationMetrics.read(from: run)?.values[name].map { ($0, []) }
      }
    }
  }

  private init(
    _ metric: String, of comparison: Comparison, in folder: URL,
    reading: (RunFolder, RunSummary) throws -> (value: Double, course: [Point])?
  ) throws {
    self.metric = metric
    evaluated = []
    rows = try comparison.compared().map { schedule in
      var row = Row(
        schedule: schedule.text, runs: [], failures: [:], spread: nil, gain: nil, updatesToFirst: []
      )
      for seed in comparison.seeds {
        let run = Comparison.folder(of: schedule, seed: seed, in: folder)
        if let failure = try? TextFile.read(run.failure.path) {
          row.failures["\(seed)"] = failure
        } else if let summary = try RunSummary.read(from: run),
          let (value, course) = try reading(run, summary)
        {
          row.runs.append(
            Run(
              seed: seed, value: value, updates: summary.updates, seconds: summary.seconds,
              course: course))
        }
      }
      row.spread = MeanWithInterval(row.runs.map(\.value).filter(\.isFinite))
      return row
    }
    guard let first = rows.first else { return }
    // What a run was at while it was trained may be metrics of validation images, and its end of test images.
    guard
      let goal = MeanWithInterval(
        first.runs.map { $0.course.last?.value ?? $0.value }.filter(\.isFinite))?.mean
    else {
      return
    }
    for index in rows.indices {
      let pairs = rows[index].runs.compactMap { run in
        first.runs.first { $0.seed == run.seed }.map { run.value - $0.value }
      }
      .filter(\.isFinite)
      if index > 0 { rows[index].gain = MeanWithInterval(pairs) }
      rows[index].updatesToFirst = rows[index].runs.compactMap { run in
        run.course.first { $0.value >= goal }?.update
      }
    }
  }

  private static func course(of run: RunFolder, _ name: String) throws -> [Point] {
    guard FileManager.default.fileExists(atPath: run.metrics.path) else { return [] }
    let table = try MetricsTable.read(run.metrics)
    guard let column = table.columns.firstIndex(of: name) else { return [] }
    // What a run averages is evaluated in its place, where there is such.
    let isAveraged = table.rows.contains { $0.split == .average }
    let rows = table.rows.filter { isAveraged ? $0.split == .average : $0.split.isEvaluation }
    return rows.compactMap { row in
      row.values[column].flatMap { $0.isFinite ? Point(update: row.update, value: $0) : nil }
    }
  }

  /// The table as text: a line a schedule; and one for each metric of the evaluations.
  public var text: String {
    let table = alignedColumns([Self.head(metric)] + rows.map(\.cells)).joined(separator: "\n")
    return ([table] + evaluated.map(\.text)).joined(separator: "\n\n")
  }

  /// The head of the table.
  public static func head(_ metric: String) -> [String] {
    [
      "schedule", metric, "95 % of \(metric)", "difference from the first", "95 % of the difference", "updates",
      "updates to reach the first", "runs",
    ]
  }
}

extension ComparisonResults.Row {
  /// The line of the table.
  public var cells: [String] {
    func half(_ spread: MeanWithInterval?) -> String {
      let words = formatted(spread?.halfWidth)
      return words == "-" ? words : "±" + words
    }
    let never = runs.count - updatesToFirst.count
    let reached =
      updatesToFirst.map(String.init)
      + (never > 0 ? ["never" + (never > 1 ? " x\(never)" : "")] : [])
    let undefined = runs.count { !$0.value.isFinite }
    let count =
      "\(runs.count)" + (undefined == 0 ? "" : ", \(undefined) undefined")
      + (failures.isEmpty ? "" : ", \(failures.count) failed")
    return [
      schedule, formatted(spread?.mean), half(spread), formatted(gain?.mean, signed: true),
      half(gain),
      runs.first.map { "\($0.updates)" } ?? "-",
      runs.allSatisfy(\.course.isEmpty) ? "-" : reached.joined(separator: " "),
      count,
    ]
  }
}
