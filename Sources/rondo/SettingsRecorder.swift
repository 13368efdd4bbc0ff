#if LIBTORCH
  import Planning
  import Runs
  import Settings

  /// Puts settings that a resumed run has anew into its configuration, as soon as it continues with them: a run that
  /// cannot continue is left as it is.
  final class SettingsRecorder: TrainingObserver {
    private let changes: RunSettings
    private let folder: RunFolder

    init(_ changes: RunSettings, in folder: RunFolder) {
      (self.changes, self.folder) = (changes, folder)
    }

    func willTrain(after update: Int) throws -> TrainingDecision {
      try record()
      return .proceed
    }

    /// Writes the configuration, if there is anything new.
    func record() throws {
      guard changes != RunSettings() else { return }
      let begun = try RunSettings.read(from: folder.configuration.path)
      try ConfigurationFile.write(changes.filled(from: begun), to: folder.configuration)
    }
  }
#endif
