import Files
import Foundation
import Planning
import Runs
import Settings
import Training
import Tuning

/// What a series of runs reports while it works.
public enum SeriesEvent {
  /// A range test begins, for the rates of the schedules that were given none.
  case testing(any TaskRun)
  /// It gave them.
  case found(LearningRateRange)
  /// A run begins, or continues.
  case began(SeriesRun, any TaskRun)
  /// It ended.
  case ended(RunSummary)
  /// It failed, with this sentence.
  case failed(String)
  /// So many runs were left to other processes, which work on them.
  case leftToOthers(Int)
}

/// A run among several that are trained one after another.
public struct SeriesRun: Sendable {
  /// What tells it from the others: `cosine, seed 2`.
  public var title: String
  /// Its folder.
  public var folder: RunFolder
  /// With what it begins.
  public var settings: RunSettings
  /// Its number, from 1.
  public var number: Int
  /// How many runs there are.
  public var count: Int
  /// The budgets of the runs that come after it, together, in budgets of this one.
  public var later: Double
}

/// Runs that are trained one after another, each in a folder of its own below that of all.
///
/// A run that diverges is kept as one that failed, and the others continue. Killed amid a run, the series
/// continues with it from its newest checkpoint when it is trained again. Several processes can share a series: each
/// works on runs that no other has.
struct RunSeries {
  let runs: [SeriesRun]
  /// Is called with the folder of each run that has ended, also before.
  var finish: (RunFolder) throws -> Void = { _ in }

  /// Trains every run that has not ended.
  func train(
    observers: [any TrainingObserver], onEvent: (SeriesEvent) -> Void
  ) throws {
    var taken: [RunFolder] = []
    for run in runs {
      try run.folder.make()
      guard let lock = try RunLock.ifFree(run.folder) else {
        taken.append(run.folder)
        continue
      }
      try withExtendedLifetime(lock) { try work(on: run, observers, onEvent: onEvent) }
    }
    let leftToOthers = taken.filter { !Self.hasEnded($0) }.count
    if leftToOthers > 0 { onEvent(.leftToOthers(leftToOthers)) }
  }

  /// Trains a run to its end, unless it has ended.
  private func work(
    on run: SeriesRun, _ observers: [any TrainingObserver], onEvent: (SeriesEvent) -> Void
  ) throws {
    do {
      if !Self.hasEnded(run.folder) {
        onEvent(.ended(try train(run, observers, onEvent: onEvent)))
      }
      try finish(run.folder)
    } catch let error as TrainingError where error.isOfThisRunAlone {
      try AtomicFile.write(Data("\(error)".utf8), to: run.folder.failure)
      onEvent(.failed("\(error)"))
    }
  }

  private static func hasEnded(_ run: RunFolder) -> Bool {
    [run.summary, run.failure].contains { FileManager.default.fileExists(atPath: $0.path) }
  }

  private func train(
    _ one: SeriesRun, _ observers: [any TrainingObserver], onEvent: (SeriesEvent) -> Void
  ) throws -> RunSummary {
    let folder = one.folder
    folder.sweep()
    let isNew = !FileManager.default.fileExists(atPath: folder.configuration.path)
    var settings = isNew ? one.settings : try .read(from: folder.configuration.path)
    let begins = folder.newestCheckpoint == nil
    if !isNew {
      settings.data.validation = settings.data.validation ?? ValidationShare.none
      if begins { settings.keepFormerPreprocessing() }
    }
    let run = try makeRun(settings, loadsInitialWeights: begins)
    if isNew { try ConfigurationFile.write(run.settings, to: folder.configuration) }
    onEvent(.began(one, run))
    return try run.train(in: folder, observers: observers)
  }
}

extension TrainingError {
  /// Whether it is this run's rates that failed, and others may go well.
  fileprivate var isOfThisRunAlone: Bool {
    switch self {
    case .nonFiniteLoss, .brokenLoss, .nonFiniteParameters, .gradientsOverflow, .divergedAgain,
      .cannotRollBack, .noReliableRange:
      true
    default: false
    }
  }
}
