import Foundation
import Settings
import Testing
import Torch
import Vision

@testable import Datasets
@testable import Tasks
@testable import Training

/// The largest difference between two lists of numbers, as a share of the largest number.
private func difference(_ one: [Double], _ other: [Double]) -> Double {
  guard one.count == other.count, let largest = one.map(abs).max(), largest > 0 else {
    return .infinity
  }
  return (zip(one, other).map { abs($0 - $1) }.max() ?? .infinity) / largest
}

/// The gradients of a model's parameters, of large ones the first thousand numbers.
private func gradients(_ model: any Module) -> [Double] {
  model.namedParameters.flatMap { _, parameter -> [Double] in
    guard let gradient = parameter.value.gradient else { return [] }
    let count = min(gradient.count, 1_000)
    return gradient.reshaped([-1]).narrowed(0, from: 0, count: count).doubles()
  }
}

private func clear(_ model: any Module) {
  for (_, parameter) in model.namedParameters { parameter.value.clearGradient() }
}

/// The gradient and the loss of a batch by itself.
private func whole<Task: TrainingTask>(_ task: Task, _ batch: Task.Batch) throws -> [Double] {
  clear(task.model)
  let output = try checked {
    let output = task.trainingLoss(of: batch)
    output.total.backward()
    return output
  }
  return ([output.total] + output.terms).map { $0.item() } + gradients(task.model)
}

/// The same of several batches of one update.
private func parts<Task: TrainingTask>(_ task: Task, _ batches: [Task.Batch]) throws -> [Double] {
  clear(task.model)
  var sums: [Tensor] = []
  for batch in batches where task.dependsOnWholeUpdate {
    let one = try checked { try withoutGradient { try task.lossSums(of: batch) } }
    sums = sums.isEmpty ? one : zip(sums, one).map { $0 + $1 }
  }
  var losses: [Double] = []
  for batch in batches {
    let update = UpdateBatches(updateToBatchRatio: Double(batches.count), sums: sums)
    let output = try checked {
      let output = task.trainingLoss(of: batch, in: update)
      output.total.backward()
      return output
    }
    let one = ([output.total] + output.terms).map { $0.item() }
    losses = losses.isEmpty ? one : zip(losses, one).map { $0 + $1 }
  }
  return losses + gradients(task.model)
}

@Suite struct `The gradient of an update of several batches` {
  // MARK: Segmentation

  /// Six crops of 8 by 8 pixels: of the first all pixels but one are ignored, of the second all are, and
  /// the classes are otherwise in each.
  private let labels: [Int64] = (0..<6 * 64).map { position in
    switch position / 64 {
    case 0: position % 64 == 5 ? 1 : 255
    case 1: 255
    case 2: position % 64 < 8 ? 2 : 0
    case 3: Int64(position % 3)
    case 4: position % 5 == 0 ? 255 : 1
    default: 0
    }
  }

  private func batch(_ crops: Range<Int>, weighted: Bool) -> SegmentationTask.Batch {
    let shape = [crops.count, 8, 8]
    let all = Tensor.normal([6, 3, 8, 8], seed: 3)
    let targets = Array(labels[crops.lowerBound * 64..<crops.upperBound * 64])
    let weights = (0..<6 * 64).map { 1 + Float($0 % 7) }
    return SegmentationTask.Batch(
      images: all.narrowed(0, from: crops.lowerBound, count: crops.count),
      targets: Tensor(targets, shape: shape),
      weights: weighted
        ? Tensor(
          Array(weights[crops.lowerBound * 64..<crops.upperBound * 64]), shape: shape) : nil,
      hasTarget: targets.contains { $0 != 255 }, whole: nil)
  }

