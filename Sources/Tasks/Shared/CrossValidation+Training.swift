import Datasets
import Foundation
import Planning
import Settings
import Training

extension CrossValidation {
  /// Creates a cross-validation of what a task's run is, with every setting resolved; the data are divided once to
  /// see that they can be.
  ///
  /// - Throws: what `makeRun` throws; `FoldError`; `SettingsError`.
  public init(preparing settings: RunSettings, onFit: ((String) -> Void)? = nil) throws {
    // Checked as they were typed; resolved, they say more.
    let typed = try CrossValidation(settings: settings)
    let first = try makeRun(typed.settings(of: 1), onFit: onFit)
    self = try CrossValidation(settings: first.settings.open)
    try fitBatch(typed, to: first.task.trainingCount)
  }

  /// Makes the batch small enough for the fold with the fewest training images.
  ///
  /// Folds have about equally many, but where groups stay together. So the other folds are looked at where the first one
  /// has not many times a batch.
  ///
  /// - Throws: `SettingsError` for a typed batch that is larger than one of them.
  private mutating func fitBatch(_ typed: CrossValidation, to images: Int) throws {
    let update = settings.resolved.budget.batchSize * settings.resolved.budget.accumulate
    guard images / update < (settings.data.foldGroups == nil ? 2 : 20) else { return }
    for fold in 2...folds {
      let other = try makeRun(typed.settings(of: fold), loadsInitialWeights: false).settings
      guard other.budget.batchSize < settings.resolved.budget.batchSize else { continue }
      settings.budget.batchSize = .images(other.budget.batchSize)
    }
  }

  /// The task of the runs.
  public var task: TaskDescription { settings.resolved.data.task }

  /// The name of a new cross-validation's folder, before its number.
  public var folderName: String {
    let data = try? DataSource(named: settings.resolved.data.source).shortName
    return (data ?? "runs") + "-folds"
  }

  /// Trains the run of each fold that has not ended.
  ///
  /// - Parameters:
  ///   - folder: where this was written to.
  ///   - observers: who follows each of the runs, one after another.
  public func run(
    in folder: URL, observers: [any TrainingObserver] = [], onEvent: (SeriesEvent) -> Void
  ) throws {
    try RunSeries(runs: all(in: folder)).train(observers: observers, onEvent: onEvent)
  }

  /// Has the folds find their data in another place, which holds the images that they began with.
  ///
  /// - Throws: `DataChangeError.series` where it holds others; then nothing is changed.
  public mutating func take(dataAt place: String, in folder: URL) throws {
    try RunSeries(runs: all(in: folder)).take(dataAt: place)
    settings.data.source = place
    try write(to: folder)
  }

  private func all(in folder: URL) -> [SeriesRun] {
    (1...folds).map { fold in
      SeriesRun(
        title: "fold \(fold)", folder: Self.folder(of: fold, in: folder),
        settings: settings(of: fold), number: fold, count: folds, later: Double(folds - fold))
    }
  }
}
