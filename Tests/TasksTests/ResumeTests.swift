import Foundation
import Planning
import Randomness
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Vision

@testable import Datasets
@testable import Tasks
@testable import Training

/// What stops a run amid its batches, as if its process had been killed there.
private struct Killed: Error {}

/// A task whose stream of training batches breaks, as a kill would break it.
private final class Breaking<Task: TrainingTask>: TrainingTask {
  let task: Task
  /// The batch, from 0, at which training is killed.
  let breaksAt: Int

  init(_ task: Task, at batch: Int) { (self.task, breaksAt) = (task, batch) }

  final class Stream: BatchStream {
    let batches: any BatchStream<Task.Batch>
    var left: Int
    init(_ batches: any BatchStream<Task.Batch>, _ left: Int) {
      (self.batches, self.left) = (batches, left)
    }
    func next() throws -> Task.Batch? {
      guard left > 0 else { throw Killed() }
      left -= 1
      return try batches.next()
    }
  }

  var model: any Module { task.model }
  var trainingCount: Int { task.trainingCount }
  var lossTerms: [String] { task.lossTerms }
  var measures: [String] { task.measures }
  var evaluationMetrics: [String] { task.evaluationMetrics }
  var evaluationSplit: MetricsRow.Split { task.evaluationSplit }
  var dependsOnWholeUpdate: Bool { task.dependsOnWholeUpdate }
  var averagesPredictions: Bool { task.averagesPredictions }
  func lossSums(of batch: Task.Batch) throws -> [Tensor] { try task.lossSums(of: batch) }
  func trainingLoss(of batch: Task.Batch) -> StepOutput { task.trainingLoss(of: batch) }
  func trainingLoss(of batch: Task.Batch, in update: UpdateBatches) -> StepOutput {
    task.trainingLoss(of: batch, in: update)
  }
  func trainingBatches(from position: BatchPosition) throws -> any BatchStream<Task.Batch> {
    Stream(try task.trainingBatches(from: position), breaksAt)
  }
  func evaluationBatches() throws -> any BatchStream<Task.Batch> { try task.evaluationBatches() }
  var evaluationCount: Int? { task.evaluationCount }
  func trainingPart(ofAtMost images: Int) throws -> (any BatchStream<Task.Batch>)? {
    try task.trainingPart(ofAtMost: images)
  }
  func evaluate(_ batch: Task.Batch, into score: inout Task.Score) throws {
    try task.evaluate(batch, into: &score)
  }
  func makeScore() -> Task.Score { task.makeScore() }
}

/// What a run has left, without the times.
private struct Remains: Equatable {
  var tensors: [String: [UInt8]]
  var rows: [MetricsRow]
  var final: [String: Double]

  /// A metric that is undefined is the same as another that is.
  private static func comparable(_ value: Double) -> Double { value.isNaN ? -1 : value }

  init(_ folder: RunFolder) throws {
    tensors = try Safetensors.read(try #require(folder.newestCheckpoint)).tensors.mapValues {
      tensor in
      var bytes = [UInt8](repeating: 0, count: tensor.count * tensor.type.byteCount)
      bytes.withUnsafeMutableBytes { _ = tensor.copy(into: $0) }
      return bytes
    }
    rows = try MetricsTable.read(folder.metrics).rows.map { row in
      var row = row
      row.seconds = 0
      row.values = row.values.map { $0.map(Self.comparable) }
      return row
    }
    final = try #require(try RunSummary.read(from: folder)).final.mapValues(Self.comparable)
  }
}

/// Four cycles of six updates of two batches each, of which an epoch leaves one over.
private func settings(_ change: (inout RunSettings) -> Void) -> RunSettings {
  var settings = RunSettings()
  settings.budget.steps = 24
  settings.budget.accumulate = 2
  settings.schedule.kind = ScheduleEntry.catalog["triangular"]
  settings.schedule.stepSize = .steps(3)
  settings.schedule.baseLR = 0.001
  settings.schedule.maxLR = 0.01
  settings.schedule.baseMomentum = 0.85
  settings.schedule.maxMomentum = 0.95
  settings.optimizer.weightDecay = 1e-4
  settings.machine.seed = 7
  settings.machine.checkpointEvery = 5
  change(&settings)
  return settings
}

/// What a run averages.
enum Averaged: CaseIterable { case moving, swa }

@Suite struct `A run with everything random at once` {
  private let directory = TemporaryDirectory()

  private func folder() throws -> RunFolder {
    try RunFolder.create(under: directory.url, name: "run")
  }

  /// Trains once in peace, and for each seed killed at moments that follow from it; all are to end the same.
  private func expectTheSame<Task: TrainingTask>(
    _ averaged: Averaged, batchSize: Int, steps: Int = 24, checkpointEvery: Int = 5,
    kills seeds: [UInt64], _ make: () throws -> Task
  ) throws {
    try Library.setThreads(1)
    let settings = settings {
      $0.budget.batchSize = .images(batchSize)
      $0.budget.steps = steps
      $0.machine.checkpointEvery = checkpointEvery
      if averaged == .swa { $0.evaluation.average = .swa } else { $0.evaluation.ema = 0.8 }
    }
    let whole = try folder()
    _ = try TrainingJob(task: try make(), settings: settings.resolved, folder: whole).run()
    let remains = try Remains(whole)
    for seed in seeds { try expect(remains, settings, steps: steps, kills: seed, make) }
  }

