import Datasets
import Evaluation
import Foundation
import Planning
import Runs
import Settings
import Torch
import Training
import Tuning

extension Comparison {
  /// Creates a comparison of what a task's run is, with every setting resolved.
  ///
  /// - Throws: what `makeRun` throws; `SettingsError`.
  public init(
    preparing settings: RunSettings, schedules: [String], seeds count: Int,
    onFit: ((String) -> Void)? = nil
  ) throws {
    // Checked as they were typed; resolved, they say more.
    try self.init(settings: settings, schedules: schedules, seeds: count)
    var settings = settings
    // What no test measures needs no images of its own.
    if try !makesRangeTest() { settings.rangeTest.measure = nil }
    var run: (any TaskRun)? = try makeRun(settings, onFit: onFit)
    if let run { self.settings = run.settings.open }
    if settings.data.validation == nil, run?.data.validation == nil, try holdsOut() {
      // What is held out is not trained on, so that batches may be smaller.
      settings.data.validation = .share(HoldOut.defaultShare)
      // The first has gone: there is no memory for the data of two.
      run = nil
      run = try makeRun(settings, onFit: onFit)
      if let run { self.settings = run.settings.open }
    }
    // All runs have one budget, however fast the machine is meanwhile.
    self.settings.budget.maxMinutes = nil
    // Checked now, so that none is refused after others have been trained.
    for schedule in try compared() {
      try run?.checkPlan(self.settings(of: schedule, seed: seeds.first ?? 0))
    }
  }

  /// Whether one of the runs would hold training images out; then all do, to be trained on the same images.
  private func holdsOut() throws -> Bool {
    try compared().contains { !settings(of: $0, seed: seeds.first ?? 0).resolved.choosingOptions.isEmpty }
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
  /// Several programs can share a comparison; the processes of a group train each run together.
  ///
  /// - Parameters:
  ///   - folder: where this was written to; in processes that are not the first of their group any folder.
  ///   - observers: who follows each of the runs, one after another.
  /// - Throws: `TrainingError.noReliableRange` where a range is needed and not found.
  public mutating func run(
    in folder: URL, observers: [any TrainingObserver] = [],
    onEvent: (SeriesEvent) -> Void
  ) throws {
    if try needsRange() { try findRange(in: folder, onEvent: onEvent) }
    try RunSeries(runs: all(in: folder), finish: evaluate)
      .train(observers: observers, onEvent: onEvent)
  }

  /// Has the runs find their data in another place, which holds the images that they began with.
  ///
  /// - Throws: `DataChangeError.series` where it holds others; then nothing is changed.
  public mutating func take(dataAt place: String, in folder: URL) throws {
    try RunSeries(runs: all(in: folder)).take(dataAt: place)
    settings.data.source = place
    try write(to: folder)
  }

  /// The runs, seed by seed.
  private func all(in folder: URL) throws -> [SeriesRun] {
    let pairs = try seeds.flatMap { seed in try compared().map { ($0, seed) } }
    var rest = pairs.map(\.0.share).reduce(0, +)
    return pairs.enumerated().map { index, pair in
      let (schedule, seed) = pair
      rest -= schedule.share
      return SeriesRun(
        title: "\(schedule.text), seed \(seed)",
        folder: Self.folder(of: schedule, seed: seed, in: folder),
        settings: settings(of: schedule, seed: seed), number: index + 1, count: pairs.count,
        later: rest / schedule.share)
    }
  }

  /// Evaluates a run's end on its own test images, unless it was evaluated last.
  private func evaluate(_ folder: RunFolder) throws {
    guard metrics?.isEmpty == false,
      try ProcessGroup.broadcastFromFirst({ FileManager.default.fileExists(atPath: folder.summary.path) })
    else { return }
    let run = try TrainedRun(folder.url.path)
    let isEvaluated = try ProcessGroup.broadcastFromFirst {
      guard let kept = try EvaluationMetrics.read(from: folder) else { return false }
      return kept.data == run.settings.data.source
        && URL(fileURLWithPath: kept.checkpoint).lastPathComponent
          == run.checkpoint.lastPathComponent
    }
    guard !isEvaluated else { return }
    let evaluated = try run.evaluated()
    try ProcessGroup.onFirst { try evaluated.write(to: folder) }
  }

  /// Finds the range that all runs share, as one of them would alone, or waits for the process that does.
  ///
  /// No run pays for it, since each has the same from it.
  private mutating func findRange(
    in folder: URL, onEvent: (SeriesEvent) -> Void
  ) throws {
    var lock: RunLock?
    try ProcessGroup.onFirst { lock = try RunLock.whenFree(RunFolder(folder)) }
    try withExtendedLifetime(lock) {
      range = try ProcessGroup.broadcastFromFirstIfAny { try Self.read(from: folder).range }
      guard range == nil else { return }
      let settings = try settingsOfAdvice()
      let run = try ProcessGroup.together { try makeRun(settings) }
      _ = try run.joinProcesses()
      onEvent(.advising(run, purpose: try purposeOfAdvice()))
      let record = try run.advise { onEvent(.measured($0)) }
      range = record.advisedRange
      // All schedules are compared at one step, also those that might rise above a single cycle's peak.
      if settings.schedule.maxLR == nil { range?.max = record.advisedRange.oneCycleMax }
      try ProcessGroup.onFirst { [self] in try write(to: folder) }
      onEvent(.advised(record))
    }
  }
}
