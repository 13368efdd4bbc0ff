import Datasets
import Testing
import Torch
import Training
import Vision

@testable import Tasks

@Suite struct `The images of a rehearsal` {
  private let data = Shapes.classification(train: 300, test: 40, size: 12, seed: 2)

  private func task() -> ClassificationTask {
    ClassificationTask(
      network: ResNet11(channels: 3, classes: data.classNames.count), data: data,
      augmentation: .none, labelSmoothing: 0.1, device: .cpu)
  }

  @Test func `are the training images alone, a share of each class held out`() throws {
    let whole = task()
    let short = try #require(try whole.rehearsal(holdingOut: 0.2, seed: 5))
    #expect(short.network as AnyObject === whole.network as AnyObject)
    #expect(short.trainingCount + short.evaluationSet.count == 300)
    for label in 0..<data.classNames.count {
      let all = data.train.labels.count { $0 == Int64(label) }
      let held = short.evaluationSet.labels.count { $0 == Int64(label) }
      #expect(abs(Double(held) - 0.2 * Double(all)) <= 1, "class \(label)")
    }
    #expect(short.evaluationSplit == .validation, "what is evaluated are no test images")
  }

  @Test func `follow from the seed`() throws {
    let whole = task()
    func held(_ seed: UInt64) throws -> [Int64] {
      try #require(try whole.rehearsal(holdingOut: 0.2, seed: seed)).evaluationSet.labels
    }
    #expect(try held(5) == held(5))
    #expect(try held(5) != held(6))
  }

  @Test func `come in some twenty batches, by which their losses differ`() throws {
    let short = try #require(try task().rehearsal(holdingOut: 0.6, seed: 5))
    let batches = try short.evaluationBatches()
    var sizes: [Int] = []
    while let batch = try batches.next() { sizes.append(batch.labels.count) }
    #expect(sizes.reduce(0, +) == short.evaluationSet.count)
    #expect((18...25).contains(sizes.count))
  }
}
