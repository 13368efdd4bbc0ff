import Datasets
import Foundation
import Metrics
import Settings
import Testing
import Torch
import Training
import Vision

@testable import Tasks

private let data = Shapes.classification(train: 40, test: 23, size: 12, seed: 2)

private func makeTask(_ augmentation: Augmentation = .none) -> ClassificationTask {
  let network = ResNet11(channels: 3, classes: data.classNames.count)
  network.initialize(seed: 1)
  return ClassificationTask(
    network: network, data: data, augmentation: augmentation, labelSmoothing: 0.1, device: .cpu)
}

@Suite struct `A score of classifications` {
  @Test func `merged of parts is the score of the whole`() {
    var one = ClassificationScore(classes: 3)
    var (whole, other) = (one, one)
    whole.add(truth: [0, 1, 1, 2, 2, 2], predictions: [0, 0, 2, 2, 2, 1], lossSum: 7)
    one.add(truth: [0, 1], predictions: [0, 0], lossSum: 6)
    other.add(truth: [1, 2, 2, 2], predictions: [2, 2, 2, 1], lossSum: 1)
    one.merge(other)
    #expect(one == whole)
    #expect(whole.values.prefix(2) == [MetricValue("loss", 7.0 / 6), MetricValue("accuracy", 0.5)])
  }

  @Test func `of nothing is NaN`() {
    #expect(ClassificationScore(classes: 2).values.allSatisfy { $0.value.isNaN })
  }

  @Test func `of a model that computes NaN is NaN`() {
    var score = ClassificationScore(classes: 2)
    score.add(truth: [0, 0], predictions: [0, 0], lossSum: 0.5)
    #expect(score.values[1] == MetricValue("accuracy", 1))
    // The largest of numbers that are none is the first, which may be the right one.
    score.add(truth: [0], predictions: [0], lossSum: .nan)
    #expect(score.values.count > 2)
    #expect(score.values.allSatisfy { $0.value.isNaN })
  }
}

@Suite struct `The loss of a constant prediction` {
  /// A set of images of one gray pixel with these labels.
  private func task(_ labels: [Int64], smoothing: Double) -> ClassificationTask {
    let set = ImageSet(
      height: 1, width: 1, channels: 1, pixels: labels.map { _ in 0 }, labels: labels)
    return ClassificationTask(
      network: ResNet11(channels: 1, classes: 4),
      data: ImageData(
        name: "", train: set, test: set, classNames: ["a", "b", "c", "d"], found: ""),
      augmentation: .none, labelSmoothing: smoothing, device: .cpu)
  }

  @Test func `is the entropy of the classes' shares`() {
    let even = task([0, 1, 2, 3], smoothing: 0).baselineLoss
    #expect(abs(even - 1.3862943611198906) < 1e-12, "ln 4")
    // 3/4 ln(4/3) + 1/4 ln 4
    let uneven = task([0, 0, 0, 1], smoothing: 0).baselineLoss
    #expect(abs(uneven - 0.5623351446188083) < 1e-12)
  }

  @Test func `is that of the smoothed targets where these are smoothed`() {
    // Shares 0.7 (1, 0, 0, 0) + 0.3 / 4: 0.775 and three times 0.075.
    let smoothed = task([0, 0], smoothing: 0.3).baselineLoss
    #expect(abs(smoothed - (-0.775 * log(0.775) - 3 * 0.075 * log(0.075))) < 1e-12)
  }
}

@Suite struct `Batches of classification` {
  @Test func `are the images less their mean, by their deviation, and their labels`() throws {
    let stream = try makeTask().evaluationBatches()
    let batch = try #require(try stream.next())
    #expect(batch.images.shape == [23, 3, 12, 12])
    #expect(batch.labels.int64s() == data.test.labels)
    // Read back in the order of the bytes: pixels, then their channels.
    let values = batch.images.permuted([0, 2, 3, 1]).doubles()
    let test = try #require(data.test as? ImageSet)
    for (index, byte) in test.pixels.enumerated() {
      let channel = index % 3
      let expected = (Double(byte) / 255 - data.train.mean[channel]) / data.train.deviation[channel]
      #expect(abs(values[index] - expected) < 1e-5)
    }
    #expect(try stream.next() == nil)
  }

  @Test func `for training follow from their place alone`() throws {
    let task = makeTask(Augmentation(cropPadding: 2, flips: true))
    let position = BatchPosition(seed: 4, batchSize: 8)
    let whole = try task.trainingBatches(from: position)
    var batches: [[Float]] = []
    for _ in 0..<12 { batches.append(try #require(try whole.next()).images.floats()) }
    // Five batches of eight an epoch: the eighth batch is the third of the second epoch.
    var later = position
    (later.epoch, later.batch) = (1, 2)
    let part = try task.trainingBatches(from: later)
    for index in 7..<12 {
      #expect(try #require(try part.next()).images.floats() == batches[index])
    }
    #expect(Set(batches).count == 12)
    var test = position
    test.purpose = .measurement
    let other = try #require(try task.trainingBatches(from: test).next())
    #expect(!batches.contains(other.images.floats()), "the range test has an order of its own")
  }
}

@Suite struct `Evaluation of a classifier` {
  @Test func `sees each image once, as it is, without changing anything`() throws {
    let task = makeTask(Augmentation(cropPadding: 4, flips: true))
    let before = task.model.namedBuffers.map { $0.1.value.floats() }
    let score = try evaluate(task)
    #expect(task.model.namedBuffers.map { $0.1.value.floats() } == before)
    #expect(score.counts.images.reduce(0, +) == 23)

    task.model.setTraining(false)
    let batch = try #require(try task.evaluationBatches().next())
    let logits = withoutGradient { task.network(batch.images) }
    let probabilities = logits.softmax(dimension: 1).doubles()
    let predictions = logits.argmax(dimension: 1).int64s()
    var loss = 0.0
    for (index, label) in data.test.labels.enumerated() {
      loss -= log(probabilities[index * data.classNames.count + Int(label)])
    }
    #expect(
      score.counts.correct.reduce(0, +)
        == zip(predictions, data.test.labels).filter { $0 == $1 }.count)
    #expect(abs(score.lossSum - loss) < 1e-3)
  }
}

@Suite struct `A part of the evaluation images` {
  @Test func `is the same each time, and drawn from all of them`() throws {
    let task = makeTask()
    let (one, again) = (
      try task.evaluationPart(ofAtMost: 9), try task.evaluationPart(ofAtMost: 9)
    )
    #expect(one.images == 9)
    let batch = try #require(try one.batches.next())
    #expect(try one.batches.next() == nil)
    #expect(batch.images.shape == [9, 3, 12, 12])
    let labels = batch.labels.int64s()
    #expect(labels != Array(data.test.labels.prefix(9)), "not the first ones")
    #expect(try #require(try again.batches.next()).labels.int64s() == labels)
    #expect(try task.evaluationPart(ofAtMost: 500).images == 23)
  }
}

@Suite struct `The usual batch` {
  /// The recipe's 128, or as many images as leave an epoch fifty updates, but at least eight.
  @Test(arguments: [(60_000, 128), (6_400, 128), (6_399, 127), (1_000, 20), (100, 8), (5, 5)])
  func `suits the number of images`(count: Int, batch: Int) {
    #expect(ClassificationRun.batchSize(128, for: count) == batch)
  }
}
