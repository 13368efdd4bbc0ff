import Foundation
import Planning
import Runs
import Settings
import TestSupport
import Testing

@Suite struct `A cross-validation` {
  private func settings(_ more: [String: String]) throws -> RunSettings {
    var settings = RunSettings()
    for (key, text) in more { try settings.set(key, to: text) }
    return settings
  }

  @Test func `gives each run its fold, and is the same when it is read back`() throws {
    let validation = try CrossValidation(
      settings: settings(["folds": "4", "fold": "3", "seed": "7"]))
    #expect(validation.folds == 4)
    #expect(validation.settings(of: 2).data.fold == 2)
    #expect(validation.settings(of: 2).machine.seed == 7)
    let directory = TemporaryDirectory()
    let folder = directory.url
    try validation.write(to: folder)
    #expect(CrossValidation.isThere(folder.path))
    #expect(try CrossValidation.read(from: folder) == validation)
    #expect(throws: RunError.self) {
      try CrossValidation.read(from: folder.appendingPathComponent("none"))
    }
  }

  @Test func `has runs that are not asked to stop, since no process would look`() throws {
    let directory = TemporaryDirectory()
    let folder = directory.url
    let run = CrossValidation.folder(of: 2, in: folder)
    try run.make()
    try CrossValidation(settings: settings(["folds": "4"])).write(to: folder)
    let error = #expect(throws: RunRequestError.self) { try RunRequest.stop(run) }
    #expect("\(try #require(error))".contains("'rondo train --resume \(folder.path)"))
    #expect(!run.stopRequest.exists)
  }

  @Test func `leaves an undefined metric of a fold out of the mean, and keeps the fold`() throws {
    let directory = TemporaryDirectory()
    let validation = try CrossValidation(settings: settings(["folds": "3"]))
    for (fold, value) in [(1, 0.8), (2, .nan), (3, 0.9)] {
      let run = CrossValidation.folder(of: fold, in: directory.url)
      try run.make()
      try RunSummary(
        final: ["accuracy": 0.5], evaluationSplit: .test, validation: ["accuracy": value],
        updates: 10, seconds: 3, imagesPerSecond: 1, firstUpdateSeconds: 1
      ).write(to: run)
    }
    let results = try CrossValidationResults(of: validation, task: .classify, in: directory.url)
    #expect(results.rows.map(\.fold) == [1, 2, 3])
    #expect(results.rows[1].heldOut["accuracy"]?.isNaN == true)
    #expect(abs((results.heldOut?.mean ?? 0) - 0.85) < 1e-12)
  }

  @Test func `has a table of the runs that ended, with mean and interval`() throws {
    let directory = TemporaryDirectory()
    let folder = directory.url
    let validation = try CrossValidation(settings: settings(["folds": "4"]))
    for (fold, value) in [(1, 0.8), (2, 0.9)] {
      let run = CrossValidation.folder(of: fold, in: folder)
      try run.make()
      try RunSummary(
        final: ["accuracy": 0.5], evaluationSplit: .test, validation: ["accuracy": value],
        updates: 10, seconds: 3, imagesPerSecond: 1, firstUpdateSeconds: 1
      ).write(to: run)
    }
    let failed = CrossValidation.folder(of: 3, in: folder)
    try failed.make()
    try Data("it diverged".utf8).write(to: failed.failure)
    let results = try CrossValidationResults(of: validation, task: .classify, in: folder)
    #expect(results.rows.map(\.fold) == [1, 2])
    #expect(results.failures == ["3": "it diverged"])
    // Mean 0.85; the interval of two numbers is 12.706 times half their difference.
    #expect(abs((results.heldOut?.mean ?? 0) - 0.85) < 1e-12)
    #expect(abs((results.heldOut?.halfWidth ?? 0) - 12.706 * 0.05) < 1e-9)
    #expect(results.cells.map(\.[0]) == ["fold", "1", "2", "3", "mean", "95 %"])
    #expect(results.text.contains("0.8500"))
  }

  @Test(arguments: [
    ["fold": "1"], ["fold-groups": "folder"], ["folds": "1"], ["folds": "3", "fold": "4"],
    ["folds": "3", "validation": "0.1"],
  ])
  func `is refused where its settings cannot be meant`(more: [String: String]) throws {
    #expect(throws: SettingsError.self) { try settings(more).check() }
  }

  @Test func `needs one budget for all runs`() throws {
    #expect(throws: SettingsError.self) {
      try CrossValidation(settings: settings(["folds": "3", "open-ended": "true"]))
    }
  }
}
