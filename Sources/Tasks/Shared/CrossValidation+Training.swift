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
    self = try CrossValidation(settings: makeRun(typed.settings(of: 1), onFit: onFit).settings.open)
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
    let runs = (1...folds).map { fold in
      SeriesRun(
        title: "fold \(fold)", folder: Self.folder(of: fold, in: folder),
        settings: settings(of: fold), number: fold, count: folds, later: Double(folds - fold))
    }
    try RunSeries(runs: runs).train(observers: observers, onEvent: onEvent)
  }
}
