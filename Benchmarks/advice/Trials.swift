// One sweep, one training.

import Datasets
import Foundation
import Planning
import Runs
import Schedules
import Settings
import Tasks
import Torch
import Training
import Tuning

/// A case with its data and its network, begun by a seed.
struct Trial {
  let task: WholeRunTask
  let settings: ResolvedSettings

  init(_ choice: Case, seed: UInt64, shelf: DataShelf) throws {
    let data = try shelf.data(choice.data)
    var settings = RunSettings()
    settings.optimizer.name = OptimizerName(rawValue: choice.optimizer)
    settings.budget.batchSize = .images(choice.batchSize)
    settings.budget.steps = choice.steps
    settings.machine.seed = seed
    // Letters and garments look one way; photographs and shapes are mirrored.
    settings.augmentation.flip = choice.data != .fashion
    settings.schedule.kind = ScheduleEntry.catalog[OneCycle.name]
    settings.machine.checkpointEvery = choice.steps
    self.settings = settings.filled(from: TaskDescription.classify.recipe).resolved
    let network = choice.network.make(
      channels: data.train.channels, classes: data.classNames.count)
    network.initialize(seed: seed)
    network.useChannelsLast()
    task = WholeRunTask(
      ClassificationTask(
        network: network, data: data,
        augmentation: Augmentation(flips: self.settings.augmentation.flip),
        labelSmoothing: self.settings.optimizer.labelSmoothing, device: .cpu),
      images: choice.steps * choice.batchSize)
  }

  /// Makes a sweep.
  ///
  /// Rondo's is its own range test.
  func curve(of kind: SweepKind) throws -> RangeTestCurve {
    let optimizer = try makeOptimizer(settings, for: task.model)
    let seed = settings.machine.seed
    let batchSize = settings.budget.batchSize
    if kind == .rondo || kind == .brief {
      return try RangeTester(task: task, optimizer: optimizer).curve(
        sweep: kind.sweep, seed: seed, batchSize: batchSize)
    }
    return try kind.sweep.rivalsCurve(of: task, optimizer, seed: seed, batchSize: batchSize)
  }

  /// Trains with one cycle to this peak; returns the accuracy on the test images, or nil where the
  /// training diverged.
  func accuracy(peak: Double) throws -> Double? {
    var settings = settings
    settings.open.schedule.maxLR = peak
    settings.open.schedule.baseLR = peak / 10
    let folder = try RunFolder.create(
      under: FileManager.default.temporaryDirectory, name: "advice-\(getpid())")
    defer { try? FileManager.default.removeItem(at: folder.url) }
    do {
      let summary = try TrainingJob(task: task, settings: settings, folder: folder).run()
      return summary.final["accuracy"]
    } catch TrainingError.nonFiniteLoss { return nil } catch TrainingError.nonFiniteParameters {
      return nil
    }
  }
}

extension RangeTestSweep {
  /// Makes a sweep as the rivals do: whatever the loss does, and each rate with the loss from before its update.
  func rivalsCurve(
    of task: some TrainingTask, _ optimizer: any Optimizer, seed: UInt64, batchSize: Int
  ) throws -> RangeTestCurve {
    let stream = try task.trainingBatches(
      from: BatchPosition(purpose: .measurement, seed: seed, batchSize: batchSize))
    task.model.setTraining(true)
    var points: [RangeTestPoint] = []
    for step in 0..<steps {
      guard let batch = try stream.next() else { break }
      let rate = learningRate(at: step)
      for index in optimizer.groups.indices { optimizer.groups[index].learningRate = rate }
      let loss = try checked {
        let output = task.trainingLoss(of: batch)
        optimizer.clearGradients()
        output.total.backward()
        optimizer.step()
        return output.total.item()
      }
      guard loss.isFinite else { break }
      points.append(RangeTestPoint(learningRate: rate, loss: loss))
    }
    return RangeTestCurve(points: points)
  }
}

/// A task that takes its whole run for one epoch, so that it is evaluated at the end alone.
final class WholeRunTask: TrainingTask {
  typealias Batch = ClassificationTask.Batch
  typealias Score = ClassificationScore

  private let task: ClassificationTask
  let trainingCount: Int

  init(_ task: ClassificationTask, images: Int) {
    self.task = task
    trainingCount = images
  }

  var model: any Module { task.model }
  var lossTerms: [String] { task.lossTerms }
  var measures: [String] { task.measures }
  func baselineLoss(of batch: Batch) -> Double? { task.baselineLoss(of: batch) }
  func trainingBatches(from position: BatchPosition) throws -> any BatchStream<Batch> {
    try task.trainingBatches(from: position)
  }
  func evaluationBatches() throws -> any BatchStream<Batch> { try task.evaluationBatches() }
  func trainingLoss(of batch: Batch) -> StepOutput { task.trainingLoss(of: batch) }
  func evaluate(_ batch: Batch, into score: inout Score) throws {
    task.evaluate(batch, into: &score)
  }
  func makeScore() -> Score { task.makeScore() }
}
