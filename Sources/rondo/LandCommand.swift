import ArgumentParser
import Foundation
import Numbers
import Planning
import Runs
import Settings
import Words

/// `rondo land`: tells an open-ended run to cool down and end.
struct LandCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "land",
    abstract: "Tells an open-ended run to cool down and end: at once, or when it is resumed.")

  @Argument(help: "The run folder.")
  var folder: String

  func run() throws {
    let folder = try RunFolder.open(folder)
    let path = folder.url.relativePath
    guard try RunSettings.read(from: folder.configuration.path).budget.openEnded == true else {
      throw LandingError.notOpenEnded(path: path)
    }
    if let summary = try RunSummary.ofEndedRun(in: folder) {
      throw LandingError.isOver(path: path, updates: summary.updates)
    }
    let plan = try RunPlan.read(from: folder)
    if let plan, let landing = plan.plan.landing {
      Console.say(
        "\(path) lands already: it cools down after update \(landing.step), and ends after update "
          + "\(plan.budget.totalSteps)")
      return
    }
    // Held while the request is written, so that none is for a run that has just ended.
    let lock = try RunLock.ifFree(folder)
    try withExtendedLifetime(lock) { try folder.tellToLand() }
    Console.say(
      lock == nil
        ? "\(path) is told to land: the process that trains it cools it down and ends it"
        : "\(path) is not trained now: 'rondo train --resume \(path)' cools it down and ends it")
    if let plan, let words = try Self.outlook(plan, folder) { Console.say(words) }
  }

  /// How long the landing takes, by the rows of the run; nil where there are none yet.
  private static func outlook(_ plan: RunPlan, _ folder: RunFolder) throws -> String? {
    guard FileManager.default.fileExists(atPath: folder.metrics.path),
      let last = try MetricsTable.read(folder.metrics).rows.last
    else { return nil }
    let updates = plan.updatesToLand(after: last.update)
    let seconds = Double(updates) * last.seconds / Double(last.update)
    return "after update \(last.update), the last on disk, that is \(updates) updates, in about "
      + "\(Int(clamping: (seconds / 60).rounded(.up))) min"
  }
}

/// Why a run cannot be told to land.
enum LandingError: DescribedError {
  /// It has an end of its own.
  case notOpenEnded(path: String)
  /// It has ended.
  case isOver(path: String, updates: Int)

  /// One sentence: what, where, what to do.
  var description: String {
    switch self {
    case .notOpenEnded(let path):
      "\(path) cannot be told to land: it was not begun with --open-ended, and ends by its plan."
    case .isOver(let path, let updates):
      "\(path) cannot be told to land: it ended after \(updates) updates; 'rondo train --resume \(path) "
        + "--open-ended' continues it."
    }
  }
}
