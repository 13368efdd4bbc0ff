import Foundation
import Numbers
import Runs
import Settings

/// A run for each fold of the training images, as they are kept in `folds.json`.
///
/// Its folder has a run's folder for each fold, `fold-1` and so on.
public struct CrossValidation: Sendable, Hashable, SeriesRecord {
  /// The file's name in the folder.
  public static let fileName = "folds.json"
  /// The command that makes such a folder.
  public static let command = "rondo train --folds"

  /// The settings that all runs share; which fold is held out stands in each run's own.
  public var settings: RunSettings
  /// How many folds there are.
  public let folds: Int

  /// Creates a cross-validation of settings that name the number of folds.
  ///
  /// - Throws: `SettingsError` for settings without folds, or that name one of them.
  public init(settings: RunSettings) throws {
    guard let folds = settings.data.folds else {
      throw SettingsError.missing(key: "folds", because: "it says how many runs there are")
    }
    if settings.budget.openEnded == true {
      throw SettingsError.notAllowed(
        key: "open-ended", value: "given",
        allowed: "left out with --folds: all runs have one budget"
      )
    }
    try Self.check(folds: folds)
    self.folds = folds
    self.settings = settings
    self.settings.data.fold = nil
  }

  private static func check(folds: Int) throws {
    var settings = RunSettings()
    settings.data.folds = folds
    try settings.check()
  }

  private enum CodingKeys: CodingKey { case settings, folds }

  /// Reads what was written; the number of folds is checked as one that is typed.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    settings = try container.decode(RunSettings.self, forKey: .settings)
    folds = try container.decode(Int.self, forKey: .folds)
    try Self.check(folds: folds)
    if let shared = settings.data.folds, shared != folds {
      throw SettingsError.notAllowed(
        key: "folds", value: "\(folds)", allowed: "\(shared), as in its settings")
    }
  }

  /// The settings of a fold's run.
  public func settings(of fold: Int) -> RunSettings {
    var run = settings
    run.data.fold = fold
    return run
  }

  // MARK: On disk

  /// The folder of a fold's run.
  public static func folder(of fold: Int, in folder: URL) -> RunFolder {
    RunFolder(folder.appendingPathComponent("fold-\(fold)"))
  }
}
