import Evaluation
import Foundation
import Planning
import Runs
import Schedules
import Settings
import Testing

@testable import Reporting

@Suite struct `A model card` {
  private func card(_ task: TaskDescription, images: Int?, changed: Bool = false) throws -> String {
    var settings = task.recipe
    settings.data.task = task
    settings.budget.steps = 60
    (settings.schedule.baseLR, settings.schedule.maxLR) = (0.01, 0.1)
    settings.schedule.stepSize = .steps(10)
    try settings.set("schedule", to: "triangular")
    let budget = Budget(totalSteps: 60, stepsPerEpoch: 3, batchSize: 32)
    var record = RunRecord(title: "run")
    var plan = try RunPlan(settings: settings.resolved, range: nil, budget: budget, trainingImages: images)
    if changed { plan = try #require(plan.rolledBack(to: 20, after: 30, max: 0.05, reason: "it diverged")) }
    record.plan = plan
    return ModelCard(
      record, nil, settings: settings.resolved, begun: nil, classNames: ["a"], checkpoint: "last", files: ["m.onnx"],
      version: "1"
    ).text
  }

  private func card(
    of update: Int, _ evaluated: EvaluationMetrics? = nil, average: AverageName? = nil
  ) throws -> String {
    var settings = TaskDescription.classify.recipe
    settings.data.task = .classify
    settings.evaluation.average = average
    let row = { (update: Int, split: MetricsRow.Split, accuracy: Double?) in
      MetricsRow(
        update: update, epoch: 0, split: split, learningRate: nil, momentum: nil, weightDecay: nil, loss: 1.5,
        values: [accuracy], seconds: 1)
    }
    var record = RunRecord(title: "run")
    record.metrics = MetricsTable(
      columns: ["accuracy"],
      rows: [
        row(30, .train, nil), row(30, .test, 0.25), row(45, .train, nil), row(60, .train, nil), row(60, .test, 0.4),
        row(60, .average, 0.5),
      ])
    record.summary = RunSummary(
      final: ["accuracy": 0.5], evaluationSplit: .test, updates: 60, seconds: 1, imagesPerSecond: 1,
      firstUpdateSeconds: 1)
    let checkpoint = RunFolder(URL(fileURLWithPath: "/x")).checkpoint(at: update).lastPathComponent
    return ModelCard(
      record, evaluated, settings: settings.resolved, begun: nil, classNames: ["a"], checkpoint: checkpoint,
      files: ["m.onnx"], version: "1"
    ).text
  }

  @Test func `has the metrics of the weights that were exported, and no others`() throws {
    let end = try card(of: 60)
    #expect(end.contains("At the end of the run, on the test images") && end.contains("value: 0.5"), "\(end)")
    let early = try card(of: 30)
    #expect(early.contains("After update 30, on the test images") && early.contains("value: 0.25"), "\(early)")
    let between = try card(of: 45)
    #expect(between.contains("There are no metrics of these weights") && !between.contains("model-index"), "\(between)")
    let evaluated = try JSONDecoder().decode(
      EvaluationMetrics.self,
      from: Data(
        #"{"values": {"accuracy": 0.75}, "checkpoint": "x/update-00000030.safetensors", "data": "d/easy"}"#.utf8))
    let easy = try card(of: 30, evaluated)
    #expect(easy.contains("By `rondo evaluate`, `easy`") && easy.contains("name: \"easy\""), "\(easy)")
    #expect(try card(of: 60, evaluated) == end)
    let snapshot = try card(of: 60, average: .snapshots)
    #expect(snapshot.contains("value: 0.4"), "the snapshots together have 0.5: \(snapshot)")
  }

  @Test func `names where the highest rate comes from, and how many images there were`() throws {
    let text = try card(.classify, images: 110)
    #expect(text.contains(/highest learning rate 0\.10*, given\n/), "\(text)")
    #expect(text.contains("- Training images: 110\n"))
    #expect(try card(.classify, images: nil).contains("in whole batches: 96"))
    #expect(text.contains("- As flags: `"))
    #expect(try card(.classify, images: 110, changed: true).contains("- As flags, before it was changed: `"))
  }

  @Test func `says what was held out`() throws {
    func card(_ split: MetricsRow.Split, _ change: (inout RunSettings) -> Void = { _ in }) -> String {
      var settings = TaskDescription.classify.recipe
      (settings.data.task, settings.machine.seed) = (.classify, 7)
      change(&settings)
      var record = RunRecord(title: "run")
      record.metrics = MetricsTable(
        columns: [],
        rows: [
          MetricsRow(
            update: 1, epoch: 0, split: split, learningRate: nil, momentum: nil, weightDecay: nil, loss: 1, values: [],
            seconds: 1)
        ])
      return ModelCard(
        record, nil, settings: settings.resolved, begun: nil, classNames: ["a"], checkpoint: "c", files: ["m.onnx"],
        version: "1"
      ).text
    }
    #expect(card(.test).contains("- Held out for validation: none\n"))
    #expect(card(.validation).contains("- Held out for validation: the data's own validation images\n"))
    #expect(
      card(.validation) { $0.data.validation = .share(0.1) }.contains("validation: 10 % of the training images\n"))
    let fold = card(.validation) { ($0.data.folds, $0.data.fold) = (3, 2) }
    #expect(fold.contains("- Held out for validation: fold 2 of 3 (seed 7)\n"), "\(fold)")
  }

  /// A second export of the same checkpoint keeps the first one's file.
  @Test func `lists what an earlier export of the same checkpoint wrote`() {
    var settings = TaskDescription.classify.recipe
    settings.data.task = .classify
    func card(_ files: [String], _ checkpoint: String = "c") -> ModelCard {
      ModelCard(
        RunRecord(title: "run"), nil, settings: settings.resolved, begun: nil, classNames: ["a"],
        checkpoint: checkpoint,
        files: files, version: "1")
    }
    let (first, second) = (card(["m.onnx"]), card(["m.safetensors"]))
    #expect(second.files(in: first.text) == ["m.onnx"])
    let both = second.listing(["m.onnx"]).text
    #expect(both.contains("- `m.onnx`\n- `m.safetensors`\n") && both.contains("- onnx\n- safetensors\n"), "\(both)")
    #expect(card(["m.safetensors"], "other").files(in: first.text) == [])
  }
}
