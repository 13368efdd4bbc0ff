import Datasets
import Foundation
import Planning
import Runs
import Schedules
import Settings
import TestSupport
import Testing
import Torch
import Vision

@testable import Tasks
@testable import Training

private let data = Shapes.classification(train: 60, test: 25, size: 16, seed: 2)

private struct Stopped: Error {}

/// Ends a run as a kill would, after so many updates.
private final class Killer: TrainingObserver {
  private let update: Int
  init(after update: Int) { self.update = update }
  func didUpdate(_ record: UpdateRecord) throws -> TrainingDecision {
    if record.update >= update { throw Stopped() }
    return .proceed
  }
}

@Suite struct `A linear probe` {
  private let directory = TemporaryDirectory()

  private func settings(_ change: (inout RunSettings) -> Void = { _ in }) -> ResolvedSettings {
    RunSettings {
      $0.model.freeze = FreezeRule("backbone")
      ($0.budget.steps, $0.budget.batchSize) = (40, 8)
      $0.schedule.kind = ScheduleEntry.catalog["cosine"]
      $0.schedule.maxLR = 0.1
      $0.optimizer.weightDecay = 1e-3
      $0.machine.checkpointEvery = 6
      $0.evaluation.watch = .off
      change(&$0)
    }.resolved
  }

  private func task(
    caches: Bool, testFlip: Bool = false, balanced: Bool = false, views: Int = 1,
    augmentation: Augmentation = .none, data: ImageData = data, initializedBy seed: UInt64 = 1
  ) -> ClassificationTask {
    let network = ResNet11(channels: 3, classes: data.classNames.count)
    network.initialize(seed: seed)
    network.freezeBatchNorms()
    return ClassificationTask(
      network: network, data: data, augmentation: augmentation,
      options: .init(
        loss: ClassificationLoss(labelSmoothing: 0.1), testFlip: testFlip,
        balancesClasses: balanced, cachesFeatures: caches ? .init(precision: .float32, views: views) : nil),
      device: .cpu)
  }

  private func folder() throws -> RunFolder {
    try RunFolder.create(under: directory.url, name: "run")
  }

  private func train(
    _ task: ClassificationTask, _ settings: ResolvedSettings, in folder: RunFolder,
    _ observers: [any TrainingObserver] = []
  ) throws -> RunSummary {
    try TrainingJob(task: task, settings: settings, folder: folder).run(observers: observers)
  }

