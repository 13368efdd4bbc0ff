#if LIBTORCH
  import ArgumentParser
  import Foundation
  import Numbers
  import Planning
  import Reporting
  import Runs
  import Settings
  import Tasks
  import Torch
  import Training

  /// `rondo compare`: schedules side by side at an equal budget, by several seeds.
  struct CompareCommand: SharedCommand {
    static let configuration = CommandConfiguration(
      commandName: "compare",
      abstract:
        "Compares several schedules at one budget, with confidence intervals.",
      discussion: """
        rondo compare --data photos --epochs 10
        rondo compare --data shapes --schedules constant@0.1,one-cycle --seeds 5
        rondo compare --resume runs/photos-comparison-1

        A schedule is one of 'rondo train', or auto for its defaults; after @ its upper bound. By default a peak is \
        found once for all, as 'rondo train' finds it: by the prior for such runs, and by a range test where the \
        budget holds one. With sgd it is a step, rate / (1 - momentum), and each schedule gets the rate that makes it. \
        After : its share of the budget, as in auto:0.5. Flags of one run's schedule and end are refused: --schedule, \
        --base-lr, --max-lr, --step-size, --minutes, --max-minutes, --open-ended. The others are compared with the \
        first, seed by seed. --metrics evaluates each finished run as 'rondo evaluate' does, on the test images.
        """)

    @OptionGroup
    var settings: SettingFlags
    @Option(help: "What to compare, separated by commas. (default: \(Self.defaults.schedules))")
    var schedules: String?
    @Option(help: "Runs of each schedule, with --seed and the seeds after it. (default: \(Self.defaults.seeds))")
    var seeds: Int?
    @Option(
      name: [.customLong("metrics"), .customLong("figures")],
      help: "More metrics of 'rondo evaluate' to compare: dice,boundary_iou,hd95.")
    var metrics: String?
    @Option(help: "Resume this comparison, with its own settings.")
    var resume: String?
    @Option(help: "Where folders are made.")
    var runs = "runs"
    @Option(help: "The new folder's name, before its number; by default the data's.")
    var name: String?
    @Option(help: "text, or json for the results on standard output.")
    var format: OutputFormat = .text

    @OptionGroup(title: ProcessOptions.title) var processes: ProcessOptions

    /// What is compared where nothing is typed.
    private static let defaults = (schedules: "constant,step-decay,cosine,triangular2,one-cycle", seeds: 3)

    func run() throws { try processes.join(pausing: true) { try compare() } }

    private func compare() throws {
      let opened = try (resume ?? WorkFolder.remembered()).map(open)
      let (comparison, folder) = try opened ?? begin()
      defer { WorkFolder.leave(folder) }
      WorkFolder.remember(folder)
      try WorkFolder.use(folder, isNew: opened == nil) { try train(comparison, in: folder) }
    }

    private func train(_ comparison: Comparison, in folder: URL) throws {
      var comparison = comparison
      let task = comparison.task
      let reporter = SeriesReporter(task, "comparison", folder: folder, command: Comparison.command)
      do {
        try comparison.run(in: folder, observers: [reporter], onEvent: reporter.report)
      } catch TrainingError.paused(let update) {
        WorkFolder.leave(folder)
        throw PauseSignals.leave(update: update, resuming: folder, by: Comparison.command)
      }
      var results: ComparisonResults?
      try ProcessGroup.onFirst { [comparison] in
        let found = try ComparisonResults(of: comparison, task: task, in: folder)
        try ComparisonReport.write(found, of: comparison, to: folder)
        results = found
      }
      guard let results else { return }
      Console.info("report:     \(folder.appendingPathComponent("report.html").relativePath)")
      switch format {
      case .text: Console.output(text: results.text)
      case .json: Console.output(try JSONText.line(results))
      }
      let failed = results.rows.flatMap { row in
        row.failures.keys.compactMap { UInt64($0) }.sorted()
          .map { "\(row.schedule) with seed \($0)" }
      }
      try SeriesFailure.check(failed, of: results.rows.count * comparison.seeds.count, "runs")
    }

    private func begin() throws -> (Comparison, URL) {
      let typed = try settings.typed()
      let comparison = try ProcessGroup.together {
        try WeightsFetching.fetch(for: typed)
        var comparison = try Comparison(
          preparing: typed, schedules: parts(schedules ?? Self.defaults.schedules),
          seeds: seeds ?? Self.defaults.seeds, onFit: { Console.info($0) })
        try comparison.checkUse(of: settings.flags())
        try metrics.map { try comparison.compare(parts($0), of: comparison.task) }
        return comparison
      }
      let folder = try WorkFolder.make {
        let folder = try RunFolder.createNumbered(
          under: URL(fileURLWithPath: runs), name: name ?? comparison.folderName)
        try comparison.write(to: folder)
        return folder
      }
      return (comparison, folder)
    }

    private func open(_ path: String) throws -> (Comparison, URL) {
      let typed = try settings.typed()
      let others =
        typed.typedFlags.filter { $0 != "data" } + (name == nil ? [] : ["name"])
        + (schedules == nil ? [] : ["schedules"]) + (seeds == nil ? [] : ["seeds"])
      guard others.isEmpty else {
        throw ValidationError(
          "--resume uses the comparison's own settings, schedules and seeds; leave out \(others.asFlags).")
      }
      let comparison = try ProcessGroup.broadcastFromFirst { try reopened(path, dataAt: typed.data.source) }
      return (comparison, try WorkFolder.make { URL(fileURLWithPath: path) })
    }

    /// - Parameter place: where the data are now, if they were moved.
    private func reopened(_ path: String, dataAt place: String?) throws -> Comparison {
      let folder = URL(fileURLWithPath: path)
      var comparison = try Comparison.read(from: folder)
      comparison.settings.fillOlderDefaults(isNew: true)
      if let place { try comparison.take(dataAt: place, in: folder) }
      if let metrics {
        try comparison.compare(parts(metrics), of: comparison.task)
        try comparison.write(to: folder)
      }
      return comparison
    }

    private func parts(_ words: String) -> [String] {
      words.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
    }
  }
#endif
