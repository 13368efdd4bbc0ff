import Datasets
import Foundation
import Testing
import Torch
import Training
import Vision

@testable import Tasks

private let data = Shapes.classification(train: 40, test: 8, size: 12, seed: 2)

private func makeTask(
  mixing: BatchMixing = .none, smoothing: Double = 0, testFlip: Bool = false
) -> ClassificationTask {
  let network = ResNet11(channels: 3, classes: data.classNames.count)
  network.initialize(seed: 1)
  return ClassificationTask(
    network: network, data: data, augmentation: .none, mixing: mixing, labelSmoothing: smoothing,
    testFlip: testFlip, device: .cpu)
}

private func batch(_ task: ClassificationTask, _ number: Int = 0) throws -> ClassificationTask.Batch {
  let stream = try task.trainingBatches(
    from: BatchPosition(seed: 4, batchSize: 8, epoch: 0, batch: number))
  return try #require(try stream.next())
}

@Suite struct `A mixed batch` {
  private let size = 3 * 12 * 12

  @Test func `blends every image with the one before it`() throws {
    let (plain, mixed) = (try batch(makeTask()), try batch(makeTask(mixing: BatchMixing(mixup: 1))))
    let partners = try #require(mixed.partners)
    #expect(plain.partners == nil)
    #expect(mixed.labels.int64s() == plain.labels.int64s())
    let labels = plain.labels.int64s()
    #expect(partners.labels.int64s() == [labels[7]] + labels.prefix(7))
    let (images, blended) = (plain.images.floats(), mixed.images.floats())
    let share = Float(partners.share)
    #expect(share > 0 && share < 1)
    for index in blended.indices {
      let other = images[(index + 7 * size) % (8 * size)]
      #expect(abs(blended[index] - (share * images[index] + (1 - share) * other)) < 1e-5)
    }
  }

  @Test func `has a rectangle of the image before it, and of its class that share`() throws {
    for number in 0..<4 {
      let plain = try batch(makeTask(), number)
      let mixed = try batch(makeTask(mixing: BatchMixing(cutmix: 1)), number)
      let (images, pasted) = (plain.images.floats(), mixed.images.floats())
      var own = 0
      for index in pasted.indices {
        let other = images[(index + 7 * size) % (8 * size)]
        #expect(pasted[index] == images[index] || pasted[index] == other)
        if pasted[index] == images[index], images[index] != other { own += 1 }
      }
      let differing = images.indices.count { images[$0] != images[($0 + 7 * size) % (8 * size)] }
      let share = try #require(mixed.partners).share
      if share == 1 { #expect(own == differing) }
      #expect(share >= 0 && share <= 1)
    }
  }

  @Test func `has the loss of a target that both classes share`() throws {
    let task = makeTask(mixing: BatchMixing(mixup: 1), smoothing: 0.1)
    let mixed = try batch(task)
    let partners = try #require(mixed.partners)
    let output = withoutGradient { task.trainingLoss(of: mixed) }
    let classes = data.classNames.count
    // In training mode the batch's own statistics are used: the same prediction a second time.
    let logits = withoutGradient { task.network(mixed.images).logSoftmax(dimension: 1).doubles() }
    var loss = 0.0
    let labels = zip(mixed.labels.int64s(), partners.labels.int64s())
    for (row, (own, other)) in labels.enumerated() {
      for number in 0..<classes {
        let target =
          0.9 * ((number == own ? partners.share : 0) + (number == other ? 1 - partners.share : 0))
          + 0.1 / Double(classes)
        loss -= target * logits[row * classes + number] / 8
      }
    }
    #expect(abs(output.total.item() - loss) < 1e-5)
  }

  @Test func `follows from its place alone`() throws {
    let task = makeTask(mixing: BatchMixing(mixup: 0.4, cutmix: 1))
    let stream = try task.trainingBatches(from: BatchPosition(seed: 4, batchSize: 8))
    for number in 0..<5 {
      let next = try #require(try stream.next())
      let images = next.images.floats()
      #expect(try batch(task, number).images.floats() == images)
    }
  }
}

@Suite struct `Evaluation with mirror images` {
  @Test func `is by the mean of the predictions to both`() throws {
    let (task, plain) = (makeTask(testFlip: true), makeTask())
    let images = try #require(try plain.evaluationBatches().next()).images
    task.model.setTraining(false)
    plain.model.setTraining(false)
    withoutGradient {
      let mean = (plain.network(images).doubles(), plain.network(images.flipped(3)).doubles())
      let prediction = task.network.prediction(to: images, flipping: true).doubles()
      for (index, value) in prediction.enumerated() {
        #expect(abs(value - (mean.0[index] + mean.1[index]) / 2) < 1e-5)
      }
      #expect(plain.network.prediction(to: images, flipping: false).doubles() == mean.0)
      #expect(mean.0 != mean.1)
    }
    #expect(try evaluate(task).values != evaluate(plain).values)
  }
}
