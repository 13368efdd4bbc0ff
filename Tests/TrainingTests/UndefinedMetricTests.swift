import Foundation
import Metrics
import Planning
import Runs
import TestSupport
import Testing
import Torch
import Training

/// A run whose metrics are undefined, as those of masks without foreground are, or cannot be computed.
@Suite struct `A run with metrics that are undefined` {
  private final class Task: TrainingTask {
    let points = PointsTask()
    var values: [MetricValue] = []
    var fails = false
    /// The evaluations, from 1, whose loss is NaN.
    var broken: Set<Int> = []
    private var evaluations = 0

    var model: any Module { points.model }
    var trainingCount: Int { points.trainingCount }
    let lossTerms: [String] = []
    let measures: [String] = []
    let evaluationMetrics = ["dice", "hd95"]

    func trainingBatches(from position: BatchPosition) -> any BatchStream<PointsTask.Batch> {
      points.trainingBatches(from: position)
    }
    func evaluationBatches() -> any BatchStream<PointsTask.Batch> { points.evaluationBatches() }
    func trainingLoss(of batch: PointsTask.Batch) -> StepOutput { points.trainingLoss(of: batch) }
    func baselineLoss(of batch: PointsTask.Batch) throws -> Double? { .nan }
    func evaluate(_ batch: PointsTask.Batch, into score: inout Score) throws {
      let logits = fails ? points.network(.zeros([3, 5])) : points.network(batch.points)
      score.values = values
      // As a task reads what its network says.
      score.values[0].value = Double(try logits.readFloats()[0] * 0)
      if broken.contains(evaluations) { score.values[0].value = .nan }
    }
    func makeScore() -> Score {
      evaluations += 1
      return Score()
    }
  }

  private struct Score: Metric {
    var values: [MetricValue] = []
    mutating func merge(_ other: Score) {}
  }

  private func task() -> Task {
    let task = Task()
    task.values = [
      MetricValue("loss", 0), MetricValue("dice", .nan), MetricValue("hd95", .infinity),
    ]
    return task
  }

  private func train(_ task: Task, in folder: RunFolder) throws -> RunSummary {
    let settings = settings {
      $0.budget.steps = 12
      $0.evaluation.patience = 3
    }
    return try TrainingJob(task: task, settings: settings.resolved, folder: folder).run()
  }

  @Test func `ends, is read back, and is resumed`() throws {
    let directory = TemporaryDirectory()
    let folder = try directory.folder()
    #expect(try train(task(), in: folder).final["dice"]?.isNaN == true)
    let text = try String(contentsOf: folder.summary, encoding: .utf8)
    #expect(text.contains(#""dice" : null"#) && text.contains(#""hd95" : null"#))
    #expect(try RunSummary.read(from: folder)?.final["dice"]?.isNaN == true)
    let row = try #require(try MetricsTable.read(folder.metrics).rows.last)
    #expect(row.split == .test && row.loss == 0 && row.values == [nil, nil])
    let table = try String(contentsOf: folder.metrics, encoding: .utf8)
    #expect(table.contains(",test,,,,0.0,,,"), "an empty cell each")
    let plan = try #require(try RunPlan.read(from: folder))
    #expect(plan.baselineLoss == nil, "a baseline that cannot be computed is not known")

    try FileManager.default.removeItem(at: folder.summary)
    #expect(try train(task(), in: folder).final["dice"]?.isNaN == true)
  }

  /// The loss is defined, but is not what is waited for, neither before nor after a kill.
  @Test func `is waited for as long when it is resumed, and says once what is undefined`() throws {
    let directory = TemporaryDirectory()
    let (whole, broken) = (try directory.folder(), try directory.folder())
    let idle = settings {
      ($0.schedule.baseLR, $0.schedule.maxLR, $0.evaluation.patience) = (1e-20, 1e-19, 2)
    }
    func train(in folder: RunFolder) throws -> (updates: Int, notes: [String], reasons: [String]) {
      var (notes, reasons) = ([String](), [String]())
      let listener = Listener {
        if case .note(let note) = $0 { notes.append(note) }
        if case .stopped(_, let reason) = $0 { reasons.append(reason) }
      }
      let summary = try TrainingJob(task: task(), settings: idle.resolved, folder: folder)
        .run(observers: [listener])
      return (summary.updates, notes, reasons)
    }
    let first = try train(in: whole)
    // A cycle has twelve updates: none was better after the first and the second.
    #expect(first.updates == 24)
    #expect(
      first.notes
        == ["dice is undefined after update 12: --patience never counts that as better"])
    #expect(
      first.reasons == [
        "no better score in 2 cycles; it was undefined 2 times, which is never better"
      ])
    _ = try train(in: broken)
    try broken.removeCheckpoints(after: 12)
    try FileManager.default.removeItem(at: broken.summary)
    let second = try train(in: broken)
    #expect(second.updates == 24 && second.notes.isEmpty, "\(second)")
    #expect(try train(in: broken).updates == 24, "and when it has ended")
  }

  /// Whose end has no checkpoint and no summary, so that it fails again when it is resumed.
  @Test func `fails where the loss of its last evaluation is NaN, and not where one before it is`() throws {
    let directory = TemporaryDirectory()
    let (early, late) = (try directory.folder(), try directory.folder())
    let recovering = task()
    recovering.broken = [1]
    #expect(try train(recovering, in: early).final["loss"] == 0)
    for _ in 0..<2 {
      let diverged = task()
      diverged.broken = Set(1...99)
      let error = #expect(throws: TrainingError.self) { try train(diverged, in: late) }
      guard case .nonFinitePredictions(let update, _, _, _)? = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(update == 12)
      let sentence = "\(try #require(error))"
      #expect(sentence.contains("predicts NaN") && sentence.contains("--max-lr"), "\(sentence)")
      #expect(late.newestCheckpoint.map { $0 != late.checkpoint(at: 12) } ?? true)
      #expect(try RunSummary.read(from: late) == nil)
    }
  }

  @Test func `whose evaluation fails throws what failed`() throws {
    let directory = TemporaryDirectory()
    let task = task()
    task.fails = true
    let error = #expect(throws: TorchError.self) { try train(task, in: try directory.folder()) }
    #expect(error?.shapes.first == [3, 5])
  }
}
