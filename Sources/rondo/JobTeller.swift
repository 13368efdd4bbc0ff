#if LIBTORCH
  import Datasets
  import Foundation
  import Planning
  import Runs
  import Tasks
  import Training
  import Tuning

  /// Tells people what a training job does, line by line.
  final class JobTeller {
    private var progress = ProgressLine(epochs: 1, batchSize: 1)
    private var lastLine = ContinuousClock.now
    private var isDrawing = false
    private let onTerminal = Console.isTerminal
    private let measure: RangeTestMeasure
    private let judgedPart: String

    init(run: any TaskRun, folder: RunFolder) {
      let settings = run.settings
      measure = settings.rangeTestMeasure
      judgedPart = run.task.judgedPart
      run.dataLines.forEach(Console.say)
      Self.tellLeftOut(run.broken)
      Console.say(
        "\(settings.model ?? ""): \(run.task.model.parameterCount) parameters, on "
          + "\(settings.device ?? "") with \(settings.threads ?? 0) threads, in "
          + (settings.precision ?? ""))
      if let weights = run.weights { Console.say("weights: \(weights)") }
      Console.say("run folder: \(folder.url.relativePath)")
    }

    func tell(_ event: JobEvent) {
      switch event {
      case .rangeTestPoint(let point, let index, let count):
        let rate = String(format: "%.3g", point.learningRate)
        draw(
          "range test · \(index)/\(count) · lr \(rate) · \(measure.name) "
            + figure(measure.turned(point.loss)))
      case .measured(let measure, let sample): say("range test: \(measure.name) \(sample)")
      case .judged(let verdict, let seconds): tell(verdict, seconds)
      case .timed(let pace):
        let update = String(format: "%.3g", pace.secondsPerUpdate)
        let evaluation = String(format: "%.3g", pace.secondsPerEvaluation)
        say("speed: \(update) s an update, \(evaluation) s an evaluation")
      case .planned(let plan): tell(plan)
      case .resumed(let update, let file):
        say("resumed after update \(update), from \(file.relativePath)")
      case .started: break
      case .training(let event): tell(event)
      case .takenBack(let plan):
        tellReturn(plan)
      }
    }

    static func tellRevision(_ plans: (before: RunPlan, after: RunPlan)) {
      Console.say(
        "plan before: \(plans.before.budget.totalSteps) updates; after: "
          + "\(plans.after.budget.totalSteps) updates")
    }

    /// Tells which images were left out because they are broken, if there are any.
    static func tellLeftOut(_ broken: [BrokenImage]) {
      guard let first = broken.first else { return }
      Console.say(
        "left out: \(broken.count) broken image\(broken.count == 1 ? "" : "s"), the first "
          + "\(first.path): \(first.fault)")
    }

    static func tellEnd(_ summary: RunSummary, _ folder: RunFolder) {
      let figures = summary.final.sorted { $0.key < $1.key }
        .map { "\($0.key) " + String(format: "%.4f", $0.value) }
      Console.say(
        "\(summary.judgedPart): " + figures.joined(separator: ", ")
          + " after \(summary.updates) updates in "
          + ProgressLine.clock(summary.seconds) + " (\(Int(summary.imagesPerSecond)) images/s)")
      Console.say("run folder: \(folder.url.relativePath)")
      Console.say("report:     \(folder.report.relativePath)")
    }

    // MARK: The parts of a job

    private func tell(_ verdict: RangeVerdict, _ seconds: Double) {
      let cost = String(format: " (%.1f s)", seconds)
      switch verdict {
      case .found(let range):
        say(
          "range test: learns from \(roundedRate(range.base)) to \(roundedRate(range.max)), "
            + "a single cycle's peak \(roundedRate(range.oneCycleMax))" + cost)
        if let caution = range.caution { say("note: " + caution) }
      case .none: say("range test: no answer" + cost)
      }
    }

    private func tell(_ plan: RunPlan) {
      for line in plan.lines { say("plan: " + line) }
      for finding in plan.findings { say("note: \(finding)") }
      say("\(plan.flagsTitle): " + plan.flags)
      startProgress(plan)
    }

    private func tellReturn(_ plan: RunPlan) {
      if let change = plan.plan.changes.last, case .returned(_, _, let bound) = change.kind {
        say(
          "watch: taken back to update \(change.step), from where the upper bound is \(bound) "
            + "(time \(plan.plan.returns) of at most \(TakingBack.mostReturns))")
      }
      startProgress(plan)
    }

    private func startProgress(_ plan: RunPlan) {
      progress = ProgressLine(
        epochs: Int(plan.budget.epochs.rounded(.up)), batchSize: plan.budget.batchSize)
      lastLine = .now
    }

    private func tell(_ event: TrainingEvent) {
      switch event {
      case .updated(let report):
        let now = ContinuousClock.now
        // A terminal's line is drawn a few times a second; elsewhere a line now and then is enough.
        if now - lastLine > (onTerminal ? .milliseconds(200) : .seconds(15)) {
          draw(progress.line(after: report))
          lastLine = now
        } else {
          progress.take(report)
        }
      case .skipped(let update, let scale):
        say("update \(update) overflowed and is made anew; the loss is scaled by \(scale)")
      case .evaluated(let update, let values): tell(judgedPart, update, values)
      case .averageEvaluated(let update, let values):
        tell("\(judgedPart) of the average", update, values)
      case .stopped(let update, let best, let cycles):
        say(
          "stopped after update \(update): no better score in \(cycles) "
            + (cycles == 1 ? "cycle" : "cycles")
            + (best.map { "; it was best after update \($0), whose checkpoint is kept" } ?? ""))
      case .saved: break
      case .watched(let finding): say("watch: \(finding)")
      }
    }

    private func tell(_ what: String, _ update: Int, _ values: [MetricValue]) {
      let figures = values.map { "\($0.name) " + figure($0.value) }
      say("\(what) after update \(update): " + figures.joined(separator: ", "))
    }

    // MARK: Lines

    private func draw(_ line: String) {
      if onTerminal {
        Console.redraw(line)
        isDrawing = true
      } else if !line.hasPrefix("range test") {
        Console.say(line)
      }
    }

    private func say(_ line: String) {
      if isDrawing { Console.redraw("") }
      isDrawing = false
      Console.say(line)
    }

    private func figure(_ value: Double) -> String { String(format: "%.4f", value) }
  }
#endif
