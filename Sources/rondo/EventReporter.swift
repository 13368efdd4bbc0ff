#if LIBTORCH
  import Datasets
  import Formatting
  import Foundation
  import Metrics
  import Numbers
  import Planning
  import Runs
  import Tasks
  import Tuning

  /// Reports a run to programs: an event a line, as JSON on standard output (`Guides/progress.md`).
  final class EventReporter: TrainingObserver {
    private let evaluationSplit: String
    private var plan: RunPlan?
    private var time = TimeLeft()
    private var reported = ContinuousClock.now - .seconds(1)

    init(run: any TaskRun, folder: RunFolder) {
      evaluationSplit = run.task.evaluationSplit.rawValue
      Self.emit(
        "run",
        [
          "folder": .text(folder.url.path), "task": .text(run.settings.data.task.rawValue),
          "data": .text(run.settings.data.source), "model": .text(run.settings.model.name),
          "parameters": .number(Double(run.task.model.parameterCount)),
        ])
      run.account.linesOfLeftOut.forEach(Self.reportNote)
      Self.reportBroken(run.broken)
      run.modelLines.forEach(Self.reportNote)
    }

    func didReport(_ event: RunEvent) {
      switch event {
      case .note, .otherProcessor, .withoutTarget:
        ProgressReporter.note(event).map(Self.reportNote)
      case .computedFeatures(let images, let all):
        guard isDue else { return }
        Self.emit(
          "features", ["images": .number(Double(images)), "total": .number(Double(all))])
      case .rangeTestPoint(let point, let index, let count):
        guard isDue else { return }
        Self.emit(
          "range_test",
          [
            "update": .number(Double(index)), "total": .number(Double(count)),
            "learning_rate": .number(point.learningRate), "loss": .number(point.loss),
          ])
      case .rangeTested(let result, let updates, let seconds):
        var values: [String: Value] = [
          "updates": .number(Double(updates)), "seconds": .number(seconds),
        ]
        if case .found(let range) = result {
          values["base"] = .number(range.base)
          values["max"] = .number(range.max)
          values["one_cycle_max_lr"] = .number(range.oneCycleMax)
        }
        Self.emit("range_tested", values)
      case .rehearsed(let record): Self.emit("rehearsed", ["text": .text(record.progressLine)])
      case .planned(let plan): begin(plan, "plan")
      case .revised(let plan), .rolledBack(let plan): begin(plan, "plan_changed")
      case .landing(let plan, _): begin(plan, "landing")
      case .resumed(let update, let file):
        Self.emit("resumed", ["update": .number(Double(update)), "file": .text(file.path)])
      case .finding(let finding): Self.emit("finding", ["text": .text("\(finding)")])
      case .saved(let file): Self.emit("checkpoint", ["file": .text(file.path)])
      case .stopped(let update, let reason):
        Self.emit("stopped", ["update": .number(Double(update)), "text": .text(reason)])
      case .skipped(let update, _):
        Self.emit("skipped", ["update": .number(Double(update))])
      case .rangeTestMeasured, .rangeTestPlanned, .rehearsing, .timed, .started: break
      }
    }

    private func begin(_ plan: RunPlan, _ event: String) {
      self.plan = plan
      Self.emit(
        event,
        [
          "updates": plan.isOpenEnded ? .null : .number(Double(plan.budget.totalSteps)),
          "epochs": plan.isOpenEnded ? .null : .number(plan.budget.epochs),
          "images_per_update": .number(Double(plan.budget.batchSize)),
          "text": .text(
            (plan.plan.changes.last.map { ["\($0)"] } ?? plan.lines).joined(separator: "\n")),
        ])
    }

    /// Once a second.
    private var isDue: Bool {
      guard ContinuousClock.now - reported >= .seconds(1) else { return false }
      reported = .now
      return true
    }

    func didUpdate(_ record: UpdateRecord) -> TrainingDecision {
      time.take(update: record.update, seconds: record.seconds)
      guard isDue || record.update == record.total else { return .proceed }
      let total = plan?.isOpenEnded == true ? nil : record.total
      let left = total.flatMap { time.seconds(after: record.update, of: $0) }
      var values: [String: Value] = [
        "update": .number(Double(record.update)), "epoch": .number(Double(record.epoch)),
        "total": .optional(total.map(Double.init)), "loss": .number(record.loss),
        "learning_rate": .number(record.learningRate), "seconds": .number(record.seconds),
        "seconds_left": .optional(left), "images_per_second": .optional(record.imagesPerSecond),
      ]
      for measure in record.measures { values[measure.name] = .number(measure.value) }
      Self.emit("update", values)
      return .proceed
    }

    func didEvaluate(_ record: EvaluationRecord) -> TrainingDecision {
      time.evaluated(after: record.update)
      let parts: [(String, EvaluationRecord.Metrics?)] = [
        (evaluationSplit, record.model), ("average", record.average),
      ]
      for (name, metrics) in parts {
        guard let metrics else { continue }
        Self.emit(
          "evaluation",
          [
            "update": .number(Double(record.update)), "split": .text(name),
            "metrics": .numbers(metrics.byName), "seconds": .number(metrics.seconds),
          ])
      }
      return .proceed
    }

    /// Reports that a run was stopped, saved, before its plan's end.
    static func reportPause(after update: Int, _ folder: RunFolder) {
      emit(
        "stopped",
        [
          "update": .number(Double(update)),
          "text": .text("--resume \(shellQuoted(folder.url.relativePath)) continues after it"),
        ])
    }

    /// Reports which images were left out because they are broken, if there are any.
    static func reportBroken(_ broken: [BrokenImage]) {
      ProgressReporter.text(forBroken: broken).map(reportNote)
    }

    private static func reportNote(_ text: String) { emit("note", ["text": .text(text)]) }

    /// Reports the end of a run.
    static func reportEnd(_ summary: RunSummary, _ folder: RunFolder) {
      emit(
        "end",
        [
          "updates": .number(Double(summary.updates)), "split": .text(summary.evaluationSplit.rawValue),
          "metrics": .numbers(summary.final), "seconds": .number(summary.seconds),
          "images_per_second": .number(summary.imagesPerSecond),
          "report": .text(folder.report.path),
        ])
    }

    // MARK: Lines

    private enum Value: Encodable {
      case text(String)
      case number(Double)
      case numbers([String: Double])
      case null

      static func optional(_ number: Double?) -> Value { number.map(Value.number) ?? .null }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .text(let text): try container.encode(text)
        case .number(let number): try container.encode(number)
        case .numbers(let numbers): try container.encode(numbers)
        case .null: try container.encodeNil()
        }
      }
    }

    private static func emit(_ event: String, _ values: [String: Value]) {
      let all = values.merging(["event": .text(event)]) { $1 }
      if let line = try? JSONText.line(all) { Console.output(event: line) }
    }
  }
#endif
