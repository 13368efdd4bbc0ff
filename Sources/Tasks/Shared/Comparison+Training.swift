import Datasets
import Evaluation
import Files
import Foundation
import Planning
import Runs
import Settings
import Torch
import Training
import Tuning

/// What a comparison reports while it works.
public enum ComparisonEvent {
  /// The peak of the schedules that were given none is looked for, by this run.
  case advising(any TaskRun)
  /// How far that has come.
  case measured(RunEvent)
  /// It was found.
  case advised(AdviceRecord)
  /// A run begins, or continues.
  case began(ComparedRun, any TaskRun)
  /// It ended.
  case ended(RunSummary)
  /// It failed, with this sentence.
  case failed(String)
  /// So many runs were left to other processes, which work on them.
  case leftToOthers(Int)
}

/// A run among those of a comparison.
public struct ComparedRun: Sendable, Hashable {
  /// The schedule.
  public var schedule: ComparedSchedule
  /// The seed.
  public var seed: UInt64
  /// Its number, from 1.
  public var number: Int
  /// How many runs there are.
  public var count: Int
  /// The budgets of the runs that come after it, together, in budgets of this one.
  public var later: Double
}

extension Comparison {
  /// Creates a comparison of what a task's run is, with every setting resolved.
  ///
  /// - Throws: what `makeRun` throws; `SettingsError`.
  public init(
    preparing settings: RunSettings, schedules: [String], seeds: Int
  ) throws {
    // Checked as they were typed; resolved, they say more.
    try self.init(settings: settings, schedules: schedules, seeds: seeds)
    self.settings = try makeRun(settings).settings.open
    // All runs have one budget, however fast the machine is meanwhile.
    self.settings.budget.maxMinutes = nil
  }

  /// The task of the runs.
  public var task: TaskDescription { settings.resolved.data.task }

  /// The name of a new comparison's folder, before its number.
  public var folderName: String {
    let data = try? DataSource(named: settings.resolved.data.source).shortName
    return (data ?? "runs") + "-comparison"
  }

  /// Trains every run that has not ended, seed by seed, so that what there is can be compared early, and
  /// evaluates those that have, where their evaluations' metrics are compared.
  ///
  /// A run that diverges is kept as one that failed, and the others continue. Killed amid a run, the
  /// comparison continues with it from its newest checkpoint when this is called again. Several programs
  /// can share a comparison: each works on runs that no other has. The processes of a group train each run together.
  ///
  /// - Parameters:
  ///   - folder: where this was written to; in processes that are not the first of their group any folder.
  ///   - observers: who follows each of the runs, one after another.
  /// - Throws: `TrainingError.noReliableRange` where a range is needed and not found.
  public mutating func run(
    in folder: URL, observers: [any TrainingObserver] = [],
    onEvent: (ComparisonEvent) -> Void
  ) throws {
    if try needsRange() { try findRange(in: folder, onEvent: onEvent) }
    var taken: [RunFolder] = []
    for run in try all() {
      let position = Self.folder(of: run.schedule, seed: run.seed, in: folder)
      try position.make()
      var lock: RunLock?
      let isMine = try ProcessGroup.shared {
        lock = try RunLock.ifFree(position)
        return lock != nil
      }
      guard isMine else {
        taken.append(position)
        continue
      }
      try withExtendedLifetime(lock) {
        try work(on: run, in: position, observers, onEvent: onEvent)
      }
    }
    let leftToOthers = try taken.filter { try !Self.hasEnded($0) }.count
    if leftToOthers > 0 { onEvent(.leftToOthers(leftToOthers)) }
  }

  /// The runs, seed by seed.
  private func all() throws -> [ComparedRun] {
    let pairs = try seeds.flatMap { seed in try compared().map { ($0, seed) } }
    var rest = pairs.map(\.0.share).reduce(0, +)
    return pairs.enumerated().map { index, pair in
      rest -= pair.0.share
      return ComparedRun(
        schedule: pair.0, seed: pair.1, number: index + 1, count: pairs.count,
        later: rest / pair.0.share)
    }
  }

