import Datasets
import Foundation
import Planning
import Runs
import Training
import Tuning

/// What a comparison tells while it works.
public enum ComparisonEvent {
  /// A range test gave the rates of the schedules that were given none.
  case found(LearningRateRange)
  /// A run begins, or goes on.
  case began(schedule: String, seed: UInt64, number: Int, of: Int)
  /// Something happened in it.
  case running(JobEvent)
  /// It ended.
  case ended(RunSummary)
  /// It failed, with this sentence.
  case failed(String)
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
    self.settings = try makeRun(settings).settings
  }

  /// The task of the runs.
  public var task: TaskName { settings.taskName ?? .classify }

  /// The name of a new comparison's folder, before its number.
  public var folderName: String {
    let data = try? DataSource(named: settings.data ?? "").shortName
    return (data ?? "runs") + "-comparison"
  }

  /// Trains every run that has not ended, seed by seed, so that what there is can be compared early, and
  /// judges those that have, where their evaluations' figures are to be compared.
  ///
  /// A run that diverges is kept as one that failed, and the others go on. Killed amid a run, the
  /// comparison goes on with it from its newest checkpoint when this is called again.
  /// - Throws: `TrainingError.noReliableRange` where a range is needed and not found.
  public mutating func run(in folder: URL, onEvent: @escaping (ComparisonEvent) -> Void) throws {
    if try needsRange() {
      let found = try findRange()
      range = found
      try write(to: folder)
      onEvent(.found(found))
    }
    let all = try seeds.flatMap { seed in try compared().map { ($0, seed) } }
    for (index, (schedule, seed)) in all.enumerated() {
      let run = Self.folder(of: schedule, seed: seed, in: folder)
      let hasEnded = [run.summary, run.failure].contains {
        FileManager.default.fileExists(atPath: $0.path)
      }
      if hasEnded {
        try judge(run)
        continue
      }
      onEvent(.began(schedule: schedule.text, seed: seed, number: index + 1, of: all.count))
      do {
        onEvent(.ended(try train(schedule, seed, in: run) { onEvent(.running($0)) }))
        try judge(run)
      } catch let error as TrainingError where error.isOfThisRunAlone {
        try AtomicFile.write(Data("\(error)".utf8), to: run.failure)
        onEvent(.failed("\(error)"))
      }
    }
  }

  /// Judges a run's end on its own test images, unless that is what was judged last.
  private func judge(_ folder: RunFolder) throws {
    guard figures?.isEmpty == false, FileManager.default.fileExists(atPath: folder.summary.path)
    else { return }
    let run = try TrainedRun(folder.url.path)
    if let kept = try KeptFigures.read(from: folder), kept.data == run.settings.data,
      URL(fileURLWithPath: kept.checkpoint).lastPathComponent == run.checkpoint.lastPathComponent
    {
      return
    }
    try run.judged().write(to: folder)
  }

  private func findRange() throws -> LearningRateRange {
    let run = try makeRun(settings)
    let (curves, _) = try run.rangeTests(repeats: 1)
    let usual = run.settings.usualPeak
    switch RepeatedRangeTest(curves, usual: usual).verdict {
    case .found(let range): return range
    case .none(let reason): throw TrainingError.noReliableRange(reason.description)
    }
  }

  private func train(
    _ schedule: ComparedSchedule, _ seed: UInt64, in folder: RunFolder,
    onEvent: @escaping (JobEvent) -> Void
  ) throws -> RunSummary {
    try folder.make()
    let lock = try RunLock(folder)
    return try withExtendedLifetime(lock) {
      folder.sweep()
      let isNew = !FileManager.default.fileExists(atPath: folder.configuration.path)
      let settings =
        isNew
        ? settings(of: schedule, seed: seed) : try .read(from: folder.configuration.path)
      let run = try makeRun(settings, begins: folder.newestCheckpoint == nil)
      if isNew { try ConfigurationFile.write(run.settings, to: folder.configuration) }
      return try run.train(in: folder, onEvent: onEvent)
    }
  }
}

extension TrainingError {
  /// Whether it is this run's rates that failed, and others may go well.
  fileprivate var isOfThisRunAlone: Bool {
    switch self {
    case .nonFiniteLoss, .nonFiniteParameters, .gradientsOverflow, .divergedAgain, .cannotTakeBack,
      .noReliableRange:
      true
    default: false
    }
  }
}
