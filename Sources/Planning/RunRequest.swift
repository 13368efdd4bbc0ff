import Formatting
import Foundation
import Numbers
import Runs
import Settings

/// What another process may ask of a run: by a file in its folder, which the process that trains it looks for.
public enum RunRequest: Sendable {
  /// Asks an open-ended run to cool down and end, and returns what is to be said of it, line by line.
  ///
  /// - Throws: `RunRequestError`, `RunError`, `FileError`.
  public static func land(_ folder: RunFolder) throws -> [String] {
    let path = folder.url.relativePath
    guard try RunSettings.read(from: folder.configuration.path).budget.openEnded == true else {
      throw RunRequestError.notOpenEnded(path: path)
    }
    if let summary = try RunSummary.ofEndedRun(in: folder) {
      throw RunRequestError.cannotLand(path: path, updates: summary.updates)
    }
    let plan = try RunPlan.read(from: folder)
    if let plan, let landing = plan.plan.landing {
      return [
        "\(path) lands already: it cools down after update \(landing.step), and ends after update "
          + "\(plan.budget.totalSteps)"
      ]
    }
    // Held while the request is written, so that none is for a run that has just ended.
    let lock = try RunLock.ifFree(folder, for: .request)
    try withExtendedLifetime(lock) { try folder.landRequest.post() }
    let line =
      lock == nil && RunLock.Holder(of: folder)?.work == .training
      ? "\(path) is asked to land: the process that trains it cools it down and ends it"
      : "\(path) is not trained now: 'rondo train --resume \(shellQuoted(path))' cools it down and ends it"
    // A run that is not trained goes on from its newest checkpoint.
    let last = lock == nil ? nil : folder.listCheckpoints().last?.update ?? 0
    return try [line] + (plan.flatMap { try outlook($0, folder, after: last) }.map { [$0] } ?? [])
  }

  /// How long the landing takes, by the last rows of the run; nil where there are none yet.
  ///
  /// - Parameter checkpoint: the update after which a run that is not trained goes on; nil for one that is.
  private static func outlook(
    _ plan: RunPlan, _ folder: RunFolder, after checkpoint: Int?
  ) throws -> String? {
    let rows = try MetricsReader.last(of: folder.metrics).rows
    guard let last = rows.last else { return nil }
    var time = TimeLeft()
    for row in rows {
      if row.split == .train { time.take(update: row.update, seconds: row.seconds) }
      if row.split.isEvaluation { time.evaluated(after: row.update) }
    }
    let from = checkpoint ?? last.update
    let updates = plan.updatesToLand(after: from)
    // The rows lag behind the run, which cools down after a later update, and for a share of that.
    let seconds =
      time.seconds(after: from, of: from + updates)
      ?? Double(updates) * last.seconds / Double(max(1, last.update))
    let length =
      seconds < 90
      ? "\(Int(clamping: seconds.rounded(.up))) s"
      : "\(Int(clamping: (seconds / 60).rounded())) min"
    let place = checkpoint == nil ? "the last on disk" : "that of its newest checkpoint"
    return from == 0
      ? "it has no checkpoint yet, and begins again: \(RunPlan.updates(updates)), in about \(length)"
      : "after update \(from), \(place), that is \(RunPlan.updates(updates)), in about \(length)"
  }

  /// Asks a run to stop at its next trough, saved, so that it can be resumed; returns what is to be said of it.
  ///
  /// - Throws: `RunRequestError` for a run that is not trained now, or has no trough before its end; `RunError`,
  ///   `FileError`.
  public static func stop(_ folder: RunFolder) throws -> [String] {
    let path = folder.url.relativePath
    if let summary = try RunSummary.ofEndedRun(in: folder) {
      throw RunRequestError.cannotStop(path: path, updates: summary.updates)
    }
    // The process that trains them one after another looks for no requests.
    if let series = SeriesFolder(of: path) { throw RunRequestError.inSeries(path: path, command: series.command) }
    guard try RunLock.ifFree(folder, for: .request) == nil,
      RunLock.Holder(of: folder)?.work == .training
    else {
      throw RunRequestError.notTrained(path: path)
    }
    let trough = try nextTrough(of: folder)
    try folder.stopRequest.post()
    return ["\(path) is asked to stop after update \(trough), its next trough"]
  }

  /// The update of a run's next trough before its end.
  ///
  /// - Throws: `RunRequestError.noTrough`.
  static func nextTrough(of folder: RunFolder) throws -> Int {
    let path = folder.url.relativePath
    guard let plan = try RunPlan.read(from: folder) else {
      throw RunRequestError.noTrough(path: path, total: nil)
    }
    let done = try MetricsReader.last(of: folder.metrics).rows.last?.update ?? 0
    guard let trough = plan.nextTrough(after: done) else {
      throw RunRequestError.noTrough(
        path: path, total: plan.isOpenEnded ? nil : plan.budget.totalSteps)
    }
    return trough
  }
}

extension RunPlan {
  /// The next trough after an update, at which the run does not end anyway; nil where there is none.
  public func nextTrough(after update: Int) -> Int? {
    guard !isOpenEnded else { return nil }
    return plan.troughs(upTo: budget.totalSteps).first { $0 > update && $0 < budget.totalSteps }
  }
}

/// Why a run cannot do what is asked.
public enum RunRequestError: DescribedError, Equatable {
  /// The run is not open-ended, and ends by its plan.
  case notOpenEnded(path: String)
  /// The run has ended, and cannot land.
  case cannotLand(path: String, updates: Int)
  /// The run has ended, and cannot stop.
  case cannotStop(path: String, updates: Int)
  /// No process trains the run.
  case notTrained(path: String)
  /// The run belongs to a series, which this command continues.
  case inSeries(path: String, command: String)
  /// The run has no trough before its end, which is after `total` updates where that is known.
  case noTrough(path: String, total: Int?)

  /// One sentence: what, where, what to do.
  public var description: String {
    switch self {
    case .notOpenEnded(let path):
      "\(path) cannot land: it was not begun with --open-ended, and ends by its plan."
    case .cannotLand(let path, let updates):
      "\(path) cannot land: it ended after \(updates) updates; 'rondo train --resume \(shellQuoted(path)) "
        + "--open-ended' continues it."
    case .cannotStop(let path, let updates):
      "\(path) cannot be stopped: it ended after \(updates) updates."
    case .notTrained(let path):
      "\(path) cannot be stopped: no process trains it now; 'rondo train --resume \(shellQuoted(path))' continues it."
    case .inSeries(let path, let command):
      "\(path) does not stop at a trough: it is one of several runs that are trained one after another; end the "
        + "process that trains them, and '\(command)' continues it from its last checkpoint."
    case .noTrough(let path, let total):
      "\(path) cannot stop at a trough: "
        + (total.map { "it has none before its end after update \($0)." }
          ?? "it has none ahead yet; an open-ended run is ended by 'rondo land \(path)'.")
    }
  }
}