  private func expect<Task: TrainingTask>(
    _ remains: Remains, _ settings: RunSettings, steps: Int, kills seed: UInt64,
    _ make: () throws -> Task
  ) throws {
    let killed = try folder()
    var stream = RandomStream(seed: seed, for: .order)
    var moments: [Int] = []
    while true {
      let moment = Int.random(in: 3...steps, using: &stream)
      moments.append(moment)
      // Everything that the process knew is gone, but for the folder.
      let task = Breaking(try make(), at: moment)
      do {
        _ = try TrainingJob(task: task, settings: settings.resolved, folder: killed).run()
        break
      } catch is Killed {}
      try #require(moments.count < 60)
    }
    #expect(moments.count > 1)
    #expect(try Remains(killed) == remains, "killed at \(moments), by seed \(seed)")
    // And killed between its last checkpoint and its summary.
    try FileManager.default.removeItem(at: killed.summary)
    _ = try TrainingJob(task: try make(), settings: settings.resolved, folder: killed).run()
    #expect(try Remains(killed) == remains, "killed before its summary")
  }

  @Test(arguments: Averaged.allCases)
  func `of images with classes ends as if it had been left alone`(averaged: Averaged) throws {
    let data = Shapes.classification(train: 20, test: 8, size: 16, seed: 2)
    try expectTheSame(averaged, batchSize: 4, kills: [1, 2]) {
      let layers = Sequential(
        Dropout(0.2), Convolution(3, 8, kernel: 3, stride: 2), BatchNorm(8), ReLU(),
        StochasticDepth(0.3), Function { $0.mean(over: [2, 3]) },
        Linear(8, data.classNames.count))
      layers.initialize(seed: 1)
      let task = ClassificationTask(
        network: layers, data: data,
        augmentation: Augmentation(
          cropPadding: 2, flips: true,
          colorJitter: ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1),
          randAugment: RandAugment(operations: 1, magnitude: 5), cutout: 4),
        mixing: BatchMixing(mixup: 0.4, cutmix: 1), labelSmoothing: 0.1, device: .cpu)
      task.workers = 3
      return task
    }
  }

  @Test(arguments: Averaged.allCases)
  func `of images with masks ends as if it had been left alone`(averaged: Averaged) throws {
    let data = ShapesWithMasks.data(train: 10, test: 2, size: 24, seed: 1)
    try expectTheSame(averaged, batchSize: 2, kills: [1, 2]) {
      let network = Sequential(
        Convolution(3, 6, kernel: 3), BatchNorm(6), ReLU(), Dropout(0.3),
        Convolution(6, data.classNames.count, kernel: 3, bias: true))
      network.initialize(seed: 1)
      let task = SegmentationTask(
        network: network, stride: 8, data: data,
        options: .init(
          crops: CropOptions(
            size: 16,
            augmentation: MaskAugmentation(
              flips: true, verticalFlips: true, rotates90: true, rotation: 20, scale: 0.8...1.2,
              elastic: 2,
              colorJitter: ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0, hue: 0))),
          cropsPerImage: 1,
          loss: try SegmentationLoss(#require(LossTerms("cross-entropy+dice+focal"))),
          classWeights: data.classNames.indices.map { 1 + 0.2 * Double($0) }, testFlip: true),
        device: .cpu)
      task.workers = 3
      return task
    }
  }

  @Test(arguments: zip(Averaged.allCases, [1, 2] as [UInt64]))
  func `of images with boxes ends as if it had been left alone`(
    averaged: Averaged, seed: UInt64
  ) throws {
    let data = try Shapes.detection(train: 10, test: 2, size: 32, most: 2, seed: 4)
    try expectTheSame(averaged, batchSize: 2, steps: 12, checkpointEvery: 2, kills: [seed]) {
      let detector = try Models.detectors.entry(named: "fcos-narrow").make(
        classes: data.classNames.count)
      detector.initialize(seed: 1)
      let task = DetectionTask(
        detector: detector, data: data,
        augmentation: BoxAugmentation(
          flips: true, verticalFlips: true, rotates90: true, scale: 0.7...1.4,
          colorJitter: ColorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1),
          mosaic: 0.5), device: .cpu)
      task.workers = 3
      return task
    }
  }
}

@Suite struct `The statistics of a mean of weights` {
  /// Batch norm behind dropout: what was dropped last in training must not matter.
  @Test func `follow from the weights alone, whatever was trained before`() throws {
    let data = Shapes.classification(train: 12, test: 4, size: 12, seed: 2)
    let network = Sequential(
      Dropout(0.5), Convolution(3, 4, kernel: 3), BatchNorm(4), ReLU(),
      Function { $0.mean(over: [2, 3]) }, Linear(4, data.classNames.count))
    network.initialize(seed: 1)
    let task = ClassificationTask(
      network: network, data: data, augmentation: .none, labelSmoothing: 0, device: .cpu)
    func statistics(leftOver seed: UInt64) throws -> [Double] {
      for module in network.randomModules { module.seed = seed }
      try task.reestimateStatistics(seed: 5, batchSize: 4)
      return network.namedBuffers.flatMap { $0.1.value.doubles() }
    }
    let first = try statistics(leftOver: 0)
    #expect(try statistics(leftOver: 12345) == first)
    #expect(Set(first).count > 2)
  }
}
