import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Tuning

@testable import Training

@Suite struct `An update of several batches` {
  private let position = TemporaryDirectory()

  /// The gradients of the first update, by parameter, and its loss.
  private func firstUpdate(
    batchSize: Int, _ form: UpdateOptions
  ) throws -> (gradients: [[Double]], loss: Double) {
    let task = PointsTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let updater = try Updater(
      task: task, optimizer: optimizer, options: form,
      from: BatchPosition(seed: 3, batchSize: batchSize))
    let loss = try #require(try updater.update(number: 1)).total.item()
    let gradients = try task.model.namedParameters.map {
      try #require($0.1.value.gradient).doubles()
    }
    return (gradients, loss)
  }

  @Test(arguments: [2, 4, 8]) func `has the gradient and the loss of one of all their images`(
    batches: Int
  ) throws {
    let whole = try firstUpdate(batchSize: 32, UpdateOptions())
    let parts = try firstUpdate(batchSize: 32 / batches, UpdateOptions(accumulate: batches))
    #expect(abs(parts.loss - whole.loss) < 1e-6)
    #expect(whole.gradients.joined().contains { abs($0) > 0.01 })
    for (part, one) in zip(parts.gradients.joined(), whole.gradients.joined()) {
      #expect(abs(part - one) < 1e-6)
    }
  }

  @Test func `has its gradients' norm brought down after they were added up`() throws {
    let plain = try firstUpdate(batchSize: 16, UpdateOptions(accumulate: 2))
    let clipped = try firstUpdate(batchSize: 16, UpdateOptions(accumulate: 2, clipNorm: 0.1))
    func norm(_ gradients: [[Double]]) -> Double {
      gradients.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    #expect(norm(plain.gradients) > 0.2)
    #expect(abs(norm(clipped.gradients) - 0.1) < 1e-5)
  }

  /// 64 points in batches of 5 are 12 batches: two updates of five, and one of the two that are left.
  @Test func `reads every batch of each epoch once, and begins the next at its first`() throws {
    let task = PointsTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    let updater = try Updater(
      task: task, optimizer: optimizer, options: UpdateOptions(accumulate: 5),
      from: BatchPosition(seed: 3, batchSize: 5))
    var read: [Int] = []
    for number in 1...6 {
      _ = try updater.update(number: number)
      read.append(task.read.count)
    }
    #expect(read == [5, 10, 12, 17, 22, 24])
    for epoch in 0..<2 {
      let one = PointsTask()
      let stream = one.trainingBatches(from: BatchPosition(seed: 3, batchSize: 5, epoch: epoch))
      for _ in 0..<12 { _ = try stream.next() }
      #expect(Array(task.read[12 * epoch..<12 * (epoch + 1)]) == one.read)
    }
  }

  /// The last update of an epoch: two batches of 5 that are one of 10.
  @Test func `that are left has the gradient of one of all their images`() throws {
    func last(_ form: UpdateOptions, batchSize: Int, batch: Int) throws -> [Double] {
      let task = PointsTask(points: 50)
      let optimizer = try makeOptimizer(settings().resolved, for: task.model)
      let updater = try Updater(
        task: task, optimizer: optimizer, options: form,
        from: BatchPosition(seed: 3, batchSize: batchSize, epoch: 0, batch: batch))
      _ = try updater.update(number: 1)
      return try task.model.namedParameters.flatMap {
        try #require($0.1.value.gradient).doubles()
      }
    }
    let parts = try last(UpdateOptions(accumulate: 4), batchSize: 5, batch: 8)
    let whole = try last(UpdateOptions(), batchSize: 10, batch: 4)
    #expect(whole.contains { abs($0) > 0.01 })
    for (part, one) in zip(parts, whole) { #expect(abs(part - one) < 1e-6) }
  }

  /// Plain gradient descent, by hand: the fused kernel of SGD refuses a momentum of 0.
  @Test func `without momentum goes down the gradient`() throws {
    let task = PointsTask()
    let optimizer = try makeOptimizer(
      settings {
        ($0.schedule.baseMomentum, $0.schedule.maxMomentum, $0.optimizer.weightDecay) = (0, 0, 0)
      }.resolved,
      for: task.model)
    let before = task.model.namedParameters.map { $0.1.value.doubles() }
    let updater = try Updater(
      task: task, optimizer: optimizer, options: UpdateOptions(),
      from: BatchPosition(seed: 3, batchSize: 8))
    for index in optimizer.groups.indices { optimizer.groups[index].learningRate = 0.5 }
    _ = try updater.update(number: 1)
    for (old, (_, parameter)) in zip(before, task.model.namedParameters) {
      let gradient = try #require(parameter.value.gradient).doubles()
      for (position, now) in parameter.value.doubles().enumerated() {
        #expect(abs(now - (old[position] - 0.5 * gradient[position])) < 1e-6)
      }
    }
  }

  private static let form: @Sendable (inout RunSettings) -> Void = {
    $0.budget.batchSize = 5
    $0.budget.accumulate = 2
    $0.optimizer.clipNorm = 0.5
    $0.budget.steps = 24
    $0.machine.checkpointEvery = 3
  }

  /// 48 images in batches of 5 are 9 batches: four updates of two, and one of one.
  @Test(arguments: [0, 5, 8, 9, 10, 16, 37])
  func `stopped amid it continues as if it had not been`(moment: Int) throws {
    let whole = try expectSameAfterStop(at: moment, settings(Self.form), in: position)
    let plan = try #require(try RunPlan.read(from: whole))
    #expect(
      plan.budget == Budget(totalSteps: 24, stepsPerEpoch: 5, batchSize: 10, lastUpdateSize: 5))
    #expect(
      plan.lines.contains {
        $0.contains("24 updates of 10 images in 2 batches, the last of an epoch of 5")
      }, "\(plan.lines)")
  }

  @Test func `is what the range test makes too, without a trace`() throws {
    let task = SceneTask()
    let optimizer = try makeOptimizer(settings().resolved, for: task.model)
    var totals: [Double] = []
    task.disturbance = { _, loss in
      totals.append(loss.item())
      return loss
    }
    let before = state(task.model, optimizer)
    let curve = try RangeTester(
      task: task, optimizer: optimizer, options: UpdateOptions(accumulate: 3, clipNorm: 1)
    ).curve(sweep: RangeTestSweep(lowest: 1e-3, highest: 0.1, steps: 12), seed: 1, batchSize: 4)
    #expect(state(task.model, optimizer) == before)
    // Three batches an update, and then the fixed one is looked at.
    #expect(totals.count == 4 * 12)
    for (index, point) in curve.points.enumerated() { #expect(point.loss == totals[4 * index + 3]) }
  }
}
