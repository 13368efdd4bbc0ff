#if LIBTORCH
  import ArgumentParser
  import Datasets
  import Formatting
  import Foundation
  import Numbers
  import Planning
  import Reporting
  import Runs
  import Settings
  import Tasks
  import Torch
  import Training

  /// `rondo train`: finds the range, plans the cycles, trains, evaluates, reports.
  struct TrainCommand: SharedCommand {
    static let configuration = CommandConfiguration(
      commandName: "train",
      abstract: "Trains a model; finds the learning rates unless they are given.",
      discussion: """
        rondo train                                    with default settings
        rondo train --data shapes --epochs 3
        rondo train --base-lr 0.02 --max-lr 0.4        no range test
        rondo train --open-ended                       until Ctrl-C or 'rondo land'
        rondo train --processes 2                      by two processes of this machine
        rondo train --folds 5                          a run for each of five folds
        rondo train --resume runs/fashion-mnist-1      continues where it stopped
        rondo train --resume runs/fashion-mnist-1 --extend-cycles 1
        """)

    @OptionGroup
    var settings: SettingFlags
    @Option(help: "Resume this run, with its own settings but for those that may change, such as --data and --threads.")
    var resume: String?
    @OptionGroup(title: RevisionOptions.title)
    var revision: RevisionOptions
    @Option(help: "Where run folders are made. (default: \(Self.defaultRuns))")
    var runs: String?
    @Option(help: "The new run folder's name, before its number; by default the data's.")
    var name: String?
    @Option(help: "text, or json for a summary on standard output.")
    var format: OutputFormat = .text
    @Option(help: "text, or json for one event per line on standard output.")
    var progress: OutputFormat = .text
    @Flag(help: "Print errors only.")
    var quiet = false

    private static let defaultRuns = "runs"

    @OptionGroup(title: ProcessOptions.title) var processes: ProcessOptions

    func run() throws {
      Console.isQuiet = quiet || progress == .json
      let typed = try settings.typed()
      try settings.checkUse(in: typed)
      let revision = try revision.typed()
      guard revision == nil || resume != nil else {
        throw ValidationError("A change of plan is for a resumed run: name it with --resume.")
      }
      // Of a run that has landed, --open-ended takes the landing back.
      let reopens =
        resume != nil
        && typed == typed.changeable.filled(from: RunSettings { $0.budget.openEnded = true })
      if resume != nil {
        let changed = Set(typed.changeable.typedFlags)
        let places = (name == nil ? [] : ["name"]) + (runs == nil ? [] : ["runs"])
        let others = typed.typedFlags.filter { !changed.contains($0) } + places
        guard others.isEmpty || reopens && places.isEmpty else {
          if typed.budget.openEnded == true {
            throw ValidationError(
              "--open-ended with --resume goes on without an end, and takes no other setting beside it; leave out "
                + others.filter { $0 != "open-ended" }.asFlags + ".")
          }
          let sentence = "--resume uses the run's own settings; leave out " + others.asFlags
          throw ValidationError(
            Set(RunSettings.lengthKeys).isDisjoint(with: others)
              ? sentence + "."
              : sentence + " (--extend-cycles N makes a run longer, --floor-steps N trains on at the lower bound).")
        }
        guard revision == nil || !reopens else {
          throw ValidationError(
            "--open-ended with --resume takes no other change of plan beside it.")
        }
      }
      if let resume, Comparison.isThere(resume) {
        throw ValidationError(
          "\(resume) is a comparison; 'rondo compare --resume \(shellQuoted(resume))' continues it.")
      }
      if let resume, let series = SeriesFolder(of: resume), typed.data.source != nil {
        throw ValidationError(
          "\(resume) is one of the runs in \(series.path), which have the same images: '\(series.command) --data "
            + "PLACE' has all of them find these there.")
      }
      let isFolds =
        resume.map(CrossValidation.isThere) ?? (typed.data.folds != nil && typed.data.fold == nil)
      if isFolds { return try trainFolds(typed, revision, reopens: reopens) }
      try processes.join(pausing: true) { try train(typed, revision, reopens: reopens) }
    }

    /// Trains a run for each fold, in this process alone.
    private func trainFolds(
      _ typed: RunSettings, _ revision: PlanRevision?, reopens: Bool
    ) throws {
      let place = resume == nil ? nil : typed.data.source
      let others = typed.typedFlags.filter { $0 != "data" || place == nil }
      guard resume == nil || others.isEmpty else {
        throw ValidationError(
          "--resume uses the settings of the folds' runs; leave out " + others.asFlags + ".")
      }
      guard revision == nil, !reopens else {
        throw ValidationError("A change of plan is for one run: name the folder of a fold's run.")
      }
      guard progress == .text else {
        throw ValidationError(
          "--progress json is for one run, and --folds are several: train each by itself with --fold."
        )
      }
      guard processes.count ?? 1 == 1, try LaunchedProcess()?.size ?? 1 == 1 else {
        throw ValidationError(
          "Several processes train one run, and --folds are several: start one process, and for each other "
            + "'rondo train --resume' with the folder of all folds.")
      }
      guard processes.timeout == nil else {
        throw ValidationError(
          "--timeout is how long several processes wait for one another, and --folds are trained by one; leave it out.")
      }
      let folder =
        try resume.map { URL(fileURLWithPath: $0) }
        ?? FoldsTraining.begin(typed, runs: runs ?? Self.defaultRuns, name: name)
      try WorkFolder.use(folder, isNew: resume == nil) {
        try FoldsTraining.run(in: folder, dataAt: place, format: format)
      }
    }

    private func train(
      _ typed: RunSettings, _ revision: PlanRevision?, reopens: Bool
    ) throws {
      if let resume, revision == nil, !reopens,
        try ProcessGroup.broadcastFromFirst({ try reportIfOver(resume, typed.changeable) })
      {
        return
      }
      let remembered = try WorkFolder.remembered()
      // A launcher starts processes again by the same command, whose change of plan was made then.
      let (revision, reopens) = remembered == nil ? (revision, reopens) : (nil, false)
      let opened = try (resume ?? remembered).map { try open($0, typed.changeable) }
      let (run, folder) = try opened ?? begin(typed)
      defer { WorkFolder.leave(folder.url) }
      let reportedBroken = run.broken
      let summary: RunSummary? = try WorkFolder.use(folder.url, isNew: opened == nil) {
        let lock = try RunLock(folder)
        defer { withExtendedLifetime(lock) {} }
        try ProcessGroup.onFirst { try prepare(folder, of: run, revision, reopens: reopens) }
        WorkFolder.remember(folder.url)
        let stopping = ProcessGroup.isFirst ? try StopRequestObserver(folder) : nil
        if run.settings.budget.openEnded {
          LandingSignals.leaveInterruptionToFirst()
          LandingSignals.landAtTermination()
        }
        do {
          return try run.train(in: folder, observers: observers(of: run, folder, typed, stopping))
        } catch TrainingError.paused(let update) {
          // Of several processes the first one knows.
          let wasAsked = try ProcessGroup.broadcastFromFirst { stopping?.hasStopped == true }
          WorkFolder.leave(folder.url)
          if progress == .json, stopping != nil { EventReporter.reportPause(after: update, folder) }
          let left = PauseSignals.leave(update: update, resuming: folder.url)
          // It was asked for, and has not failed.
          if wasAsked { return nil }
          throw left
        }
      }
      let broken = try run.broken(besides: reportedBroken)
      guard ProcessGroup.isFirst else { return }
      try Report.write(for: folder)
      guard let summary else { return }
      ProgressReporter.reportBroken(broken)
      ProgressReporter.reportEnd(summary, folder)
      if progress == .json {
        EventReporter.reportBroken(broken)
        EventReporter.reportEnd(summary, folder)
      }
      if format == .json { Console.output(try JSONText.line(summary)) }
    }

    /// Makes the changes of plan that were asked for in a run's folder, which has its settings then.
    private func prepare(
      _ folder: RunFolder, of run: any TaskRun, _ revision: PlanRevision?, reopens: Bool
    ) throws {
      folder.sweep()
      // A change of plan that is followed by a refusal would be made again by the next command.
      if reopens || revision != nil { try folder.requireRoom() }
      if reopens {
        try run.checkResumable(folder)
        if let update = try RunPlan.reopen(folder, reason: revision?.reason ?? "") {
          Console.info("the landing is put aside, and the run continues after update \(update)")
        }
      }
      if let revision {
        try run.checkResumable(folder)
        ProgressReporter.reportRevision(try revision.apply(to: folder))
      }
      if !FileManager.default.fileExists(atPath: folder.configuration.path) {
        try ConfigurationFile.write(run.settings, to: folder.configuration)
      }
    }

    /// Who follows the run in this process.
    ///
    /// - Parameter stopping: nil in all processes but the first.
    private func observers(
      of run: any TaskRun, _ folder: RunFolder, _ typed: RunSettings, _ stopping: StopRequestObserver?
    ) -> [any TrainingObserver] {
      guard let stopping else { return [InterruptionPause()] }
      let reporter: any TrainingObserver =
        progress == .json ? EventReporter(run: run, folder: folder) : ProgressReporter(run: run, folder: folder)
      let recorder = resume == nil ? [] : [SettingsRecorder(typed.changeable, in: folder)]
      return [InterruptionPause(), reporter, LandingSignals(), stopping] + recorder
    }

    private func begin(_ typed: RunSettings) throws -> (any TaskRun, RunFolder) {
      if typed.data.source == nil, DataSource.fallback != .fashionMNIST {
        Console.info("Fashion-MNIST: \(DataSource.fashionMNIST.locationDescription)")
        Console.info("Training on shapes instead.")
      }
      let run = try ProcessGroup.together {
        try WeightsFetching.fetch(for: typed)
        return try makeRun(typed) { Console.info($0) }
      }
      // A recipe may have chosen what goes with a flag.
      try settings.checkUse(in: run.settings.open)
      try run.joinProcesses().map(Console.info)
      let folder = try WorkFolder.make {
        try RunFolder.create(under: URL(fileURLWithPath: runs ?? Self.defaultRuns), name: name ?? run.folderName).url
      }
      return (run, RunFolder(folder))
    }

    /// Reports how a run ended that is over, and leaves it as it is but for a report that is missing; returns
    /// whether it is over.
    private func reportIfOver(_ path: String, _ changes: RunSettings) throws -> Bool {
      let folder = try RunFolder.open(path)
      guard let summary = try RunSummary.ofEndedRun(in: folder, having: changes) else { return false }
      // Of a run whose checkpoint is damaged, or another model's, that is to be reported.
      let run = try open(path, changes).0
      try run.checkResumable(folder)
      try SettingsRecorder(changes, in: folder).record()
      if !FileManager.default.fileExists(atPath: folder.report.path) {
        try Report.write(for: folder)
      }
      let plan = try RunPlan.read(from: folder)
      ProgressReporter.reportOver(
        summary, continuedBy: plan?.flagOfContinuation(after: summary.updates), changed: changes.typedFlags, folder)
      if progress == .json { EventReporter.reportEnd(summary, folder) }
      if format == .json { Console.output(try JSONText.line(summary)) }
      return true
    }

    /// Opens a run that was begun.
    ///
    /// - Parameter changes: settings that it has anew.
    private func open(_ path: String, _ changes: RunSettings) throws -> (any TaskRun, RunFolder) {
      let begun = try ProcessGroup.broadcastFromFirst { try Begun(path, changes) }
      let folder = RunFolder(try WorkFolder.make { try RunFolder.open(path).url })
      let run = try folder.readingAsBefore {
        try ProcessGroup.together {
          if begun.isNew { try WeightsFetching.fetch(for: begun.settings) }
          func make() throws -> any TaskRun {
            try makeRun(begun.settings, loadsInitialWeights: begun.isNew)
          }
          // A place that was typed is not the run's.
          return try changes.data.source == nil ? DataError.reportingMoved(make) : make()
        }
      }
      try run.joinProcesses().map(Console.info)
      return (run, folder)
    }

    /// What a run's folder says of it.
    private struct Begun: Codable {
      let settings: RunSettings
      /// Whether it has no checkpoint yet.
      let isNew: Bool

      init(_ path: String, _ changes: RunSettings) throws {
        let folder = try RunFolder.open(path)
        let configured = try RunSettings.read(from: folder.configuration.path)
        if let weights = changes.model.weights, configured.model.weights == nil {
          throw SettingsError.notAllowed(
            key: "weights", value: weights,
            allowed: "left out: the run began from scratch; a new run begins with weights")
        }
        var settings = changes.filled(from: configured)
        if let plan = try RunPlan.read(from: folder) {
          let lacking: [String]
          (settings, lacking) = try settings.resumed(from: plan.settings.open)
          if !lacking.isEmpty {
            Console.info(
              "note: config.yaml has no \(lacking.joined(separator: ", ")): taken from plan.json")
          }
        }
        isNew = folder.newestCheckpoint == nil
        settings.fillOlderDefaults(isNew: isNew)
        self.settings = settings
      }
    }
  }
#endif
