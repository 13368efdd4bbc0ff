#if LIBTORCH
  import ArgumentParser
  import Fetching
  import Foundation
  import Numbers
  import Planning
  import Reporting
  import Runs
  import Settings
  import Tasks
  import Training

  /// `rondo train --folds`: a run for each fold, one after another.
  enum FoldsTraining {
    /// Begins a cross-validation.
    static func begin(_ typed: RunSettings, runs: String, name: String?) throws -> URL {
      try WeightsFetching.fetch(for: typed)
      let validation = try CrossValidation(preparing: typed) { Console.info($0) }
      let folder = try RunFolder.createNumbered(
        under: URL(fileURLWithPath: runs), name: name ?? validation.folderName)
      try validation.write(to: folder)
      return folder
    }

    /// Trains the runs of a cross-validation's folder that have not ended, and shows all.
    ///
    /// - Parameter place: where the data are now, if they were moved.
    static func run(in folder: URL, dataAt place: String?, format: OutputFormat) throws {
      var validation = try CrossValidation.read(from: folder)
      if let place { try validation.take(dataAt: place, in: folder) }
      let reporter = SeriesReporter(
        validation.task, "folds", folder: folder, command: "rondo train")
      PauseSignals.pauseAtTermination(isAlone: true)
      do {
        try validation.run(in: folder, observers: [reporter], onEvent: reporter.report)
      } catch TrainingError.paused(let update) {
        WorkFolder.leave(folder)
        throw PauseSignals.leave(update: update, resuming: folder)
      }
      let results = try CrossValidationResults(of: validation, task: validation.task, in: folder)
      for fold in results.rows {
        let run = CrossValidation.folder(of: fold.fold, in: folder)
        if !FileManager.default.fileExists(atPath: run.report.path) { try Report.write(for: run) }
      }
      try CrossValidationReport.write(results, of: validation, to: folder)
      Console.info("report:     \(folder.appendingPathComponent("report.html").relativePath)")
      switch format {
      case .text: Console.output(text: results.text)
      case .json: Console.output(try JSONText.line(results))
      }
      let failed = results.failures.keys.compactMap { Int($0) }.sorted()
      try SeriesFailure.check(failed.map(String.init), of: validation.folds, "folds")
      if validation.findsLabelErrors {
        Console.info(
          "labels that the folds doubt: rondo evaluate --label-errors \(folder.relativePath)")
      }
    }
  }
#endif
