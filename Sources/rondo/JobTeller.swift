#if LIBTORCH
  import Datasets
  import Foundation
  import Numbers
  import Planning
  import Runs
  import Settings
  import Tasks
  import Training
  import Tuning

  /// Tells people what a training job does, line by line.
  final class JobTeller {
    private var progress = ProgressLine(epochs: 1, batchSize: 1)
    private var pace = LinePace(elsewhere: .seconds(15))
    private let measure: RangeTestMeasure
    private let judgedPart: String
    private let isEnsemble: Bool

    init(run: any TaskRun, folder: RunFolder) {
      let settings = run.settings
      measure = settings.rangeTest.measure
      judgedPart = run.task.judgedPart
      isEnsemble = settings.evaluation.average == .snapshots
      Self.tellWhatIsTrained(run)
      Console.say("run folder: \(folder.url.relativePath)")
    }

    /// Tells the data, what becomes of each file, what is broken, and the network.
    static func tellWhatIsTrained(_ run: any TaskRun) {
      let settings = run.settings
      let threads = settings.machine.threads.map { " with \($0) threads" } ?? ""
      Console.say(
        "device: \(settings.machine.device)\(threads), in \(settings.machine.precision.rawValue)")
      (run.dataLines + run.account.lines).forEach(Console.say)
      tellLeftOut(run.broken)
      Console.say("\(settings.model.name): \(run.task.model.parameterCount) parameters")
      if let weights = run.weights { Console.say("weights: \(weights)") }
    }

    func tell(_ event: JobEvent) {
      switch event {
      case .noted(let note): say(note)
      case .rangeTestPoint(let point, let index, let count):
        guard Console.isTerminal else { return }
        let rate = String(format: "%.3g", point.learningRate)
        pace.draw(
          "range test · \(index)/\(count) · lr \(rate) · \(measure.name) "
            + figureWords(measure.turned(point.loss)))
      case .measured(let measure, let sample): say("range test: \(measure.name) \(sample)")
      case .judged(let verdict, let seconds): tell(verdict, seconds)
      case .timed(let measured):
        let update = String(format: "%.3g", measured.secondsPerUpdate)
        let evaluation = String(format: "%.3g", measured.secondsPerEvaluation)
        say("speed: \(update) s an update, \(evaluation) s an evaluation")
      case .planned(let plan): tell(plan)
      case .resumed(let update, let file):
        say("resumed after update \(update), from \(file.relativePath)")
      case .otherProcessor(let was, let now):
        say(
          "note: the checkpoint was written on a processor with \(was), and this one has \(now): what "
            + "follows may differ in the last bits from what would have followed there")
      case .started: break
      case .training(let event): tell(event)
      case .takenBack(let plan):
        tellReturn(plan)
      }
    }

    static func tellRevision(_ plans: (before: RunPlan, after: RunPlan, stopped: Int?)) {
      let stop = plans.stopped.map { ", stopped after \($0)" } ?? ""
      Console.say(
        "plan before: \(plans.before.budget.totalSteps) updates\(stop); after: "
          + "\(plans.after.budget.totalSteps) updates")
    }

    /// Tells that a run has nothing left to do.
    static func tellOver(_ summary: RunSummary, _ folder: RunFolder) {
      Console.say(
        "this run is over: it ended after \(summary.updates) updates, and nothing of it was changed; "
          + "--extend-cycles N goes on with it")
      tellEnd(summary, folder)
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
        .map { "\($0.key) " + figureWords($0.value) }
      if let validation = summary.validation {
        let figures = validation.sorted { $0.key < $1.key }
          .map { "\($0.key) " + figureWords($0.value) }
        Console.say("validation: " + figures.joined(separator: ", "))
      }
      Console.say(
        "\(summary.judgedPart): " + figures.joined(separator: ", ")
          + " after \(summary.updates) updates in "
          + ProgressLine.clock(summary.seconds)
          + " (\(figureWords(summary.imagesPerSecond, digits: 0)) images/s)")
      Console.say("run folder: \(folder.url.relativePath)")
      Console.say("report:     \(folder.report.relativePath)")
    }

    // MARK: The parts of a job

    private func tell(_ verdict: RangeVerdict, _ seconds: Double) {
      let cost = String(format: " (%.1f s)", seconds)
      switch verdict {
      case .found(let range):
        say(Self.words(for: range) + cost)
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
      progress = ProgressLine(plan.budget)
      pace.restart()
    }

    private func tell(_ event: TrainingEvent) {
      switch event {
      case .updated(let report):
        if pace.isDue {
          pace.draw(progress.line(after: report))
        } else {
          progress.take(report)
        }
      case .skipped(let update, let scale):
        say("update \(update) overflowed and is made anew; the loss is scaled by \(scale)")
      case .withoutTarget(let updates, let all):
        say(
          updates == 1
            ? "note: update \(all) had nothing to learn on its images: no pixel that counts, or no object"
            : "note: \(updates) of \(all) updates had nothing to learn on their images")
      case .evaluated(let update, let values): tell(judgedPart, update, values)
      case .averageEvaluated(let update, let values):
        tell("\(judgedPart) of the average", update, values)
      case .stopped(let update, let best, let cycles):
        say(
          "stopped after update \(update): no better score in \(cycles) "
            + (cycles == 1 ? "cycle" : "cycles")
            + (best.map {
              "; it was best after update \($0)"
                + (isEnsemble ? ", by the snapshots up to then" : ", whose checkpoint is kept")
            } ?? ""))
      case .saved: break
      case .watched(let finding): say("watch: \(finding)")
      }
    }

    private func tell(_ what: String, _ update: Int, _ values: [MetricValue]) {
      let figures = values.map { "\($0.name) " + figureWords($0.value) }
      say("\(what) after update \(update): " + figures.joined(separator: ", "))
    }

    /// A range test's answer in a line.
    static func words(for range: LearningRateRange) -> String {
      "range test: learns from \(roundedRate(range.base)) to \(roundedRate(range.max)), "
        + "a single cycle's peak \(roundedRate(range.oneCycleMax))"
    }

    private func say(_ line: String) { pace.say(line) }
  }
#endif
