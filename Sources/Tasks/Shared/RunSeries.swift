import Datasets
import Files
import Foundation
import Planning
import Runs
import Settings
import Torch
import Training
import Tuning

/// What a series of runs reports while it works.
public enum SeriesEvent {
  /// The rates of the schedules that were given none are looked for, by this run; a sentence says which take them.
  case advising(any TaskRun, purpose: String)
  /// Progress of the range test and the rehearsals that find the peak.
  case measured(RunEvent)
  /// The peak was found.
  case advised(AdviceRecord)
  /// A run begins, or continues.
  case began(SeriesRun, any TaskRun)
  /// A run ended; and the images that it found to be broken on the way.
  case ended(RunSummary, broken: [BrokenImage])
  /// A run failed, with this sentence.
  case failed(String)
  /// The number of runs that other processes work on.
  case leftToOthers(Int)
}

/// A run among several that are trained one after another.
public struct SeriesRun: Sendable {
  /// What tells it from the others: `cosine, seed 2`.
  public var title: String
  /// The folder of the run.
  public var folder: RunFolder
  /// The settings with which the run begins.
  public var settings: RunSettings
  /// The number of the run in the series, from 1.
  public var number: Int
  /// How many runs there are.
  public var count: Int
  /// The budgets of the runs that come after it, together, in budgets of this one.
  public var later: Double
}

/// Runs that are trained one after another, each in a folder of its own below that of all.
///
/// A run that diverges is kept as one that failed, and the others continue. Killed during a run, the series
/// continues with it from its newest checkpoint when it is trained again. Several processes can share a series: each
/// works on runs that no other has.
public struct RunSeries {
  let runs: [SeriesRun]
  /// Is called with the folder of each run that has ended, also before.
  var finish: (RunFolder) throws -> Void = { _ in }

  /// Trains every run that has not ended; the processes of a group train each of them together.
  func train(
    observers: [any TrainingObserver], onEvent: (SeriesEvent) -> Void
  ) throws {
    var taken: [RunFolder] = []
    for run in runs {
      try run.folder.make()
      var lock: RunLock?
      let isMine = try ProcessGroup.broadcastFromFirst {
        lock = try RunLock.ifFree(run.folder)
        return lock != nil
      }
      guard isMine else {
        taken.append(run.folder)
        continue
      }
      try withExtendedLifetime(lock) { try work(on: run, lock, observers, onEvent: onEvent) }
    }
    let leftToOthers = try taken.filter { try !Self.hasEnded($0) }.count
    if leftToOthers > 0 { onEvent(.leftToOthers(leftToOthers)) }
  }

  /// Trains a run to its end, unless it has ended.
  private func work(
    on run: SeriesRun, _ lock: RunLock?, _ observers: [any TrainingObserver],
    onEvent: (SeriesEvent) -> Void
  ) throws {
    do {
      if try !Self.hasEnded(run.folder) {
        try TrainingError.throwIfPaused()
        try train(run, observers, onEvent: onEvent)
      }
      lock?.work = .evaluation
      try TrainingError.throwIfPaused()
      try finish(run.folder)
    } catch {
      guard try Self.isOfOneRun(error) else { throw error }
      try ProcessGroup.onFirst {
        try AtomicFile.write(Data("\(error)".utf8), to: run.folder.failure)
      }
      onEvent(.failed("\(error)"))
    }
  }

  /// Whether an error that all processes have is one after which the other runs go on.
  private static func isOfOneRun(_ error: any Error) throws -> Bool {
    if case GroupError.failed(rank: 0, _) = error, !ProcessGroup.isFirst {
      // Process 0 knows, and leaves if it is none.
      return try ProcessGroup.broadcastFromFirst { true }
    }
    guard let error = error as? TrainingError, error.isOfThisRunAlone else { return false }
    return try ProcessGroup.broadcastFromFirst { true }
  }