  /// Trains a run to its end, unless it has ended, and evaluates it.
  private func work(
    on run: ComparedRun, in folder: RunFolder, _ observers: [any TrainingObserver],
    onEvent: (ComparisonEvent) -> Void
  ) throws {
    do {
      if try !Self.hasEnded(folder) {
        onEvent(.ended(try train(run, in: folder, observers, onEvent: onEvent)))
      }
      try evaluate(folder)
    } catch {
      guard try Self.isOfOneRun(error) else { throw error }
      try ProcessGroup.onlyFirst { try AtomicFile.write(Data("\(error)".utf8), to: folder.failure) }
      onEvent(.failed("\(error)"))
    }
  }

  /// Whether an error that all processes have is one after which the other runs go on.
  private static func isOfOneRun(_ error: any Error) throws -> Bool {
    if case GroupError.failed(rank: 0, _) = error, !ProcessGroup.isFirst {
      // Process 0 knows, and leaves if it is none.
      return try ProcessGroup.shared { true }
    }
    guard let error = error as? TrainingError, error.isOfThisRunAlone else { return false }
    return try ProcessGroup.shared { true }
  }

  private static func hasEnded(_ run: RunFolder) throws -> Bool {
    try ProcessGroup.shared {
      [run.summary, run.failure].contains { FileManager.default.fileExists(atPath: $0.path) }
    }
  }

  /// Evaluates a run's end on its own test images, unless it was evaluated last.
  private func evaluate(_ folder: RunFolder) throws {
    guard metrics?.isEmpty == false,
      try ProcessGroup.shared({ FileManager.default.fileExists(atPath: folder.summary.path) })
    else { return }
    let run = try TrainedRun(folder.url.path)
    let isEvaluated = try ProcessGroup.shared {
      guard let kept = try EvaluationMetrics.read(from: folder) else { return false }
      return kept.data == run.settings.data.source
        && URL(fileURLWithPath: kept.checkpoint).lastPathComponent
          == run.checkpoint.lastPathComponent
    }
    guard !isEvaluated else { return }
    let evaluated = try run.evaluated()
    try ProcessGroup.onlyFirst { try evaluated.write(to: folder) }
  }

  /// Finds the range that all runs share, as one of them would alone, or waits for the process that does.
  ///
  /// No run pays for it, since each has the same from it.
  private mutating func findRange(
    in folder: URL, onEvent: (ComparisonEvent) -> Void
  ) throws {
    var lock: RunLock?
    try ProcessGroup.onlyFirst { lock = try RunLock.whenFree(RunFolder(folder)) }
    try withExtendedLifetime(lock) {
      range = try ProcessGroup.sharedIfAny { try Self.read(from: folder).range }
      guard range == nil else { return }
      let run = try ProcessGroup.together { try makeRun(settings) }
      try run.checkProcesses()
      onEvent(.advising(run))
      let record = try run.advise { onEvent(.measured($0)) }
      range = record.advisedRange
      try ProcessGroup.onlyFirst { [self] in try write(to: folder) }
      onEvent(.advised(record))
    }
  }

  private func train(
    _ compared: ComparedRun, in folder: RunFolder, _ observers: [any TrainingObserver],
    onEvent: (ComparisonEvent) -> Void
  ) throws -> RunSummary {
    let begins = try ProcessGroup.shared { folder.newestCheckpoint == nil }
    let kept = try ProcessGroup.sharedIfAny { () -> RunSettings? in
      folder.sweep()
      guard FileManager.default.fileExists(atPath: folder.configuration.path) else { return nil }
      var settings = try RunSettings.read(from: folder.configuration.path)
      settings.data.validation = settings.data.validation ?? ValidationShare.none
      settings.keepFormerDefaults(isNew: begins)
      return settings
    }
    let settings = kept ?? settings(of: compared.schedule, seed: compared.seed)
    let run = try ProcessGroup.together { try makeRun(settings, loadsInitialWeights: begins) }
    try run.checkProcesses()
    if kept == nil {
      try ProcessGroup.onlyFirst {
        try ConfigurationFile.write(run.settings, to: folder.configuration)
      }
    }
    onEvent(.began(compared, run))
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
