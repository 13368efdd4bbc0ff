import Datasets
import Testing
import Torch
import Training
import Vision

@testable import Tasks

private let data = Shapes.classification(train: 40, test: 8, size: 12, seed: 2)

private func makeTask(_ mixing: BatchMixing = .none) -> ClassificationTask {
  ClassificationTask(
    network: ResNet11(channels: 3, classes: data.classNames.count), data: data,
    augmentation: .none, mixing: mixing, labelSmoothing: 0, device: .cpu)
}

@Suite struct `Samples of what the network sees` {
  @Test func `are the first images, as bytes again`() throws {
    let samples = try makeTask().samples(5, seed: 4)
    #expect(samples.size == [12, 12] && samples.images.count == 5)
    // Nothing is done to them: they are the images that the order names.
    let set = try #require(data.train as? ImageSet)
    let stream = try makeTask().trainingBatches(from: BatchPosition(seed: 4, batchSize: 8))
    let first = try #require(try stream.next()).labels.int64s().prefix(5)
    #expect(samples.images.map(\.caption) == first.map { data.classNames[Int($0)] })
    let files = set.pixels.withUnsafeBufferPointer { pixels in
      let size = set.bytesPerImage
      return Set(
        (0..<set.count).map { index in
          PNG.encoded(
            UnsafeBufferPointer(rebasing: pixels[(index * size)..<((index + 1) * size)]),
            width: 12, height: 12, channels: 3)
        })
    }
    for image in samples.images { #expect(files.contains(image.png)) }
  }

  @Test func `say both classes where they are mixed`() throws {
    let caption = try makeTask(BatchMixing(mixup: 1)).samples(8, seed: 4).images.map(\.caption)
    #expect(caption.contains { $0.contains(" %, ") })
  }
}
