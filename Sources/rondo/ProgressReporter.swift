import Formatting

#if LIBTORCH
  import Datasets
  import Foundation
  import Machine
  import Metrics
  import Numbers
  import Planning
  import Runs
  import Settings
  import Tasks
  import Torch
  import Training
  import Tuning

  /// Shows people what a run does: line by line, and on a terminal a block of lines below them that is drawn anew.
  final class ProgressReporter: TrainingObserver {
    private var progress: ProgressLine?
    private var block: ProgressBlock?
    private var throttle = LineThrottle(elsewhere: .seconds(15))
    private let style = (isColored: Console.isColored, isUnicode: Console.isUnicode)
    private let measure: RangeTestMeasure
    private let evaluationSplit: String

    init(run: any TaskRun, folder: RunFolder) {
      let settings = run.settings
      measure = settings.rangeTest.measure
      evaluationSplit = run.task.evaluationSplit.rawValue
      Self.reportSetup(run)
      Console.info("run folder: \(folder.url.relativePath)")
    }

    /// Shows the data, what becomes of each file, what is broken, and the network.
    static func reportSetup(_ run: any TaskRun) {
      let settings = run.settings
      let threads = settings.machine.threads.map { " with \(quantity($0, "thread"))" } ?? ""
      Console.info(
        "device: \(settings.machine.device)\(threads), in \(settings.machine.precision.rawValue)")
      // Threads that somebody chose were not decided by the load, which was not measured then.
      if let free = FreeCores.known, free.count < Cores.usable,
        free.count == settings.machine.threads
      {
        let used = String(format: "%.1f", free.usedByOthers)
        Console.info(
          "note: other programs use \(used) of \(Cores.usable) cores; more threads would wait for them "
            + "(--threads \(Cores.usable) uses all)")
      }
      (run.dataLines + run.account.lines).forEach(Console.info)
      reportBroken(run.broken)
      Console.info("\(settings.model.name): \(run.task.model.parameterCount) parameters")
      run.modelLines.forEach(Console.info)
    }

    func didReport(_ event: RunEvent) {
      switch event {
      case .note(let note): say(note)
      case .otherProcessor, .withoutTarget: if let note = Self.note(event) { say("note: " + note) }
      case .computedFeatures(let images, let all):
        guard throttle.isDue else { return }
        throttle.draw(Self.features(images, of: all))
      case .rangeTestPoint(let point, let index, let count):
        guard Console.isTerminal else { return }
        let rate = String(format: "%.3g", point.learningRate)
        throttle.draw(
          "range test · \(index)/\(count) · lr \(rate) · \(measure.name) "
            + formatted(measure.metric(ofLoss: point.loss)))
      case .rangeTestMeasured(let measure, let sample): say("range test: \(measure.name) \(sample)")
      case .rangeTestPlanned(let length): if length.steps > 0 { say("\(length)") }
      case .rangeTested(let verdict, let updates, let seconds): report(verdict, updates, seconds)
      case .rehearsing(let record): if let line = record.costLine { say("rehearsals: \(line)") }
      case .rehearsed(let record): say(record.progressLine)
      case .timed(let measured):
        let update = String(format: "%.3g", measured.secondsPerUpdate)
        let evaluation = String(format: "%.3g", measured.secondsPerEvaluation)
        say("speed: \(update) s per update, \(evaluation) s per evaluation")
      case .planned(let plan): report(plan)
      case .resumed(let update, let file):
        say("resumed after update \(update), from \(file.relativePath)")
      case .started, .saved: break
      case .skipped(let update, let scale):
        say("update \(update) overflowed and is repeated; loss scale \(scale)")
      case .finding(let finding): say("watch: \(finding)")
      case .stopped(let update, let reason): say("stopped after update \(update): \(reason)")
      case .landing(let plan, let update): reportLanding(plan, after: update)
      case .revised(let plan):
        if let change = plan.plan.changes.last { say("watch: plan \(change)") }
        startProgress(plan)
      case .rolledBack(let plan): reportRollBack(plan)
      }
    }

    /// How many of the images whose features are computed once went through the network.
    static func features(_ images: Int, of all: Int) -> String {
      "features · \(images)/\(all) images and views"
    }

    /// What an event says of the data or the machine that a user should know; nil for other events.
    static func note(_ event: RunEvent) -> String? {
      switch event {
      case .note(let note): note
      case .otherProcessor(let was, let now):
        "the checkpoint was written on a processor with \(was), and this one has \(now): the "
          + "results may differ in the last bits"
      case .withoutTarget(let updates, let all):
        updates == 1
          ? "update \(all) had no target: no pixel that counts, or no object on its images"
          : "\(updates) of \(all) updates had no target on their images"
      default: nil
      }
    }

    static func reportRevision(_ plans: (before: RunPlan, after: RunPlan, stopped: Int?)) {
      let stop = plans.stopped.map { ", stopped after \($0)" } ?? ""
      Console.info(
        "plan before: \(plans.before.budget.totalSteps) updates\(stop); after: "
          + "\(plans.after.budget.totalSteps) updates")
    }

    /// Shows that a run has nothing left to do.
    ///
    /// - Parameter changed: the flags of settings that were put into its configuration anew.
    static func reportOver(
      _ summary: RunSummary, continuedBy flag: String?, changed: [String], _ folder: RunFolder
    ) {
      let change =
        changed.isEmpty
        ? "was not changed" : "has \(changed.asFlags) anew in its \(folder.configuration.lastPathComponent)"
      Console.info(
        "this run is finished after \(quantity(summary.updates, "update")), and \(change); "
          + (flag.map { "\($0) continues it" } ?? "to train on, start another run from its weights (--weights)"))
      reportEnd(summary, folder)
    }

    /// Shows which images were left out because they are broken, if there are any.
    static func reportBroken(_ broken: [BrokenImage]) {
      if let line = text(forBroken: broken) { Console.info(line) }
    }

    /// Which images were left out because they are broken, in a line; nil where there are none.
    static func text(forBroken broken: [BrokenImage]) -> String? {
      broken.first.map { first in
        "left out: \(quantity(broken.count, "broken image")), the first "
          + "\(DataSource.shown(first.path)): \(first.fault)"
      }
    }

    static func reportEnd(_ summary: RunSummary, _ folder: RunFolder) {
      let values = summary.final.sorted { $0.key < $1.key }
        .map { "\($0.key) " + formatted($0.value) }
      if let validation = summary.validation {
        let values = validation.sorted { $0.key < $1.key }
          .map { "\($0.key) " + formatted($0.value) }
        Console.info("validation: " + values.joined(separator: ", "))
      }
      Console.info(
        "\(summary.evaluationSplit.rawValue): " + values.joined(separator: ", ")
          + " after \(quantity(summary.updates, "update")) in "
          + ProgressLine.clock(summary.seconds)
          + " (\(formatted(summary.imagesPerSecond, digits: 0)) images/s while training)")
      Console.info("run folder: \(folder.url.relativePath)")
      Console.info("report:     \(folder.report.relativePath)")
    }

    // MARK: The parts of a run

    private func report(_ verdict: RangeTestResult, _ updates: Int, _ seconds: Double) {
      let cost = String(format: " (%d updates, %.1f s)", updates, seconds)
      switch verdict {
      case .found(let range):
        say(Self.text(for: range) + cost)
        if let caution = range.caution { say("note: " + caution) }
      case .none: say("range test: no range" + cost)
      }
    }

    private func report(_ plan: RunPlan) {
      for line in plan.lines { say("plan: " + line) }
      for finding in plan.findings { say("note: \(finding)") }
      say("\(plan.flagsTitle): " + plan.flags)
      startProgress(plan)
    }

    private func reportRollBack(_ plan: RunPlan) {
      if let change = plan.plan.changes.last, case .rolledBack(_, _, let bound) = change.kind {
        say(
          "watch: rolled back to update \(change.step), from where the upper bound is \(bound) "
            + "(rollback \(plan.plan.rollbackCount) of at most \(DivergenceRecovery.maximumRollbacks))")
      }
      startProgress(plan)
    }

    private func reportLanding(_ plan: RunPlan, after update: Int) {
      let seconds = progress?.secondsToLand.map { ", in about " + ProgressLine.clock($0) } ?? ""
      if let change = plan.plan.changes.last { say("\(change)") }
      say(
        "landing after update \(update): the run ends after update \(plan.budget.totalSteps)\(seconds)"
      )
      startProgress(plan)
    }

    private func startProgress(_ plan: RunPlan) {
      progress = ProgressLine(plan)
      block = Console.isTerminal ? ProgressBlock(plan, evaluationSplit: evaluationSplit) : nil
      throttle.restart()
    }

    func didUpdate(_ record: UpdateRecord) -> TrainingDecision {
      block?.take(record)
      guard throttle.isDue else {
        progress?.take(record)
        return .proceed
      }
      let shown = ProgressBlock.Style(
        width: Console.width, isColored: style.isColored, isUnicode: style.isUnicode)
      throttle.draw(block?.lines(shown) ?? [], elsewhere: progress?.line(after: record) ?? "")
      return .proceed
    }

    func didEvaluate(_ record: EvaluationRecord) -> TrainingDecision {
      block?.take(record)
      progress?.take(record)
      report(evaluationSplit, record.update, record.model.values)
      if let average = record.average {
        report("\(evaluationSplit), average", record.update, average.values)
      }
      return .proceed
    }

    private func report(_ what: String, _ update: Int, _ values: [MetricValue]) {
      let texts = values.map { "\($0.name) " + formatted($0.value) }
      say("\(what) after update \(update): " + texts.joined(separator: ", "))
    }

    /// A range test's result in a line.
    static func text(for range: LearningRateRange) -> String {
      "range test: learning rates \(roundedRate(range.base)) to \(roundedRate(range.max)), "
        + "one-cycle peak \(roundedRate(range.oneCycleMax))"
        + (range.step.map { " (\($0))" } ?? "")
    }

    private func say(_ line: String) { throttle.say(line) }
  }
#endif
