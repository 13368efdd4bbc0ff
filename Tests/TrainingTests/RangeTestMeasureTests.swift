import Foundation
import Planning
import Runs
import Settings
import TestSupport
import Testing
import Torch
import Tuning

@testable import Training

@Suite struct `A range test on evaluation data` {
  private let directory = TemporaryDirectory()
  private static let sweep = RangeTestSweep(lowest: 1e-3, highest: 0.3, steps: 20)

  private func curve(
    _ measure: RangeTestMeasure, _ task: SceneTask = SceneTask(),
    sweep: RangeTestSweep = Self.sweep
  ) throws -> RangeTestCurve {
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let before = state(task.model, optimizer)
    let curve = try RangeTester(task: task, optimizer: optimizer).curve(
      sweep: sweep, seed: 1, batchSize: 8, measuring: measure)
    #expect(state(task.model, optimizer) == before, "batch norms' statistics too")
    return curve
  }

  /// The same updates made one by one, and the model evaluated after each.
  private func values(_ name: String) throws -> [Double] {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    task.model.setTraining(true)
    let updater = try Updater(
      task: task, optimizer: optimizer, options: UpdateOptions(),
      from: BatchPosition(purpose: .measurement, seed: 1, batchSize: 8))
    return try (0..<Self.sweep.steps).map { step in
      for index in optimizer.groups.indices {
        optimizer.groups[index].learningRate = Self.sweep.learningRate(at: step)
      }
      _ = try updater.update(number: step + 1)
      return try #require(try evaluate(task).values.first { $0.name == name }).value
    }
  }

  @Test func `pairs each rate with the metric after its update`() throws {
    let accuracy = try curve(.metric("pixel_accuracy"))
    let known = try values("pixel_accuracy")
    #expect(accuracy.points.map(\.learningRate) == (0..<20).map(Self.sweep.learningRate))
    #expect(zip(accuracy.values, known).allSatisfy { abs($0 - $1) < 1e-12 })
    #expect(Set(known).count > 10)
    #expect(accuracy.sample == RangeTestSample(images: nil, every: 1))
    #expect(accuracy.sample?.description == "on all evaluation images after each update")
    #expect(try curve(.validationLoss).points.map(\.loss) == values("loss"))
  }

  @Test func `leaves the model learning as it does without it`() throws {
    let (one, other) = (SceneTask(), SceneTask())
    _ = try curve(.metric("pixel_accuracy"), one)
    let stream = try one.trainingBatches(from: BatchPosition(seed: 9, batchSize: 8))
    let same = try other.trainingBatches(from: BatchPosition(seed: 9, batchSize: 8))
    other.model.setTraining(true)
    for _ in 0..<3 {
      let losses = try [
        one.trainingLoss(of: #require(try stream.next())), other.trainingLoss(of: #require(try same.next())),
      ].map { $0.total.item() }
      #expect(losses[0] == losses[1])
    }
    #expect(state(one.model) == state(other.model), "in training mode, with the same statistics")
  }

  @Test func `measures a hundred times at most`() throws {
    let sweep = RangeTestSweep(lowest: 1e-3, highest: 0.01, steps: 210)
    let curve = try curve(.validationLoss, SceneTask(images: 8, size: 8, width: 4), sweep: sweep)
    #expect(curve.points.count == 70)
    #expect(curve.sample?.every == 3)
    #expect(curve.points[0].learningRate == sweep.learningRate(at: 2))
  }

  @Test func `ends where the training loss is NaN, though the metric is one`() throws {
    let task = SceneTask()
    task.disturbance = { $0 == 9 ? $1 * Double.nan : $1 }
    let curve = try curve(.metric("pixel_accuracy"), task)
    #expect(curve.points.count == 10)
    #expect(curve.points.last?.loss.isNaN == true)
  }

  /// At a rate r the distance e of the parameter from 1 becomes (1 - r) e and a tenth of r to either side in
  /// turn: below 1 it shrinks to about a tenth of r, above 2 it grows, and at 2.86 the score is lost.
  @Test func `finds the rates at which a score rises, and says where it only stays or falls`()
    throws
  {
    func verdict(from low: Double, to high: Double) throws -> RangeTestResult {
      let task = ParabolaTask()
      let optimizer = try makeOptimizer(
        settings {
          ($0.optimizer.name, $0.optimizer.nesterov, $0.optimizer.weightDecay) = (.sgd, false, 0)
          ($0.schedule.baseMomentum, $0.schedule.maxMomentum) = (1e-9, 1e-9)
        }.resolved, for: task.model)
      return try RangeTester(task: task, optimizer: optimizer).curve(
        sweep: RangeTestSweep(lowest: low, highest: high, steps: 60), seed: 1, batchSize: 4,
        measuring: .metric("score")
      ).findRange()
    }
    let learned = try verdict(from: 1e-4, to: 30)
    guard case .found(let range) = learned else {
      Issue.record("\(learned)")
      return
    }
    #expect(range.base > 1e-4 && range.base < range.max && range.max < 2.86, "\(range)")
    let still = try verdict(from: 1e-12, to: 1e-11)
    guard case .none(.flat(let change, _)) = still else {
      Issue.record("\(still)")
      return
    }
    #expect(change < 1e-6)
    let early = try verdict(from: 1e-3, to: 0.03)
    guard case .none(.stillFalling) = early else {
      Issue.record("\(early)")
      return
    }
    let wild = try verdict(from: 3, to: 100)
    guard case .none = wild else {
      Issue.record("\(wild)")
      return
    }
  }

  @Test func `is what a run makes where its settings say so`() throws {
    let folder = try directory.folder()
    let open = settings {
      $0.schedule.maxLR = nil
      $0.rangeTest.measure = .validationLoss
      $0.rangeTest.minLR = 1e-3
    }
    var sample: RangeTestSample?
    try run(SceneTask(), open, in: folder) { event in
      if case .rangeTestMeasured(.validationLoss, let given) = event { sample = given }
    }
    #expect(sample?.every == 1)
    let curve = try RangeTestCurve.read(csv: folder.rangeTest.path, measure: .validationLoss)
    #expect(curve.points.count > 12)
    #expect(try RunPlan.read(from: folder)?.range != nil)
  }

  @Test(arguments: [("pixelaccuracy", "'pixel_accuracy'?"), ("dice", "train, validation, pixel")])
  func `of what the task does not measure is refused`(word: String, words: String) throws {
    let error = #expect(throws: SettingsError.self) { try curve(RangeTestMeasure(word)) }
    let sentence = "\(try #require(error))"
    #expect(sentence.contains(words), "\(sentence)")
  }
}