  private static func hasEnded(_ run: RunFolder) throws -> Bool {
    try ProcessGroup.broadcastFromFirst {
      [run.summary, run.failure].contains { FileManager.default.fileExists(atPath: $0.path) }
    }
  }

  private func train(
    _ one: SeriesRun, _ observers: [any TrainingObserver], onEvent: (SeriesEvent) -> Void
  ) throws {
    let folder = one.folder
    let begins = try ProcessGroup.broadcastFromFirst { folder.newestCheckpoint == nil }
    let kept = try ProcessGroup.broadcastFromFirstIfAny { () -> RunSettings? in
      folder.sweep()
      guard FileManager.default.fileExists(atPath: folder.configuration.path) else { return nil }
      var settings = try RunSettings.read(from: folder.configuration.path)
      settings.fillOlderDefaults(isNew: begins)
      return settings
    }
    let isBegun = runs.contains { FileManager.default.fileExists(atPath: $0.folder.configuration.path) }
    let run = try folder.readingAsBefore {
      try ProcessGroup.together {
        func make() throws -> any TaskRun { try makeRun(kept ?? one.settings, loadsInitialWeights: begins) }
        return isBegun ? try DataError.reportingMoved(make) : try make()
      }
    }
    _ = try run.joinProcesses()
    try checkIsOfSameData(run.data, named: run.settings.data.source)
    if kept == nil {
      try ProcessGroup.onFirst {
        try ConfigurationFile.write(run.settings, to: folder.configuration)
      }
    }
    onEvent(.began(one, run))
    let known = run.broken
    let summary = try run.train(in: folder, observers: observers)
    onEvent(.ended(summary, broken: try run.broken(besides: known)))
  }
}

extension RunSeries {
  /// Has the runs that have begun find their data in another place, which holds the images that they began with.
  ///
  /// - Throws: `DataChangeError.series` where it holds others; then nothing is changed.
  func take(dataAt place: String) throws {
    let begun = try runs.filter { FileManager.default.fileExists(atPath: $0.folder.configuration.path) }
      .map { (folder: $0.folder, settings: try RunSettings.read(from: $0.folder.configuration.path)) }
    guard let first = begun.first else { return }
    var settings = first.settings
    settings.data.source = place
    settings.fillOlderDefaults(isNew: false)
    let run = try first.folder.readingAsBefore { try makeRun(settings, loadsInitialWeights: false) }
    try checkIsOfSameData(run.data, named: place)
    for (folder, settings) in begun {
      var moved = settings
      moved.data.source = place
      try ConfigurationFile.write(moved, to: folder.configuration)
    }
  }

  /// Checks that a run has the images that the others were trained and evaluated on.
  ///
  /// - Throws: `DataChangeError.series`.
  private func checkIsOfSameData(_ data: some DataSplits, named name: String) throws {
    try ProcessGroup.onFirst {
      var earlier: DataRecord?
      for run in runs where earlier == nil { earlier = try run.folder.readData() }
      guard let before = earlier else { return }
      let now = data.record
      let change = DataChange(from: before.withoutHoldOut, to: now.withoutHoldOut)
      let labels = change.relabeled.isEmpty ? nil : "\(change.relabeled.count) of another class"
      let changes = [before.classNames == now.classNames ? nil : "other classes", change.summary, labels]
      guard changes.contains(where: { $0 != nil }) else { return }
      throw DataChangeError.series(data: name, changes: changes.compactMap(\.self).joined(separator: "; "))
    }
  }
}

extension TrainingError {
  /// Whether it is this run's rates that failed, and others may go well.
  fileprivate var isOfThisRunAlone: Bool {
    switch self {
    case .nonFiniteLoss, .brokenLoss, .nonFiniteParameters, .nonFinitePredictions, .gradientsOverflow,
      .divergedAgain, .cannotRollBack, .noReliableRange, .everyRehearsalLost:
      true
    default: false
    }
  }
}