  private func segmentation(
    _ loss: String, classWeights: [Double]?, network: (any Layer)? = nil
  ) throws -> SegmentationTask {
    let layers = network ?? UNet(width: 4, depth: 2, norms: false, channels: 3, classes: 3)
    layers.initialize(seed: 2)
    return SegmentationTask(
      network: layers, stride: 4, data: ShapesWithMasks.data(train: 2, test: 1, seed: 1),
      options: .init(
        crops: CropOptions(size: 8), cropsPerImage: 1,
        loss: try SegmentationLoss(#require(LossTerms(loss))),
        classWeights: classWeights, testFlip: false), device: .cpu)
  }

  @Test(
    arguments: ["cross-entropy", "focal", "dice", "cross-entropy+dice", "focal+dice"],
    [(nil, false), ([0.2, 3, 1], false), (nil, true), ([0.2, 3, 1], true)] as [([Double]?, Bool)])
  func `of crops is that of one batch, though pixels are ignored and classes weigh`(
    loss: String, form: ([Double]?, Bool)
  ) throws {
    let task = try segmentation(loss, classWeights: form.0)
    let one = try whole(task, batch(0..<6, weighted: form.1))
    for cuts in [[0, 2, 4, 6], [0, 1, 2, 3, 4, 5, 6]] {
      let batches = zip(cuts, cuts.dropFirst()).map { batch($0..<$1, weighted: form.1) }
      let several = try parts(task, batches)
      #expect(difference(one, several) < 1e-5, "\(loss) in \(batches.count)")
    }
  }

  @Test func `is so of the auxiliary predictions, too`() throws {
    let network = DilatedSegmenter.fcn(channels: 3, classes: 3)
    network.freezeBatchNorms()
    for case let dropout as Dropout in network.namedModules.map(\.1) { dropout.isTraining = false }
    let task = try segmentation("cross-entropy+dice", classWeights: [1, 2, 3], network: network)
    for case let dropout as Dropout in network.namedModules.map(\.1) { dropout.isTraining = false }
    let one = try whole(task, batch(0..<6, weighted: false))
    let several = try parts(
      task,
      [batch(0..<2, weighted: false), batch(2..<4, weighted: false), batch(4..<6, weighted: false)])
    #expect(difference(one, several) < 1e-4)
  }

  // MARK: Detection

  @Test(arguments: ["fcos-narrow", "retinanet-resnet-18"])
  func `of images with boxes is that of one batch, however many are on each`(
    name: String
  ) throws {
    let data = try Shapes.detection(train: 4, test: 2, size: 32, most: 4, seed: 4)
    let detector = try Models.detectors.entry(named: name).make(classes: data.classNames.count)
    detector.initialize(seed: 1)
    detector.freezeBatchNorms()
    let task = DetectionTask(detector: detector, data: data, augmentation: .none, device: .cpu)
    func gradient(batchSize: Int, accumulate: Int) throws -> [Double] {
      clear(task.model)
      let optimizer = SGD(
        [
          ParameterGroup(
            name: "all", parameters: task.model.namedParameters, learningRate: 0,
            momentum: 0.9, weightDecay: 0)
        ], nesterov: false)
      let updater = try Updater(
        task: task, optimizer: optimizer, options: UpdateOptions(accumulate: accumulate),
        from: BatchPosition(seed: 3, batchSize: batchSize))
      let output = try #require(try updater.update(number: 1))
      return ([output.total] + output.terms).map { $0.item() } + gradients(task.model)
    }
    let one = try gradient(batchSize: 4, accumulate: 1)
    for batches in name == "fcos-narrow" ? [2, 4] : [4] {
      let several = try gradient(batchSize: 4 / batches, accumulate: batches)
      #expect(difference(one, several) < 1e-5, "\(batches) batches")
    }
  }

  // MARK: Classification

  @Test func `of images with classes is that of one batch`() throws {
    let data = Shapes.classification(train: 12, test: 4, size: 12, seed: 2)
    let network = Sequential(
      Convolution(3, 8, kernel: 3, stride: 2, bias: true), ReLU(),
      Function { $0.flattened(from: 1) },
      Linear(8 * 36, data.classNames.count))
    network.initialize(seed: 1)
    let task = ClassificationTask(
      network: network, data: data, augmentation: .none, labelSmoothing: 0.1, device: .cpu)
    func batches(of size: Int) throws -> [ClassificationTask.Batch] {
      let stream = try task.trainingBatches(from: BatchPosition(seed: 1, batchSize: size))
      return try (0..<12 / size).map { _ in try #require(try stream.next()) }
    }
    let one = try whole(task, try batches(of: 12)[0])
    for size in [6, 4, 3, 1] {
      #expect(difference(one, try parts(task, try batches(of: size))) < 1e-5)
    }
  }
}

@Suite struct `A batch without anything to learn` {
  @Test(
    arguments: ["cross-entropy", "focal", "dice", "cross-entropy+dice"],
    [(nil, false), ([0.2, 3, 1], false), ([0, 0, 0], false), (nil, true)] as [([Double]?, Bool)])
  func `has a loss of 0 and a gradient of 0`(loss: String, form: ([Double]?, Bool)) throws {
    let terms = try SegmentationLoss(#require(LossTerms(loss)))
    let logits = Tensor.normal([2, 3, 4, 4], seed: 1)
    logits.requiresGradient = true
    let targets = Tensor([Int64](repeating: 255, count: 32), shape: [2, 4, 4])
    let weights = Tensor([Float](repeating: 2, count: 32), shape: [2, 4, 4])
    let found = try checked {
      let found = terms(
        logits, targets,
        classWeights: form.0.map { Tensor($0.map(Float.init), shape: [3]) },
        pixelWeights: form.1 ? weights : nil)
      found.dropFirst().reduce(found[0], +).backward()
      return found.map { $0.item() }
    }
    #expect(found.allSatisfy { abs($0) < 1e-6 }, "\(found)")
    let gradient = try #require(logits.gradient).doubles()
    #expect(gradient.allSatisfy { $0 == 0 })
  }

  /// Of classes that weigh nothing no pixel counts, though none is ignored.
  @Test func `is one of classes that weigh nothing, too`() throws {
    let logits = Tensor.normal([1, 3, 2, 2], seed: 1)
    logits.requiresGradient = true
    let targets = Tensor([1, 1, 1, 1] as [Int64], shape: [1, 2, 2])
    let loss = try checked {
      let loss = crossEntropy(
        logits, targets, weight: Tensor([1, 0, 1] as [Float], shape: [3]), ignoring: 255)
      loss.backward()
      return loss.item()
    }
    #expect(loss == 0)
    #expect(try #require(logits.gradient).doubles().allSatisfy { $0 == 0 })
  }

  @Test(arguments: ["fcos-narrow", "retinanet-resnet-18"])
  func `is none for a detector without an object, or where all is ignored`(
    name: String
  ) throws {
    let detector = try Models.detectors.entry(named: name).make(classes: 2)
    detector.initialize(seed: 1)
    let grid = detector.anchors(height: 64, width: 64)
    let everything = ImageTruth(boxes: [], labels: [], ignored: [-999, -999, 999, 999])
    for (truth, isEmpty) in [(everything, true), (ImageTruth(boxes: [], labels: []), false)] {
      let targets = DetectionTargets([truth, truth], for: detector, on: grid)
      let losses = try checked {
        let losses = detector.losses(detector(.normal([2, 3, 64, 64], seed: 2)), for: targets)
        losses.dropFirst().reduce(losses[0], +).backward()
        return losses.map { $0.item() }
      }
      #expect(losses.allSatisfy { $0.isFinite })
      #expect(losses.dropFirst().allSatisfy { $0 == 0 })
      #expect((losses[0] == 0) == isEmpty, "the background is something to learn: \(losses)")
      #expect(gradients(detector).allSatisfy { $0.isFinite })
    }
  }
}
