#if LIBTORCH
  import Formatting
  import Foundation
  import Numbers
  import Planning
  import Runs
  import Settings
  import Tasks
  import Training

  /// Shows the progress of a series of runs: a line that is drawn again while a run of it continues, and one when
  /// it ends.
  final class SeriesReporter: TrainingObserver {
    /// Each process gets the event that a run is planned: from then on it pauses at Ctrl-C.
    let isOfEveryProcess = true
    private let metric: String
    private let folder: String
    private let command: String
    private var title = ""
    private var later = 0.0
    private var hasReportedData = false
    private var progress: ProgressLine?
    private var throttle = LineThrottle(elsewhere: .seconds(60))

    /// - Parameters:
    ///   - kind: what the series is, before its folder: `comparison`.
    ///   - command: what continues it: `rondo compare`.
    init(_ task: TaskDescription, _ kind: String, folder: URL, command: String) {
      metric = task.primaryMetric.name
      self.folder = folder.relativePath
      self.command = command
      Console.info("\(kind): \(self.folder)")
    }

    func report(_ event: SeriesEvent) {
      switch event {
      case .advising(let run, let purpose):
        reportData(of: run)
        Console.info(purpose)
      case .measured(.rangeTestPlanned(let length)):
        Console.info(length.steps > 0 ? "\(length)" : "plan: \(length)")
      case .measured(.rehearsing(let record)):
        if let line = record.costLine { Console.info("rehearsals: \(line)") }
      case .measured(.rehearsed(let record)): Console.info(record.progressLine)
      case .measured(.computedFeatures(let images, let all)):
        guard throttle.isDue else { return }
        throttle.draw(ProgressReporter.features(images, of: all))
      case .measured: break
      case .advised(let record):
        let lines = record.lines.map { "plan: " + $0 }
        // Where each schedule has its own peak, a test is of their lower bounds.
        let found = lines.isEmpty && record.reading != nil ? [ProgressReporter.text(for: record.advisedRange)] : lines
        found.forEach(Console.info)
      case .began(let one, let run):
        reportData(of: run)
        title = "\(one.number)/\(one.count) \(one.title)"
        later = one.later
      case .ended(let summary, let broken):
        let own = summary.validation?[metric].map {
          " on the test images, \(formatted($0)) on the validation images"
        }
        let value = formatted(summary.final[metric]) + (own ?? "")
        let time = ProgressLine.clock(summary.seconds)
        throttle.say("\(title): \(metric) \(value) after \(quantity(summary.updates, "update")) in \(time)")
        ProgressReporter.text(forBroken: broken).map { throttle.say("\(title): \($0)") }
      case .failed(let sentence): throttle.say("\(title): failed: \(sentence)")
      case .leftToOthers(let count):
        throttle.say(
          "\(count) run\(count == 1 ? " is" : "s are") still trained by other processes; when they have "
            + "ended, '\(command) --resume \(shellQuoted(folder))' shows all results")
      }
    }

    func didReport(_ event: RunEvent) {
      switch event {
      case .planned(let plan):
        PauseSignals.pauseAtInterruption()
        progress = ProgressLine(plan)
        throttle.restart()
      case .note(let note): throttle.say("\(title): \(note)")
      case .computedFeatures(let images, let all):
        guard throttle.isDue else { return }
        throttle.draw("\(title) · " + ProgressReporter.features(images, of: all))
      default: break
      }
    }

    func didUpdate(_ record: UpdateRecord) -> TrainingDecision {
      if throttle.isDue {
        if let line = progress?.line(after: record, later: later) { throttle.draw("\(title) · " + line) }
      } else {
        progress?.take(record)
      }
      return .proceed
    }

    func didEvaluate(_ record: EvaluationRecord) -> TrainingDecision {
      progress?.take(record)
      return .proceed
    }

    private func reportData(of run: any TaskRun) {
      if !hasReportedData { ProgressReporter.reportSetup(run) }
      hasReportedData = true
    }
  }
#endif