  private func tensors(_ folder: RunFolder) throws -> [String: [Float]] {
    try Safetensors.read(try #require(folder.newestCheckpoint)).tensors.mapValues { $0.floats() }
  }

  @Test(arguments: [(false, false, "sgd"), (true, false, "adamw"), (false, true, "sgd")])
  func `has the weights and metrics of the same run that computes features each time`(
    testFlip: Bool, balanced: Bool, optimizer: String
  ) throws {
    let settings = settings { try? $0.set("optimizer", to: optimizer) }
    let (cached, slow) = (try folder(), try folder())
    let one = try train(
      task(caches: true, testFlip: testFlip, balanced: balanced), settings, in: cached)
    let other = try train(
      task(caches: false, testFlip: testFlip, balanced: balanced), settings, in: slow)
    let (ours, theirs) = (try tensors(cached), try tensors(slow))
    #expect(ours.keys == theirs.keys)
    for (name, values) in theirs {
      let own = try #require(ours[name])
      #expect(
        zip(own, values).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }, "\(name)")
    }
    for (name, value) in other.final {
      #expect(abs((one.final[name] ?? .nan) - value) < 1e-4, "\(name)")
    }
    let rows = try MetricsTable.read(cached.metrics).rows.compactMap(\.loss)
    let expected = try MetricsTable.read(slow.metrics).rows.compactMap(\.loss)
    #expect(rows.count == expected.count)
    #expect(zip(rows, expected).allSatisfy { abs($0 - $1) < 1e-4 })
    // It has learned something, or all of this says little.
    let head = try #require(theirs["model.fc.weight"])
    let first = task(caches: false).network.namedParameters.first { $0.0 == "fc.weight" }
    #expect(zip(head, first?.1.value.floats() ?? []).contains { abs($0 - $1) > 0.01 })
  }

  @Test func `runs its backbone once for each image`() throws {
    let task = task(caches: true)
    let first = try #require(try task.trainingBatches(from: .init(seed: 1, batchSize: 60)).next())
    #expect(first.images.shape == [60, 128] && first.areFeatures)
    // A backbone that has changed since would show, if it ran again.
    for (name, parameter) in task.model.namedParameters where !name.hasPrefix("fc.") {
      withoutGradient { parameter.value.copy(from: .zeros(parameter.value.shape)) }
    }
    let again = try #require(try task.trainingBatches(from: .init(seed: 1, batchSize: 60)).next())
    #expect(again.images.floats() == first.images.floats())
    #expect(again.labels.int64s() == first.labels.int64s())
    #expect(task.model.namedModules.contains { ($0.1 as? Linear)?.passesInput == true } == false)
  }

  @Test func `shows another view of each image in each epoch, and all of them in turn`() throws {
    let augmentation = Augmentation(cropPadding: 2, flips: true)
    let task = task(caches: true, views: 3, augmentation: augmentation)
    let batches = try task.trainingBatches(from: .init(seed: 1, batchSize: 60))
    let sums = try (0..<6).map { _ in try #require(try batches.next()).images.sum(over: [0]) }
    // What the network makes of the images, and of their mirror images.
    let plain = self.task(caches: false)
    let images = try #require(try plain.trainingPart(ofAtMost: 60)?.next()).images
    plain.network.setTraining(false)
    let head = try #require(plain.network.namedModules.last { $0.0 == "fc" }?.1 as? Linear)
    head.passesInput = true
    let (straight, mirrored) = withoutGradient {
      (plain.network(images), plain.network(images.flipped(3)))
    }
    func sum(_ rows: Tensor, _ numbers: [Int]) -> [Float] {
      numbers.map { rows.narrowed(0, from: $0, count: 1).sum(over: [0]).floats() }
        .reduce([Float](repeating: 0, count: 128)) { zip($0, $1).map(+) }
    }
    // In each epoch a third of the images shows its third view, an augmented one: what is left of the sum of all.
    let thirds = (0..<3).map { rest in (0..<60).filter { $0 % 3 == rest } }
    let augmented = (0..<3).map { epoch in
      let first = sum(straight, thirds[(3 - epoch) % 3])
      let second = sum(mirrored, thirds[(4 - epoch) % 3])
      return zip(sums[epoch].floats(), zip(first, second)).map { $0 - $1.0 - $1.1 }
    }
    let third = (0..<3).map { sum(straight, thirds[(5 - $0) % 3]) }
    for epoch in 0..<3 {
      // An augmented image is near its original, and not the same.
      let distance = zip(augmented[epoch], third[epoch]).map { abs($0 - $1) }.max() ?? 0
      let size = third[epoch].map(abs).max() ?? 0
      #expect(distance > 1e-3 * size && distance < 0.5 * size, "\(distance) of \(size)")
      let again = zip(sums[epoch].floats(), sums[epoch + 3].floats()).map { abs($0 - $1) }.max() ?? 1
      #expect(again < 1e-3)
    }
  }

  @Test func `reports the images that went through its backbone, once`() throws {
    let task = task(caches: true, views: 2, augmentation: Augmentation(flips: true))
    var counts: [Int] = []
    try task.prepare { images, all in
      counts.append(images)
      #expect(all == 2 * 60 + 25)
    }
    #expect(counts.last == 145 && counts == counts.sorted())
    try task.prepare { _, _ in Issue.record("all are known") }
  }

  @Test func `has its features computed by several processes in parts`() throws {
    // Three batches of an evaluation, so that one of four processes has none.
    let many = Shapes.classification(train: 300, test: 25, size: 16, seed: 2)
    try Library.setThreads(1)
    @Sendable func features() throws -> ([Int], [[Float]]) {
      let task = Self().task(caches: true, views: 2, augmentation: Augmentation(flips: true), data: many)
      var counts: [Int] = []
      try task.prepare { images, all in
        counts.append(images)
        #expect(all == 2 * 300 + 25)
      }
      let cache = try #require(task.cache)
      let views = try (0..<2).map { view in
        try cache.features(
          of: .train, labels: many.train.labels, flips: false, view: view,
          images: { preconditionFailure("They are known.") },
          tensor: { _ in preconditionFailure("They are known.") })
      }
      #expect(views.allSatisfy { $0.isRead.allSatisfy { $0 } })
      return (counts, views.map { $0.rows.floats() })
    }
    let alone = try features()
    for size in [2, 4] {
      for member in try members(size, features) {
        for (own, whole) in zip(member.1, alone.1) {
          let isSame = own.count == whole.count && zip(own, whole).allSatisfy { abs($0 - $1) < 1e-5 }
          #expect(isSame, "of \(size) processes")
        }
        #expect(member.0.last == 625 && member.0 == member.0.sorted())
      }
    }
  }

  @Test func `is not advised to augment images, which would change no feature`() {
    let probe = settings {
      ($0.model.cachedFeatures, $0.augmentation.cropPadding, $0.augmentation.flip) = (true, 2, false)
    }
    #expect(probe.regularization.isEmpty, "nor to decay weights")
    func run(decay: Double) -> ResolvedSettings {
      settings {
        ($0.augmentation.cropPadding, $0.augmentation.flip, $0.optimizer.weightDecay) = (2, false, decay)
      }
    }
    #expect(run(decay: 5e-4).regularization.count == 3)
    #expect(run(decay: 1.5e-3).regularization.count == 2, "a decay as large as was suggested is not suggested again")
  }

  @Test(arguments: [3, 20, 39]) func `continues as if it had not been stopped`(update: Int) throws {
    let (whole, broken) = (try folder(), try folder())
    _ = try train(task(caches: true), settings(), in: whole)
    #expect(throws: Stopped.self) {
      try train(task(caches: true), settings(), in: broken, [Killer(after: update)])
    }
    // The network of a run that has a checkpoint is not initialized as it was at first.
    let seed: UInt64 = broken.newestCheckpoint == nil ? 1 : 2
    _ = try train(task(caches: true, initializedBy: seed), settings(), in: broken)
    let isSame = try tensors(broken) == tensors(whole)
    #expect(isSame)
  }

  @Test func `has another image in a batch of which none could be read, and passes none over`() throws {
    let features = FeatureCache.Features(
      rows: .zeros([4, 3]), labels: [0, 1, 0, 1], isRead: [true, true, false, true])
    let training = FeatureBatches(
      [features], .training(count: 4, batchSize: 1, seed: 1), of: data.train, named: "photos",
      on: .cpu)
    // The one after it, whose class is 1.
    let trained = try (0..<4).flatMap { _ in try training.next()?.labels.int64s() ?? [] }
    #expect(trained.sorted() == [0, 1, 1, 1])
    // Of an evaluation nobody counts the batches.
    let batches = FeatureBatches(
      [features], .evaluation(count: 4, batchSize: 1), of: data.train, named: "photos", on: .cpu)
    for label in [0, 1, 1] as [Int64] { #expect(try batches.next()?.labels.int64s() == [label]) }
    #expect(try batches.next() == nil)
    let pairs = FeatureBatches(
      [features], .evaluation(count: 4, batchSize: 2), of: data.train, named: "photos", on: .cpu)
    #expect(try pairs.next()?.labels.int64s() == [0, 1])
    #expect(try pairs.next()?.labels.int64s() == [1])
  }

  @Test func `leaves its backbone as it was`() throws {
    let folder = try folder()
    let task = task(caches: true)
    let before = Dictionary(
      uniqueKeysWithValues: task.model.namedTensors.map { ($0.0, $0.1.floats()) })
    _ = try train(task, settings(), in: folder)
    for (name, tensor) in task.model.namedTensors {
      #expect((tensor.floats() == before[name]) == !name.hasPrefix("fc."), "\(name)")
    }
  }
}
